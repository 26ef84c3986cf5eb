import hashlib
import re
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.security import tokens


def test_the_alphabet_has_no_letters_that_people_confuse() -> None:
    assert len(set(tokens.ALPHABET)) == len(tokens.ALPHABET) == 2**tokens.BITS
    assert not set("0O1lI") & set(tokens.ALPHABET)


@pytest.mark.parametrize(
    ("length", "bits"),
    [(tokens.CAPABILITY_LENGTH, 128), (tokens.ID_LENGTH, 100), (tokens.RECEIPT_LENGTH, 60)],
)
def test_what_must_be_unguessable_has_enough_bits(length: int, bits: int) -> None:
    assert length * log2(len(tokens.ALPHABET)) >= bits


@given(st.integers(min_value=1, max_value=80))
def test_a_text_has_its_length_and_only_letters_of_the_alphabet(length: int) -> None:
    assert re.fullmatch(f"[{tokens.ALPHABET}]{{{length}}}", tokens.text(length))


def test_every_letter_of_the_alphabet_occurs() -> None:
    assert set(tokens.text(4000)) == set(tokens.ALPHABET)


def test_ids_say_what_they_name_and_never_repeat() -> None:
    ids = {tokens.public_id("ord") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"ord_[0-9a-z]{20}", one) for one in ids)


def test_capabilities_and_receipts_never_repeat() -> None:
    assert len({make() for make in (tokens.capability, tokens.receipt_code) for _ in range(500)}) == 1000


def test_a_secret_is_kept_as_its_hash() -> None:
    assert tokens.digest("sk_test_abc") == hashlib.sha256(b"sk_test_abc").hexdigest()


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_only_equal_texts_are_the_same(left: str, right: str) -> None:
    assert tokens.same(left, right) is (left == right)
    assert tokens.same(left, left)
