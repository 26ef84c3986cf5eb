"""A browser that comes back is evidence, kept beside the books."""

from __future__ import annotations

import pytest

from portal import db
from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.payments import schedule, visits
from portal.payments.models import JournalLine, Order, Visit
from portal.webhooks.models import Event
from tests.machines.stage import Stage
from tests.web.shop import Shop


@pytest.mark.parametrize("way", visits.WAYS)
def test_a_visit_is_kept_and_leads_to_its_order(stage: Stage, way: str) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    with stage.app.app_context(), db.writing() as tx:
        assert visits.record(tx, stage.clock, attempt["token"], way) == order.token
    [visit] = stage.of(Visit, Visit.attempt_id == attempt["id"])
    assert (visit["way"], visit["at"]) == (way, stage.clock.now())


def test_every_visit_is_kept(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    for way in ("accept", "accept", "cancel"):
        with stage.app.app_context(), db.writing() as tx:
            visits.record(tx, stage.clock, attempt["token"], way)
    ways = [visit["way"] for visit in stage.of(Visit, Visit.attempt_id == attempt["id"])]
    assert ways == ["accept", "accept", "cancel"]


def test_a_token_that_is_nobodys_leaves_nothing(stage: Stage) -> None:
    before = len(stage.of(Visit))
    with stage.app.app_context(), db.writing() as tx:
        assert visits.record(tx, stage.clock, "nobodys", "accept") is None
    assert len(stage.of(Visit)) == before


@pytest.mark.parametrize("way", visits.WAYS)
def test_where_the_operator_can_be_asked_a_visit_makes_us_ask_and_nothing_else(
    stage: Stage, way: str
) -> None:
    shop = Shop(stage)
    order = shop.order()
    attempt = shop.tried(order, "moneyfusion", Accepted())
    before = [stage.of(table) for table in (Order, JournalLine, Event)]
    came_back(shop, attempt.token, way)
    [now] = stage.attempts(order)
    assert (now["status"], now["due_at"]) == ("waiting", stage.clock.now())
    assert [stage.of(table) for table in (Order, JournalLine, Event)] == before


def test_whoever_comes_back_again_and_again_is_asked_for_once_in_three_seconds(stage: Stage) -> None:
    shop = Shop(stage)
    order = shop.order()
    attempt = shop.tried(order, "moneyfusion", Accepted())
    came_back(shop, attempt.token, "accept")
    stage.tick()
    came_back(shop, attempt.token, "accept")
    [now] = stage.attempts(order)
    assert (now["asked_at"], now["due_at"]) == (stage.clock.now(), stage.clock.now() + schedule.AT_LEAST)


@pytest.mark.parametrize("operator", ["tmoney-online", "moneyfusion"])
def test_nobody_is_asked_about_what_is_paid_nor_who_cannot_be_asked(stage: Stage, operator: str) -> None:
    shop = Shop(stage)
    order = shop.order()
    paid = [Paid(Money(500, "XOF"), "P1")] if operator == "moneyfusion" else []
    attempt = shop.tried(order, operator, Accepted(), *paid)
    [before] = stage.attempts(order)
    came_back(shop, attempt.token, "accept")
    assert stage.attempts(order) == [before]


def came_back(shop: Shop, token: str, way: str) -> None:
    with shop.stage.app.app_context(), db.writing() as tx:
        assert visits.record(tx, shop.stage.clock, token, way, shop.services.providers)


def test_the_token_that_comes_back_is_not_the_one_that_pays(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    assert attempt["token"] != order.token
    assert stage.client.get(f"/pay/{attempt['token']}").status_code == 404
