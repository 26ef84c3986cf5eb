"""What PostgreSQL could make different: a payment, one that needs a person, and a forgery before the truth.

The languages are those that these endings are not read in on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic as clock

import pytest

from tests.browser.conftest import Street, as_usual
from tests.journeys.endings import BY_DIGITS, row
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]


@pytest.mark.parametrize(("language", "scripts"), [("en", True), ("fr", False)], ids=["scripts", "plain"])
@pytest.mark.parametrize("digits", ["00", "08", "12"])
def test_a_shopper_reads_how_the_payment_ended(
    postgresql_stack: Stack,
    street: Street,
    record_property: Callable[[str, object], None],
    digits: str,
    language: str,
    *,
    scripts: bool,
) -> None:
    began = clock()
    stack, ending = as_usual(postgresql_stack), BY_DIGITS[digits]
    with street.shopper(stack, language, scripts=scripts) as someone:
        someone.open_link()
        someone.pay(ending)
        someone.reads(ending.reads)
        order = stack.when_told(someone.order_id, ending.told)
    how = "browser, postgresql, scripts" if scripts else "browser, postgresql, no scripts"
    record_property("shown", row(how, ending, language, order, clock() - began))
    assert (order["status"], order["money_moved"]) == (ending.status, ending.money_moved)
