"""Pushes to the handset and a page that is forwarded to, in a browser, with scripts and without them and cookies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.shopper import PUSHED, Shopper
from tests.journeys.endings import BY_DIGITS, PAID, Ending
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-operators")]

GOOD, CANCELS, REFUSED, NEVER_TOLD, REPLY_LOST = (BY_DIGITS[one] for one in ("00", "01", "02", "09", "10"))
CHOOSE = "Choisissez comment payer"
UNHEARD_START = "L'opérateur n'a pas répondu. Aucun montant n'a été débité. Vous pouvez réessayer."
NewShopper = Callable[..., Shopper]

both = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
pushed = pytest.mark.parametrize("operator", PUSHED)


def language(*, scripts: bool) -> str:
    return "fr" if scripts else "en"


def arrived(shopper: NewShopper, operator: str, *, scripts: bool) -> Shopper:
    """Return somebody before the wallets of an order of their own."""
    someone = shopper(language(scripts=scripts), scripts=scripts, operator=operator)
    someone.open_link()
    return someone


@both
@pushed
@pytest.mark.parametrize("ending", [GOOD, REFUSED, NEVER_TOLD, REPLY_LOST], ids=lambda one: one.digits)
def test_a_push_is_answered_on_the_handset_and_the_page_notices(
    shopper: NewShopper, operator: str, ending: Ending, *, scripts: bool
) -> None:
    someone = arrived(shopper, operator, scripts=scripts)
    someone.pay(ending)
    someone.look()
    someone.reads(REFUSED.reads if ending is REFUSED else PAID, within=30_000)
    order = someone.order
    assert [one["operator"] for one in order["attempts"]] == [operator]
    expected = ("open", "no") if ending is REFUSED else ("paid", "yes")
    assert (order["status"], order["money_moved"]) == expected


@both
@pushed
def test_while_the_handset_is_asked_the_page_says_what_to_do(
    shopper: NewShopper, stack: Stack, operator: str, *, scripts: bool
) -> None:
    someone = arrived(shopper, operator, scripts=scripts)
    stack.set(operator, prompt_seconds=8)
    someone.pay(GOOD)
    someone.look()
    page = someone.page.locator("main")
    expect(page).to_contain_text("90")
    expect(page).to_contain_text("00 00")
    someone.press("Vérifier maintenant")
    someone.look()
    assert someone.order["status"] == "processing"
    someone.reads(PAID, within=30_000)
    assert len(someone.order["attempts"]) == 1


@both
def test_a_number_that_cannot_be_asked_is_named_at_its_field(shopper: NewShopper, *, scripts: bool) -> None:
    someone = arrived(shopper, "flooz", scripts=scripts)
    someone.watch.answers.add(422)
    someone.page.fill("[name=phone]", "12345")
    someone.follow(someone.wallet)
    someone.look()
    field = someone.page.locator("[name=phone]")
    expect(field).to_have_value("12345")
    expect(field).to_have_attribute("aria-invalid", "true")
    someone.pay(GOOD)
    someone.reads(PAID, within=30_000)


@both
@pytest.mark.parametrize("ending", [GOOD, CANCELS, NEVER_TOLD], ids=lambda one: one.digits)
def test_a_page_that_is_forwarded_to_is_paid_and_asked_about(
    shopper: NewShopper, ending: Ending, *, scripts: bool
) -> None:
    someone = arrived(shopper, "moneyfusion", scripts=scripts)
    someone.pay(ending)
    someone.reads(REFUSED.reads if ending is CANCELS else PAID, within=30_000)
    order = someone.order
    expected = ("open", "no") if ending is CANCELS else ("paid", "yes")
    assert (order["status"], order["money_moved"]) == expected


@both
def test_a_page_whose_address_was_lost_was_never_offered(shopper: NewShopper, *, scripts: bool) -> None:
    someone = arrived(shopper, "moneyfusion", scripts=scripts)
    someone.page.fill("[name=phone]", REPLY_LOST.phone)
    someone.follow(someone.wallet)
    someone.reads(UNHEARD_START)
    someone.pay(REPLY_LOST)
    someone.reads(PAID, within=30_000)
    assert [one["status"] for one in someone.order["attempts"]] == ["failed", "paid"]
