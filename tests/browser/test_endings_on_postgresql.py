"""What PostgreSQL could make different: a payment, one that needs a person, and a forgery before the truth."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic as clock

import pytest

from tests.browser.conftest import Street, as_usual
from tests.journeys.endings import BY_DIGITS, row
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]


@pytest.mark.parametrize(("digits", "language"), [("00", "fr"), ("08", "en"), ("12", "fr")])
def test_a_shopper_reads_how_the_payment_ended(
    postgresql_stack: Stack,
    street: Street,
    record_property: Callable[[str, object], None],
    digits: str,
    language: str,
) -> None:
    began = clock()
    stack, ending = as_usual(postgresql_stack), BY_DIGITS[digits]
    with street.shopper(stack, language) as someone:
        someone.open_link()
        someone.pay(ending)
        someone.reads(ending.reads)
        order = someone.order
    record_property("shown", row("browser, postgresql, scripts", ending, language, order, clock() - began))
    assert (order["status"], order["money_moved"]) == (ending.status, ending.money_moved)
