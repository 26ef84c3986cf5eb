from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import LARGEST, XOF, Money


@given(st.integers(min_value=0))
def test_any_whole_amount_is_money(amount: int) -> None:
    assert Money(amount) == Money(amount, XOF)
    assert str(Money(amount)) == f"{amount} XOF"


@pytest.mark.parametrize("amount", [5.0, True, False, "5", Decimal(5), None])
def test_only_a_whole_number_is_an_amount(amount: object) -> None:
    with pytest.raises(TypeError, match="whole number"):
        Money(amount)  # type: ignore[arg-type]


@given(st.integers(max_value=-1))
def test_an_amount_is_never_negative(amount: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        Money(amount)


@pytest.mark.parametrize("currency", ["", "XO", "XOFF", "X F", "X-F", "ÉTÉ"])
def test_a_currency_has_three_letters_or_digits(currency: str) -> None:
    with pytest.raises(ValueError, match="three"):
        Money(1, currency)


def test_an_operators_digits_are_another_currency_than_letters() -> None:
    assert Money(1, "952") != Money(1, XOF)


def test_the_largest_amount_has_ten_digits() -> None:
    assert len(str(LARGEST)) == 10 < len(str(LARGEST + 1))


def test_money_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Money(1).amount = 2  # type: ignore[misc]
