from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import db
from portal.webhooks import endpoints
from portal.webhooks.endpoints import Changes
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint, Event
from tests.webhooks.conftest import Shop, Told
from tests.webhooks.test_claiming import becomes, claimed


@pytest.fixture
def paused(told: Told, shop: Shop) -> tuple[int, str]:
    """Give an endpoint that is paused, with two events that it missed, one of them given up."""
    shop.answers["/sick"] = (500, b"")
    endpoint, public_id, _ = told.endpoint(f"{shop.url}/sick")
    told.events(2)
    told.ticks()
    becomes(told, endpoint, state="paused", probe_at=told.stage.clock.now() + timedelta(hours=1))
    first = told.stage.of(Delivery, Delivery.endpoint_id == endpoint)[0]["id"]
    with told.stage.app.app_context(), db.writing() as tx:
        given_up = {"status": "failed", "tries": 10, "due_at": None}
        tx.execute(update(Delivery).where(Delivery.id == first).values(given_up))
    shop.got.clear()
    return endpoint, public_id


def state(told: Told, endpoint: int) -> str:
    [row] = told.stage.of(Endpoint, Endpoint.id == endpoint)
    return str(row["state"])


def test_a_paused_endpoint_is_probed_once_an_hour_by_one_delivery(
    told: Told, shop: Shop, paused: tuple[int, str]
) -> None:
    told.events(3)
    for hours in range(1, 4):
        told.stage.passes(minutes=59)
        told.ticks()
        assert len(shop.got) == hours - 1
        told.stage.passes(minutes=1)
        told.ticks()
        told.ticks()
        assert len(shop.got) == hours
    assert state(told, paused[0]) == "paused"


def test_when_it_takes_the_probe_all_that_it_missed_is_sent_the_oldest_first(
    told: Told, shop: Shop, paused: tuple[int, str]
) -> None:
    later = told.events(3)
    shop.answers.clear()
    told.stage.passes(hours=1)
    told.ticks()
    assert len(shop.got) == 1
    assert state(told, paused[0]) == "enabled"
    probe = shop.got[0][1]["webhook-id"]
    missed = [one.event_id for one in claimed(told)]
    rows = told.stage.of(Delivery, Delivery.endpoint_id == paused[0])
    events = [told.stage.of(Event, Event.id == row["event_id"])[0]["public_id"] for row in rows]
    assert missed == [event for event in events if event != probe]  # with the one that was given up
    assert set(missed) | {probe} >= set(later)
    told.stage.passes(seconds=31)
    told.ticks()
    rows = told.stage.of(Delivery, Delivery.endpoint_id == paused[0])
    assert [row["status"] for row in rows] == ["delivered"] * 5
    assert len({headers["webhook-id"] for _, headers, _ in shop.got}) == 5


def test_whoever_switches_it_on_again_is_told_all_that_was_missed(
    told: Told, shop: Shop, paused: tuple[int, str]
) -> None:
    shop.answers.clear()
    inside = told.stage.app.extensions["cross"]
    merchant = told.stage.merchant.id
    with told.stage.app.app_context(), db.writing() as tx:
        changed = endpoints.change(
            tx,
            inside.clock,
            merchant_id=merchant,
            mode="test",
            public_id=paused[1],
            changes=Changes(enabled=True),
        )
    assert changed is not None
    told.ticks()
    rows = told.stage.of(Delivery, Delivery.endpoint_id == paused[0])
    assert [(row["status"], row["tries"]) for row in rows] == [("delivered", 1), ("delivered", 2)]


def test_what_was_given_up_before_it_began_to_fail_stays_given_up(
    told: Told, shop: Shop, paused: tuple[int, str]
) -> None:
    long_ago = told.stage.clock.now() - timedelta(days=9)
    [given_up] = told.stage.of(Delivery, Delivery.endpoint_id == paused[0], Delivery.status == "failed")
    with told.stage.app.app_context(), db.writing() as tx:
        of_it = DeliveryAttempt.delivery_id == given_up["id"]
        tx.execute(update(DeliveryAttempt).where(of_it).values(at=long_ago))
    shop.answers.clear()
    told.stage.passes(hours=1)
    told.ticks()
    told.ticks()
    rows = told.stage.of(Delivery, Delivery.endpoint_id == paused[0])
    assert sorted(row["status"] for row in rows) == ["delivered", "failed"]
