"""What a shopper's page must know, read in one statement or two."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from portal import db
from portal.merchants.models import OperatorAccount
from portal.payments import checkout
from portal.payments.checkout import View
from portal.payments.models import Attempt, Order
from portal.payments.weather import Weather
from tests.counting import counting
from tests.machines.stage import Stage
from tests.web.shop import Shop


def view(stage: Stage, order: SimpleNamespace) -> View:
    with stage.app.app_context(), db.reading() as connection:
        found = checkout.view(connection, stage.clock, order.token)
    assert found is not None
    return found


def puts(stage: Stage, table: Any, row: int, **values: object) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(table).where(table.id == row).values(values))


def test_nobodys_token_has_no_view(stage: Stage) -> None:
    with stage.app.app_context(), db.reading() as connection:
        assert checkout.view(connection, stage.clock, "nobodys") is None


def test_it_costs_one_statement_before_the_first_try_and_two_after_it(stage: Stage) -> None:
    order = stage.order()
    for statements in (1, 2):
        with stage.app.app_context(), counting(db.db.engine) as seen:
            view(stage, order)
        assert seen.statements == statements
        stage.clicks(order)


def test_the_operators_with_an_enabled_account_of_the_orders_mode_are_offered(stage: Stage) -> None:
    order = stage.order()
    stage.an_account(stage.merchant, mode="live")
    stage.anew().order()  # another store's account
    assert view(stage, order).offered == ("tmoney-online",)
    puts(stage, OperatorAccount, stage.account.id, enabled=False)
    assert view(stage, order).offered == ()


@pytest.mark.parametrize(
    ("order_status", "attempt_status", "scene"),
    [
        ("open", "failed", "choose"),
        ("processing", "starting", "starting"),
        ("processing", "waiting", "waiting"),
        ("processing", "unknown", "unknown"),
        ("paid", "paid", "paid"),
        ("paid", "waiting", "paid"),
        ("review", "paid", "review"),
        ("expired", "waiting", "expired"),
        ("cancelled", "cancelled", "cancelled"),
        ("closed", "paid", "closed"),
    ],
)
def test_every_state_has_its_scene(stage: Stage, order_status: str, attempt_status: str, scene: str) -> None:
    order = stage.order()
    stage.clicks(order)
    puts(stage, Order, order.id, status=order_status)
    puts(stage, Attempt, stage.attempts(order)[0]["id"], status=attempt_status)
    assert view(stage, order).scene == scene


def test_time_that_has_passed_counts_before_the_worker_says_so(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    stage.passes(hours=23, minutes=59)
    assert view(stage, order).scene == "waiting"
    stage.passes(minutes=1)
    assert view(stage, order).scene == "expired"


def test_a_page_can_open_while_its_session_lasts(stage: Stage) -> None:
    order = stage.order()
    assert not view(stage, order).page_can_open
    stage.clicks(order)
    assert view(stage, order).page_can_open
    stage.passes(seconds=180)
    assert not view(stage, order).page_can_open


def test_a_page_without_a_known_end_can_open_as_long_as_it_waits(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    [attempt] = stage.attempts(order)
    puts(stage, Attempt, attempt["id"], continuation={"kind": "redirect", "url": "https://o.example/p"})
    stage.passes(hours=3)
    assert view(stage, order).page_can_open


def test_the_latest_visit_of_each_attempt_is_seen(stage: Stage) -> None:
    order = stage.order()
    token = stage.starts(order)["token"]
    for way in ("cancel", "accept"):
        stage.client.get(f"/return/{token}/{way}")
    last = view(stage, order).last
    assert last is not None
    assert last["visit"] == "accept"


def test_the_weather_of_what_is_offered_comes_in_the_same_statement(stage: Stage) -> None:
    shop = Shop(stage).opens()
    order = shop.order(customer={"phone": "+22890112233"})
    shop.did("flooz", ended=9, paid=2, median=33)
    with stage.app.app_context(), counting(db.db.engine) as seen:
        found = view(stage, order)
    assert seen.statements == 1
    assert set(found.offered) == {"tmoney-online", "tmoney", "flooz", "moneyfusion"}
    assert len(found.offered) == 4
    [(operator, weather)] = found.weather.items()
    assert (operator, weather.ended, weather.paid, weather.median_seconds) == ("flooz", 9, 2, 33)
    assert found.order["customer"] == {"phone": "+22890112233"}


def test_of_an_operator_that_is_not_offered_or_of_the_other_mode_no_weather_comes(stage: Stage) -> None:
    shop = Shop(stage).opens()
    order = shop.order()
    shop.did("flooz")
    shop.did("tmoney")
    puts(stage, OperatorAccount, shop.accounts["flooz"].id, enabled=False)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Weather).where(Weather.operator == "tmoney").values(mode="live"))
    assert view(stage, order).weather == {}


def test_weather_that_was_counted_long_ago_is_none(stage: Stage) -> None:
    shop = Shop(stage).opens()
    order = shop.order()
    shop.did("flooz")
    assert "flooz" in view(stage, order).weather
    stage.passes(minutes=5)
    assert view(stage, order).weather == {}
