"""Waiting for a push: which telephone, what it shows, what to do when it does not, and asking once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.domain.events import Accepted, Paid, Unheard
from portal.domain.money import Money
from portal.payments import schedule
from portal.payments.lifecycle_writes import Brought
from tests.machines.operator import cut, says
from tests.machines.stage import Row, Stage
from tests.web.shop import HOSTED, PUSHES, TAKEN, Shop, words

NUMBER = "+22890112233"
PAGE = Brought(
    "TOKEN7", {"kind": "redirect", "url": "http://127.0.0.1:8001/moneyfusion/page/7"}, timedelta(minutes=20)
)


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage).opens()


def under_way(shop: Shop, order: object) -> Row:
    return shop.stage.attempts(order)[-1]  # type: ignore[arg-type]  # an order of the factories


@pytest.mark.parametrize("operator", PUSHES)
def test_it_names_the_telephone_the_prompt_the_price_and_the_store(shop: Shop, operator: str) -> None:
    order = shop.order(amount=12_500)
    shop.tried(order, operator, Accepted(), phone=NUMBER)
    page = words(shop.sees(order))
    prompt = shop.services.providers[operator].prompt
    assert prompt is not None
    assert "Confirmez sur votre téléphone" in page
    assert "+228 90 11 22 33" in page
    assert prompt.says % {"price": "12 500 F CFA", "name": "Boutique Akofa"} in page
    assert "jamais sur cette page" in page
    assert "mode avion" in page
    assert "après 2 minutes environ" in page


def test_it_says_so_in_english(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "tmoney", Accepted(), phone=NUMBER, language="en")
    page = words(shop.sees(order, language="en"))
    assert "Mixx by Yas (TMoney) asks you to pay 500 F CFA to Boutique Akofa." in page
    assert "after about 2 minutes" in page


def test_it_looks_again_by_itself_on_the_usual_schedule(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", Accepted(), phone=NUMBER)
    assert shop.sees(order).refresh == (2, f"http://localhost/pay/{order.token}?n=1")


def test_while_the_operator_is_called_it_is_the_same_page_without_asking(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", phone=NUMBER)
    page = shop.stage.looks(order).text
    assert "Confirmez sur votre téléphone" in page
    assert "/ask" not in page


def test_while_nothing_is_known_it_warns_against_paying_twice(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", Unheard(), phone=NUMBER)
    page = words(shop.sees(order))
    assert "Ne payez pas une seconde fois" in page
    assert "Si la demande s'affiche au +228 90 11 22 33, vous pouvez la confirmer, une seule fois" in page


def test_a_lost_reply_to_a_push_leads_to_that_page(shop: Shop) -> None:
    order = shop.order()
    shop.stage.operator.once.append(cut)
    assert shop.presses(order, "flooz", "90112233").location == f"/pay/{order.token}"
    assert "Ne payez pas une seconde fois" in words(shop.sees(order))


@pytest.mark.parametrize("events", [(), (Accepted(),), (Unheard(),)], ids=["starting", "waiting", "unknown"])
def test_nobody_can_leave_a_push(shop: Shop, events: tuple[Accepted | Unheard, ...]) -> None:
    order = shop.order()
    shop.tried(order, "flooz", *events, phone=NUMBER)
    before = under_way(shop, order)
    assert "/leave" not in shop.stage.looks(order).text
    assert shop.stage.leaves(order).status_code == 303
    assert under_way(shop, order) == before


def test_how_long_it_usually_takes_is_said_only_where_enough_is_known(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", Accepted(), phone=NUMBER)
    shop.did("flooz", paid=4, median=33)
    assert "D'habitude" not in words(shop.sees(order))
    shop.did("flooz", paid=5, median=33)
    assert "D'habitude, la confirmation arrive en 35 secondes environ." in words(shop.sees(order))


# ---- asking once more


def test_asking_makes_the_worker_ask_next(shop: Shop) -> None:
    order = shop.order()
    shop.stage.operator.once.append(says(TAKEN))
    shop.presses(order, "flooz", "90112233")
    assert under_way(shop, order)["due_at"] > shop.stage.clock.now()
    answer = shop.asks(order)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}?asked=1")
    assert under_way(shop, order)["due_at"] == shop.stage.clock.now()
    page = shop.sees(order, "?asked=1")
    assert "Nous demandons à Moov Money où en est votre paiement." in words(page)
    assert page.refresh == (2, f"http://localhost/pay/{order.token}?n=1&asked=1")
    assert shop.sees(order, "?n=4&asked=1").refresh == (8, f"http://localhost/pay/{order.token}?n=5")


def test_it_moves_no_money_and_writes_no_line(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", Accepted(), phone=NUMBER)
    before = shop.stage.now(order), shop.stage.journal(order), shop.stage.events(order)
    shop.asks(order)
    assert (shop.stage.now(order), shop.stage.journal(order), shop.stage.events(order)) == before


def test_whoever_presses_on_is_asked_for_no_more_than_once_in_three_seconds(shop: Shop) -> None:
    order = shop.order()
    shop.stage.operator.once.append(says(TAKEN))
    shop.presses(order, "flooz", "90112233")
    reference = under_way(shop, order)["reference"].encode()

    def questions() -> int:
        return sum(reference in (call.body or b"") for call in shop.stage.operator.calls) - 1  # type: ignore[operator]

    for _ in range(3):
        shop.asks(order)
        shop.stage.tick()
    assert questions() == 1
    assert under_way(shop, order)["due_at"] == shop.stage.clock.now() + schedule.AT_LEAST
    shop.stage.passes(seconds=3)
    shop.stage.tick()
    assert questions() == 2


def test_asking_is_slowed_down_per_order(stage_with: Callable[..., Stage]) -> None:
    shop = Shop(stage_with(RATE_LIMITS="1"))
    order, other = shop.order(), shop.order()
    for one in (order, other):
        shop.tried(one, "flooz", Accepted(), phone=NUMBER)
    assert {shop.asks(order).status_code for _ in range(20)} == {303}
    assert shop.asks(order).status_code == 429
    assert shop.asks(other).status_code == 303


def test_another_site_cannot_make_us_ask(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, "flooz", Accepted(), phone=NUMBER)
    before = under_way(shop, order)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert shop.asks(order, **headers).status_code == 403
    assert under_way(shop, order) == before


def test_a_hosted_page_whose_operator_can_be_asked_offers_it_too(shop: Shop) -> None:
    order = shop.order()
    shop.tried(order, HOSTED, Accepted(), hosted=PAGE)
    assert "Vérifier maintenant" in words(shop.sees(order))
    shop.asks(order)
    assert under_way(shop, order)["due_at"] == shop.stage.clock.now()


def test_who_cannot_be_asked_is_not(shop: Shop) -> None:
    order = shop.order()
    attempt = shop.stage.starts(order)
    assert "/ask" not in shop.stage.looks(order).text
    assert shop.asks(order).location == f"/pay/{order.token}"
    assert under_way(shop, order)["due_at"] == attempt["due_at"]


def test_about_an_order_without_a_try_or_one_that_is_paid_nobody_is_asked(shop: Shop) -> None:
    order = shop.order()
    assert shop.asks(order).location == f"/pay/{order.token}"
    shop.tried(order, "flooz", Accepted(), Paid(Money(500, "XOF"), "P1"), phone=NUMBER, source="answer")
    assert shop.asks(order).location == f"/pay/{order.token}"
    assert under_way(shop, order)["due_at"] is None


def test_nobodys_order_is_not_found(stage: Stage) -> None:
    assert stage.client.post("/pay/nobody/ask").status_code == 404


# ---- the hosted page


def test_a_page_that_was_never_opened_is_offered_and_not_called_unfinished(shop: Shop) -> None:
    """The reply came after the browser had stopped waiting for it."""
    order = shop.order()
    shop.tried(order, HOSTED, Accepted(), hosted=PAGE)
    page = shop.sees(order)
    assert "Continuez chez MoneyFusion" in words(page)
    assert page.links["Continuer"].endswith("/go")
    shop.stage.looks(order, "/go")
    assert "Terminez le paiement chez MoneyFusion" in words(shop.sees(order))
