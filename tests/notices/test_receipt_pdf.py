"""A receipt on paper: one page, the same bytes for the same facts, every letter written or replaced by its nearest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.notices.receipt_pdf import Paper, drawn, latin

PAPER = Paper(
    title="Reçu de paiement",
    shop="Chez Akofa",
    amount="1 500 F CFA",
    rows=[("Payé le", "3 mars 2026 à 12:00"), ("Référence", "CMD-7")],
    address="https://pay.example/r/abcdefghjkmn",
    foot="Scannez le code.",
    language="fr",
    made_at=datetime(2026, 3, 3, 12, 0, tzinfo=UTC),
)


def test_it_is_one_page_of_pdf() -> None:
    page = drawn(PAPER)
    assert page.startswith(b"%PDF-")
    assert page.count(b"/Type /Page\n") == 1
    assert len(page) < 12_000


def test_the_same_facts_are_the_same_bytes() -> None:
    assert drawn(PAPER) == drawn(PAPER)
    assert drawn(PAPER) != drawn(replace(PAPER, amount="1 501 F CFA"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Reçu payé à Ñandú", "Reçu payé à Ñandú"),
        ("Aƒetɔ Ŋutifafa", "Afeto Nutifafa"),
        ("cœur – 5\u202f000\u00a0€", "coeur - 5 000\u00a0EUR"),
        ("Łódź ầ", "?ódz a"),
        ("店", "?"),
        ("a\x00b", "a?b"),
    ],
)
def test_letters_that_the_fonts_lack_become_their_nearest(text: str, written: str) -> None:
    assert latin(text).replace("\u00a0", " ") == written.replace("\u00a0", " ")


@given(st.text(max_size=60))
def test_whatever_a_store_is_called_it_has_receipts(name: str) -> None:
    assert drawn(replace(PAPER, shop=name)).startswith(b"%PDF-")
