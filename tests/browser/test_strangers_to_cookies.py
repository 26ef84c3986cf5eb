"""A shopper whose browser blocks every cookie pays like any other, in the language that they chose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS, PAID

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_the_whole_way_needs_no_cookie(shopper: Callable[..., Shopper], *, scripts: bool) -> None:
    someone = shopper("en", scripts=scripts, cookies=False)
    someone.open_link()
    someone.pay(BY_DIGITS["02"])
    someone.reads(BY_DIGITS["02"].reads)
    someone.pay(BY_DIGITS["00"])
    someone.reads(PAID)
    assert someone.page.context.cookies() == []


def test_a_browser_that_takes_cookies_would_have_been_given_one(shopper: Callable[..., Shopper]) -> None:
    """Else the test above would prove nothing about refusing."""
    someone = shopper("en")
    someone.page.goto(f"{someone.stack.payment_link}?lang=en")
    assert [cookie["name"] for cookie in someone.page.context.cookies()] == ["lang"]
