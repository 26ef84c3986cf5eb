"""Payment links: looking creates nothing, and one form opens one order, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from portal import db
from portal.domain.provider import Mode
from portal.merchants.models import Merchant
from portal.payments import links
from portal.payments.links import NewLink
from portal.payments.models import Order, PaymentLink
from portal.web.services import services
from tests.counting import counting
from tests.machines.stage import Row, Stage
from tests.web.test_checkout import Forms


def a_link(stage: Stage, **given: Any) -> SimpleNamespace:
    stage.account  # noqa: B018 - connects the store
    wanted: dict[str, Any] = {"mode": Mode.TEST, "title": "Pagne", "amount": 2_500} | given
    new = NewLink(merchant_id=stage.merchant.id, **wanted)
    with stage.app.app_context(), db.writing() as tx:
        return SimpleNamespace(**links.create(tx, stage.clock, services().vault, new))


def orders(stage: Stage, link: SimpleNamespace) -> list[Row]:
    return stage.of(Order, Order.link_id == link.id)


def sends(stage: Stage, link: SimpleNamespace, **form: str) -> Any:
    return stage.client.post(f"/l/{link.slug}", data={"form": "page-1"} | form)


def test_looking_creates_nothing(stage: Stage) -> None:
    link = a_link(stage)
    with stage.app.app_context(), counting(db.db.engine) as seen:
        page = stage.client.get(f"/l/{link.slug}")
    assert (page.status_code, seen.writes) == (200, [])
    assert "2\u00a0500\u00a0F\u00a0CFA" in page.text


def test_the_form_opens_an_order_and_leads_to_its_checkout(stage: Stage) -> None:
    link = a_link(stage)
    answer = sends(stage, link)
    [order] = orders(stage, link)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order['token']}")
    assert (order["amount"], order["source"], order["status"]) == (2_500, "link", "open")
    assert (order["reference"], order["reference_verified"]) == (link.slug, True)
    assert order["expires_at"] - order["created_at"] == timedelta(hours=24)


def test_the_same_form_sent_again_finds_the_same_order(stage: Stage) -> None:
    link = a_link(stage)
    assert sends(stage, link).location == sends(stage, link).location
    assert len(orders(stage, link)) == 1


def test_the_same_form_sent_eight_times_at_once_opens_one_order(stage: Stage) -> None:
    link = a_link(stage)

    def send(_number: int) -> str | None:
        data = {"form": "page-1"}
        return stage.app.test_client().post(f"/l/{link.slug}", data=data).location

    with ThreadPoolExecutor(8) as tabs:
        assert len(set(tabs.map(send, range(8)))) == 1
    assert len(orders(stage, link)) == 1


def test_every_page_carries_a_form_of_its_own(stage: Stage) -> None:
    link = a_link(stage)
    names = {Forms(stage.client.get(f"/l/{link.slug}").text).found[0][1]["form"] for _ in range(2)}
    for name in names:
        sends(stage, link, form=name)
    assert len(orders(stage, link)) == len(names) == 2


def test_another_amount_typed_on_the_same_page_is_another_order(stage: Stage) -> None:
    link = a_link(stage, amount=None)
    sends(stage, link, amount="500")
    sends(stage, link, amount="5 000")
    assert [order["amount"] for order in orders(stage, link)] == [500, 5_000]


@pytest.mark.parametrize("typed", ["", "99", "10000000000", "abc", "-500", "5.5"])
def test_an_amount_outside_what_the_operators_take_is_asked_for_again(stage: Stage, typed: str) -> None:
    link = a_link(stage, amount=None)
    answer = sends(stage, link, amount=typed)
    assert answer.status_code == 422
    assert "Tapez un montant en chiffres, de 100" in answer.text
    assert f'value="{typed}"' in answer.text
    assert orders(stage, link) == []


def test_a_fixed_amount_is_never_the_shoppers_to_choose(stage: Stage) -> None:
    link = a_link(stage)
    sends(stage, link, amount="100")
    assert orders(stage, link)[0]["amount"] == 2_500


def test_amount_and_reference_come_with_the_address_where_the_link_allows_it(stage: Stage) -> None:
    open_one = a_link(stage, amount=None, prefill=True)
    page = stage.client.get(f"/l/{open_one.slug}?amount=750&reference=F-7").text
    assert 'value="750"' in page
    assert 'value="F-7"' in page
    closed = a_link(stage, amount=None)
    assert 'value="750"' not in stage.client.get(f"/l/{closed.slug}?amount=750").text


def test_a_reference_that_a_shopper_typed_is_not_verified(stage: Stage) -> None:
    link = a_link(stage, prefill=True)
    sends(stage, link, reference=" F-7 ")
    [order] = orders(stage, link)
    assert (order["reference"], order["reference_verified"]) == ("F-7", False)


@pytest.mark.parametrize("reference", ["x" * 101, "a\x00b", "a\u202eb"])
def test_a_reference_that_is_too_long_or_invisible_is_asked_for_again(stage: Stage, reference: str) -> None:
    link = a_link(stage, prefill=True)
    assert sends(stage, link, reference=reference).status_code == 422
    assert orders(stage, link) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enabled": False}, "pas actif"),
        ({"uses": 1, "max_uses": 1}, "déjà servi"),
        ({"mode": "live"}, "pas actif"),
    ],
)
def test_a_link_that_is_off_takes_no_order_and_says_whom_to_ask(
    stage: Stage, change: dict[str, Any], words: str
) -> None:
    link = a_link(stage)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(PaymentLink).where(PaymentLink.id == link.id).values(change))
    for answer in (stage.client.get(f"/l/{link.slug}"), sends(stage, link)):
        assert answer.status_code == 410
        assert words in answer.text
        assert "Aucun montant n'a été débité" in answer.text
        assert "akofa@boutique.example" in answer.text
    assert orders(stage, link) == []


def test_a_live_link_takes_orders_once_its_store_may_take_real_money(stage: Stage) -> None:
    link = a_link(stage, mode=Mode.LIVE)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Merchant).where(Merchant.id == stage.merchant.id).values(live=True))
    assert sends(stage, link).status_code == 303
    assert orders(stage, link)[0]["mode"] == "live"


def test_a_link_ends_at_its_hour(stage: Stage) -> None:
    link = a_link(stage, expires_at=stage.clock.now() + timedelta(hours=1))
    stage.passes(minutes=59)
    assert stage.client.get(f"/l/{link.slug}").status_code == 200
    stage.passes(minutes=1)
    assert "a expiré" in stage.client.get(f"/l/{link.slug}").text


def test_paid_orders_use_a_link_up_and_one_too_many_is_for_a_person(stage: Stage) -> None:
    link = a_link(stage, amount=500, max_uses=1)
    sends(stage, link, form="a")
    sends(stage, link, form="b")
    first, second = (SimpleNamespace(**order) for order in orders(stage, link))
    for number, order in enumerate((first, second)):
        stage.notifies(stage.starts(order)["reference"], paymentref=f"PAY{number}")
    assert stage.of(PaymentLink, PaymentLink.id == link.id)[0]["uses"] == 2
    assert (stage.reviews(first), stage.reviews(second)) == ([], ["oversold"])
    assert stage.now(second)["status"] == "paid"


def test_a_form_from_elsewhere_is_refused(stage: Stage) -> None:
    link = a_link(stage)
    headers = {"Origin": "https://evil.example"}
    assert stage.client.post(f"/l/{link.slug}", headers=headers).status_code == 403
    assert orders(stage, link) == []


def test_a_slug_that_is_nobodys_finds_nothing(stage: Stage) -> None:
    assert stage.client.get("/l/nobodys").status_code == 404
    assert stage.client.post("/l/nobodys").status_code == 404


def test_forms_are_slowed_down_per_address(stage_with: Callable[..., Stage]) -> None:
    stage = stage_with(RATE_LIMITS="1")
    link = a_link(stage)
    assert {sends(stage, link).status_code for _ in range(30)} == {303}
    assert sends(stage, link).status_code == 429
