"""Amounts as people write and read them."""

from __future__ import annotations

import pytest

from portal.web.money import read_amount, shown
from tests.machines.stage import Stage


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("fr", 500, "XOF", "500\u00a0F\u00a0CFA"),
        ("fr", 5_000, "XOF", "5\u00a0000\u00a0F\u00a0CFA"),
        ("fr", 9_999_999_999, "XOF", "9\u00a0999\u00a0999\u00a0999\u00a0F\u00a0CFA"),
        ("fr", 0, "XOF", "0\u00a0F\u00a0CFA"),
        ("en", 5_000, "XOF", "5,000\u00a0F\u00a0CFA"),
        ("fr", 5_000, "840", "5\u00a0000\u00a0840"),
    ],
)
def test_an_amount_is_shown_whole_and_never_broken_across_lines(
    stage: Stage, language: str, amount: int, currency: str, text: str
) -> None:
    with stage.app.test_request_context(f"/?lang={language}"):
        assert shown(amount, currency) == text


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("500", 500),
        (" 5 000 ", 5_000),
        ("5\u00a0000", 5_000),
        ("5\u202f000 F CFA", 5_000),
        ("1500 fcfa", 1_500),
        ("1500 XOF", 1_500),
        ("0500", 500),
        ("999999999999", 999_999_999_999),
    ],
)
def test_an_amount_is_read_however_its_digits_are_grouped(typed: str, amount: int) -> None:
    assert read_amount(typed) == amount


@pytest.mark.parametrize(
    "typed", ["", "  ", "500.00", "5,5", "-500", "+500", "cinq cents", "٥٠٠", "5e3", "1" * 13, "F CFA"]
)
def test_what_is_no_whole_amount_is_none(typed: str) -> None:
    assert read_amount(typed) is None
