"""What operators say in JSON and in forms is read liberally in its types, and strictly in its values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import LARGEST
from portal.providers._json import (
    DEEPEST,
    Unreadable,
    fields_of,
    inner,
    object_of,
    objects,
    short,
    wallet,
    whole,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda within: st.lists(within, max_size=3) | st.dictionaries(st.text(), within, max_size=3),
)


def read_or_not(read: Callable[..., Any], *given: Any) -> Any:
    """Return what is read, None where it is unreadable; any other exception passes."""
    try:
        return read(*given)
    except Unreadable:
        return None


# ---- objects


@given(value=st.dictionaries(st.text(max_size=9), st.integers() | st.text() | st.booleans() | st.none()))
def test_an_object_is_read_as_it_stands_from_text_and_from_bytes(value: dict[str, Any]) -> None:
    assert object_of(json.dumps(value)) == value
    assert object_of(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) == value


def test_a_mark_before_the_first_letter_is_passed_over() -> None:
    assert object_of(b'\xef\xbb\xbf{"a": 1}') == object_of('\ufeff{"a": 1}') == {"a": 1}


def test_a_letter_that_was_lost_on_the_way_does_not_spoil_the_rest() -> None:
    assert object_of('{"message": "Succ\ufffds", "code": 1}')["code"] == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": 1} {}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not JSON"),
        (b"[]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'"{}"', "no JSON object"),
        (b'{"a": 1, "a": 1}', "given twice"),
        (b'{"a": {"b": 1, "b": 2}}', "given twice"),
        (b'{"a": NaN}', "number that is none"),
        (b'{"a": -Infinity}', "number that is none"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (json.dumps({"a": "é"}).encode("utf-16"), "not UTF-8"),
    ],
)
def test_anything_else_is_unreadable_and_says_why(said: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        object_of(said)


@pytest.mark.parametrize("shape", [('{"a": ', "}"), ('{"a": [', "]}")])
def test_nesting_has_an_end(shape: tuple[str, str]) -> None:
    before, after = shape
    levels = (DEEPEST - 1) // before.count("[") if "[" in before else DEEPEST - 1
    fine = levels // 2 if "[" in before else levels
    assert object_of(before * fine + "1" + after * fine)
    with pytest.raises(Unreadable, match="deeply"):
        object_of(before * DEEPEST + "1" + after * DEEPEST)


@given(said=st.binary() | st.text())
def test_nothing_but_unreadable_comes_of_rubbish(said: bytes | str) -> None:
    assert isinstance(read_or_not(object_of, said), dict | None)


@given(value=ANYTHING)
def test_what_lies_within_is_what_it_should_be_or_unreadable(value: Any) -> None:
    assert isinstance(read_or_not(objects, value, "x"), list | None)
    assert isinstance(read_or_not(inner, value, "x"), dict | None)


# ---- forms


@given(fields=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=5))
def test_a_form_is_read_as_it_stands(fields: dict[str, str]) -> None:
    try:
        body = urlencode(fields).encode()
    except UnicodeEncodeError:
        return
    assert fields_of(body) == fields


@pytest.mark.parametrize("body", [b"a=1&a=1", b"a=%ff", "é=1".encode(), b"&".join([b"a=1"] * 201)])
def test_a_form_that_is_none_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        fields_of(body)


# ---- amounts


@given(amount=st.integers(0, LARGEST))
def test_a_whole_amount_may_be_a_number_or_its_digits(amount: int) -> None:
    assert whole(amount, "x") == whole(str(amount), "x") == whole(float(amount), "x") == amount


NO_AMOUNT_IN_WORDS = ["", " 500", "500 ", "+500", "-1", "5e2", "5.00", "٥٠٠", "²", "0x1", "1_000", "9" * 16]
NO_AMOUNT = [None, True, False, -1, LARGEST + 1, str(LARGEST + 1), 0.5, -1.0, 1e300, [500], {"a": 1}]


@pytest.mark.parametrize("value", [*NO_AMOUNT_IN_WORDS, *NO_AMOUNT, float("inf"), float("nan")])
def test_anything_else_is_no_amount(value: object) -> None:
    with pytest.raises(Unreadable, match="montant is no whole amount"):
        whole(value, "montant")


# ---- texts


PRINTABLE = st.characters(categories=["L", "N", "P", "S"], exclude_characters="\ufffd")


@given(text=st.text(PRINTABLE, min_size=1, max_size=200))
def test_a_printable_text_is_kept_as_it_is(text: str) -> None:
    assert short(text, "x") == text


def test_a_number_may_be_a_name() -> None:
    assert short(4850123456, "x") == "4850123456"


NO_NAME = [
    None,
    True,
    1.0,
    "",
    "\0",
    "a\nb",
    "\ud800",
    "a\ufffdb",
    "\u202e",
    "R" * 201,
    10**201,
    ["a"],
    {"a": 1},
]


@pytest.mark.parametrize("value", [*NO_NAME, pytest.param(10**5000, id="a number without end")])
def test_a_text_that_could_not_be_kept_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match="refTmoney is missing"):
        short(value, "refTmoney")


# ---- wallets


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("22890112233", "+22890112233"),
        (22890112233, "+22890112233"),
        ("+228 90 11 22 33", "+22890112233"),
        ("0022890112233", "+22890112233"),
        ("90-11-22-33", "+22890112233"),
        (90112233, "+22890112233"),
        ("2250707070707", "+2250707070707"),
    ],
)
def test_a_wallet_is_named_with_its_country(said: object, number: str) -> None:
    assert wallet(said) == number


@pytest.mark.parametrize(
    "said", [None, True, "", "++<b>", "123", "0" * 8, "9" * 16, 1.5, [], "٩٠١١٢٢٣٣", "9011\0233"]
)
def test_a_wallet_that_is_none_is_left_out(said: object) -> None:
    assert wallet(said) is None


@given(value=ANYTHING)
def test_every_reader_reads_or_says_so(value: Any) -> None:
    assert isinstance(read_or_not(whole, value, "x"), int | None)
    assert isinstance(read_or_not(short, value, "x"), str | None)
    assert (wallet(value) or "+").startswith("+")
