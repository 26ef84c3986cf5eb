"""What shoppers do when they are in doubt: press twice, go back, open a second tab, come again, or pay another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS, PAID

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

GOOD, CANCELS = BY_DIGITS["00"], BY_DIGITS["01"]
CHOOSE = "Choisissez comment payer"
FINISH = "Terminez le paiement chez %(operator)s"
OPERATOR = "Mixx by Yas"
NewShopper = Callable[..., Shopper]

both = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])


def attempts(someone: Shopper) -> list[dict[str, Any]]:
    return list(someone.order["attempts"])


def leave_for_the_operator(someone: Shopper) -> None:
    """Go to the operator's page, and open the checkout again without having done anything there."""
    checkout = someone.checkout
    someone.choose()
    someone.open(checkout)
    someone.reads(FINISH, operator=OPERATOR)


@both
def test_a_double_click_on_the_wallet_starts_one_attempt(shopper: NewShopper, *, scripts: bool) -> None:
    someone = shopper(scripts=scripts)
    someone.open_link()
    checkout = someone.checkout
    someone.wallet.dblclick()
    # Where a script sends the form, leaving earlier would cut the way to the operator's page.
    someone.page.wait_for_selector("[name=pin]" if scripts else "form[action*='online.php']")
    someone.open(checkout)
    assert [one["status"] for one in attempts(someone)] == ["waiting"]


@both
def test_back_from_the_operators_page_shows_the_order_and_the_way_there_again(
    shopper: NewShopper, *, scripts: bool
) -> None:
    someone = shopper(scripts=scripts)
    someone.open_link()
    someone.choose()
    # The session is used up by this first visit: the next time the operator says so, and leads back.
    someone.watch.answers.add(403)
    someone.page.go_back()
    if scripts:
        someone.reads(FINISH, operator=OPERATOR)
        someone.press("Revenir à la page de %(operator)s", operator=OPERATOR)
        someone.page.wait_for_url(f"{someone.stack.sandbox_url}/**")
    else:
        someone.reads("Continuez chez %(operator)s", operator=OPERATOR)
        someone.press("Continuer")
    someone.page.locator("main a.button").click()
    someone.reads("Nous vérifions auprès de %(operator)s", operator=OPERATOR)
    assert [one["status"] for one in attempts(someone)] == ["waiting"]


def test_two_tabs_meet_one_attempt_and_both_see_it_paid(shopper: NewShopper) -> None:
    first = shopper()
    first.open_link()
    second = shopper()
    second.open(first.checkout)
    first.choose()
    second.follow(second.wallet)
    second.reads(FINISH, operator=OPERATOR)
    first.identify(GOOD)
    first.enter_code()
    first.confirm()
    first.reads(PAID)
    second.reads(PAID)
    assert len(attempts(second)) == 1


@both
def test_the_order_opened_again_is_found_where_it_stands(shopper: NewShopper, *, scripts: bool) -> None:
    someone = shopper(scripts=scripts)
    someone.open_link()
    checkout = someone.checkout
    someone.open(checkout)
    someone.reads(CHOOSE)
    leave_for_the_operator(someone)
    someone.watch.answers.add(403)  # the operator's page asks for a new session after the first visit
    someone.press("Revenir à la page de %(operator)s", operator=OPERATOR)
    if not scripts:
        someone.press("Continuer")
    someone.page.wait_for_selector("main a.button, [name=pin]")
    someone.open(checkout)
    someone.page.locator("summary").click()
    someone.press("Je n'ai pas confirmé, choisir un autre moyen")
    someone.reads(CHOOSE)
    someone.pay(CANCELS)
    someone.reads(CANCELS.reads)
    someone.open(checkout)
    someone.reads(CANCELS.reads)
    someone.pay(GOOD)
    someone.reads(PAID)
    someone.open(checkout)
    someone.reads(PAID)
    expect(someone.page.locator(".wallet")).to_have_count(0)
    assert [one["status"] for one in attempts(someone)] == ["cancelled", "cancelled", "paid"]


@both
def test_paying_another_way_ends_the_attempt_and_lets_the_shopper_pay(
    shopper: NewShopper, *, scripts: bool
) -> None:
    someone = shopper("en", scripts=scripts)
    someone.open_link()
    leave_for_the_operator(someone)
    expect(someone.page.locator("details form")).to_be_hidden()
    someone.page.locator("summary").click()
    someone.press("Je n'ai pas confirmé, choisir un autre moyen")
    someone.reads(
        "Si vous aviez déjà confirmé le paiement précédent, ne payez pas une seconde fois : "
        "attendez, sa confirmation apparaîtra ici."
    )
    order = someone.order
    assert (order["status"], order["money_moved"]) == ("open", "unknown")
    someone.pay(GOOD)
    someone.reads(PAID)
    assert [one["failure_code"] for one in attempts(someone)] == ["left", None]


@pytest.mark.parametrize("way", ["accept", "decline", "cancel"])
def test_a_return_page_opened_by_hand_never_moves_money(shopper: NewShopper, way: str) -> None:
    someone = shopper()
    someone.open_link()
    checkout = someone.checkout
    someone.page.route(
        "**/checkout.js*", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    someone.follow(someone.wallet)
    back = someone.page.locator(f"input[name={way}url]").input_value()
    someone.open(back)
    assert someone.page.url == checkout
    order = someone.order
    assert (order["status"], order["amount_paid"]) == ("processing", 0)
    assert order["attempts"][0]["status"] == "waiting"
