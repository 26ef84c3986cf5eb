"""How a payment ends beside the operator's page: back at the shop, given up, or with an operator that is down."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS, PAID, UNHEARD_START
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

GOOD = BY_DIGITS["00"]
NewShopper = Callable[..., Shopper]

both = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])


@both
def test_the_shop_gets_its_customer_back_with_the_order_and_its_state(
    shopper: NewShopper, stack: Stack, *, scripts: bool
) -> None:
    someone = shopper(scripts=scripts)
    shop = f"{stack.sandbox_url}/?lang=fr&panier=7&vide="
    order = stack.open_order(return_url=shop)
    someone.open(order["checkout_url"])
    someone.pay(GOOD)
    someone.reads(PAID)
    someone.reads("Vous retournez à la boutique dans quelques secondes.")
    # Nobody presses anything: the page goes there by itself.
    someone.page.wait_for_url(f"{stack.sandbox_url}/?**", timeout=12_000)
    assert parse_qsl(urlsplit(someone.page.url).query, keep_blank_values=True) == [
        ("lang", "fr"),
        ("panier", "7"),
        ("vide", ""),
        ("order_id", order["id"]),
        ("status", "paid"),
    ]


@both
def test_a_shopper_who_gives_up_goes_back_to_the_shop(
    shopper: NewShopper, stack: Stack, *, scripts: bool
) -> None:
    someone = shopper("en", scripts=scripts)
    shop = f"{stack.sandbox_url}/?lang=en"
    order = stack.open_order(return_url=f"{shop}&at=thanks", cancel_url=f"{shop}&at=basket")
    someone.open(order["checkout_url"])
    someone.press("Annuler et revenir à la boutique")
    someone.reads("Commande annulée")
    expect(someone.page.locator(".warn")).to_have_count(0)  # nothing happened that anyone must fear
    someone.press("Revenir à la boutique")
    found = parse_qsl(urlsplit(someone.page.url).query)
    assert found[1:] == [("at", "basket"), ("order_id", order["id"]), ("status", "cancelled")]
    assert stack.order(order["id"])["money_moved"] == "no"


def test_an_order_whose_hosted_page_may_be_open_cannot_be_cancelled(
    shopper: NewShopper, stack: Stack
) -> None:
    """The second tab still offers to cancel; by then the first has gone to the operator."""
    order = stack.open_order()
    first, second = shopper(), shopper()
    second.open(order["checkout_url"])
    first.open(order["checkout_url"])
    first.choose()
    second.watch.answers.add(409)
    second.press("Annuler et revenir à la boutique")
    second.reads(
        "Un paiement est peut-être encore en cours : la commande ne peut pas être annulée maintenant."
    )
    assert stack.order(order["id"])["status"] == "processing"


@both
@pytest.mark.parametrize(
    "trouble",
    [
        {"session_reply": "<html><h1>Maintenance</h1></html>"},
        {"session_reply": "NOK:UNKNOWN_MERCHANT"},
        {"session_reply": "", "session_status": 503},
        {"lose_next_session_replies": 1},
    ],
    ids=["html", "refusal", "down", "lost"],
)
def test_an_operator_that_is_down_has_debited_nothing_and_can_be_tried_again(
    shopper: NewShopper, stack: Stack, trouble: dict[str, object], *, scripts: bool
) -> None:
    someone = shopper("en" if scripts else "fr", scripts=scripts)
    someone.open_link()
    stack.set("tmoney-online", **trouble)
    someone.follow(someone.wallet)
    someone.reads(UNHEARD_START)
    order = someone.order
    assert (order["status"], order["money_moved"]) == ("open", "no")
    stack.set(session_reply="", session_status=200)
    someone.pay(GOOD)
    someone.reads(PAID)
