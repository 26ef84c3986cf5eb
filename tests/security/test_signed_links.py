"""A signed address says exactly what the shop signed, by the link's secret, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.security import signed_links
from portal.security.signed_links import Asked

SECRET = "k7w2xq9m3tbh5rz8vdn4cfgjpe"
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "slug": TEXTS,
    "amount": st.none() | st.integers(min_value=1, max_value=9_999_999_999),
    "reference": st.none() | TEXTS,
    "expires": st.none() | st.integers(min_value=1, max_value=999_999_999_999),
}
ASKED = st.builds(Asked, **FIELDS)


def by_hand(secret: str, text: str) -> str:
    """Sign the text as the manual says, with nothing of ours."""
    mac = hmac.digest(secret.encode(), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            Asked(slug="pagne-k7w2xq", amount=5000, reference="CMD-1", expires=1798761600),
            '{"amount":5000,"expires":1798761600,"reference":"CMD-1","slug":"pagne-k7w2xq"}',
        ),
        (
            Asked(slug="pagne-k7w2xq"),
            '{"amount":null,"expires":null,"reference":null,"slug":"pagne-k7w2xq"}',
        ),
        (
            Asked(slug="pagne-k7w2xq", reference='Café d\'Afi "8" \\ </&+ ✓'),
            '{"amount":null,"expires":null,"reference":"Café d\'Afi \\"8\\" \\\\ </&+ ✓","slug":"pagne-k7w2xq"}',
        ),
    ],
)
def test_what_is_signed_is_what_the_manual_says(asked: Asked, text: str) -> None:
    assert signed_links.canonical(asked) == text.encode()
    assert signed_links.sign(SECRET, asked) == by_hand(SECRET, text)


def test_a_signature_is_the_one_that_another_program_computed() -> None:
    """Fixed for ever: `printf '%s' '{"amount":5000,…}' | openssl dgst -sha256 -hmac "$SECRET" -binary`."""
    asked = Asked(slug="pagne-k7w2xq", amount=5000, reference="CMD-1", expires=1798761600)
    assert signed_links.sign(SECRET, asked) == "11CmH5Xp56eH6Df63ikRRTAWPHCIkqPdkP46xCguvEs"


@given(ASKED, TEXTS)
def test_what_was_signed_is_signed(asked: Asked, secret: str) -> None:
    signature = signed_links.sign(secret, asked)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", signature)
    assert signed_links.is_signed(secret, asked, signature)


@pytest.mark.parametrize("field", FIELDS)
@given(st.data())
def test_what_was_altered_is_not(field: str, data: st.DataObject) -> None:
    asked = data.draw(ASKED)
    altered = replace(asked, **{field: data.draw(FIELDS[field])})
    assume(altered != asked)
    assert not signed_links.is_signed(SECRET, altered, signed_links.sign(SECRET, asked))


@given(ASKED, TEXTS, TEXTS)
def test_another_secret_signs_nothing(asked: Asked, secret: str, other: str) -> None:
    # HMAC pads a key with zero bytes: two secrets that differ by them alone are one key.
    assume(secret.rstrip("\0") != other.rstrip("\0"))
    assert not signed_links.is_signed(secret, asked, signed_links.sign(other, asked))


@given(ASKED, st.text(st.characters(codec="utf-8")))
def test_no_text_that_comes_by_is_a_signature(asked: Asked, signature: str) -> None:
    """Nor does any make it stumble: letters outside ASCII, nothing at all, padding."""
    assert not signed_links.is_signed(SECRET, asked, signature)
    assert not signed_links.is_signed(SECRET, asked, signed_links.sign(SECRET, asked) + "=")
