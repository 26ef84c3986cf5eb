"""Forgetting takes the shopper out of every row, after the store's own time, and leaves every fact of money."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from config import Settings
from portal import db
from portal.db import db as database
from portal.merchants.models import Merchant
from portal.notices import mail
from portal.payments.models import Notification, Order
from portal.payments.refund_models import Refund
from tests.machines.stage import Stage, on_stage
from tests.payments.sale import a_sale

SHOPPER = {"name": "Akofa Mensah", "phone": "+22891919191", "email": "akofa@exemple.tg"}
TRACES = ("Akofa Mensah", "KOFFI", "91919191", "90990990", "akofa@exemple", "22890112233")


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    """Give a portal of its own: what is left of shoppers is looked for in all of it."""
    with on_stage(settings) as stage:
        yield stage


def keeps(stage: Stage, days: int | None) -> None:
    merchant_id = stage.merchant.id
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Merchant).where(Merchant.id == merchant_id).values(keep_days=days))


def lived(stage: Stage) -> None:
    """Let shoppers buy, pay, be notified about and get money back, and write one mail about it."""
    a_sale(stage, 500).request(300)
    order = stage.order(customer=SHOPPER)
    stage.notifies(stage.starts(order)["reference"], phone_number="22890112233")
    with stage.app.app_context(), db.writing() as tx:
        mail.post(
            tx,
            stage.clock,
            recipient=SHOPPER["email"],
            subject="Reçu",
            body="Akofa Mensah",
            merchant_id=stage.merchant.id,
        )
    stage.tick()


def found(stage: Stage) -> set[str]:
    """Return which traces of shoppers are anywhere in this store's tables."""
    everything = []
    with stage.app.app_context(), db.reading() as connection:
        for table in database.metadata.sorted_tables:
            if table.name in ("users", "merchants"):
                continue
            rows = connection.execute(select(table)).mappings().all()
            everything += [json.dumps(dict(row), default=_text) for row in rows]
    return {trace for trace in TRACES for row in everything if trace in row}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def until_done(stage: Stage) -> None:
    while stage.tick():
        pass


def facts(stage: Stage) -> list[Any]:
    """Return what the books say of money."""
    orders = stage.of(Order)
    refunds = [
        {k: v for k, v in row.items() if k in ("amount", "order_id", "reference")} for row in stage.of(Refund)
    ]
    return [
        [(row["status"], row["amount_paid"], row["amount_refunded"], row["paid_at"]) for row in orders],
        [stage.journal(order) for order in (SimpleNamespace(id=row["id"]) for row in orders)],
        refunds,
    ]


def test_shoppers_are_kept_until_the_store_decides(stage: Stage) -> None:
    lived(stage)
    before = found(stage)
    assert len(before) >= 4
    stage.passes(days=4_000)
    until_done(stage)
    assert found(stage) == before


def test_after_its_time_nothing_of_a_shopper_is_left_and_all_of_the_money(stage: Stage) -> None:
    lived(stage)
    keeps(stage, 90)
    stage.passes(days=40)
    until_done(stage)  # what is still asked about or waited for comes to its end
    kept, books = found(stage), facts(stage)
    stage.passes(days=49)
    until_done(stage)
    assert found(stage) == kept
    stage.passes(days=2)
    until_done(stage)
    assert found(stage) == set()
    assert facts(stage) == books
    assert {one["verdict"] for one in stage.of(Notification)} == {"applied"}


def test_younger_orders_of_the_same_store_are_kept(stage: Stage) -> None:
    keeps(stage, 90)
    old = stage.order(customer=SHOPPER)
    stage.passes(days=89)
    young = stage.order(customer=SHOPPER)
    stage.passes(days=2)
    until_done(stage)
    assert (stage.now(old)["customer"], stage.now(young)["customer"]) == (None, SHOPPER)
    stage.passes(days=90)
    until_done(stage)
    assert stage.now(young)["customer"] is None


def test_a_time_shorter_than_a_payment_may_take_is_not_believed(stage: Stage) -> None:
    keeps(stage, 1)
    order = stage.order(customer=SHOPPER)
    stage.passes(days=59)
    until_done(stage)
    assert stage.now(order)["customer"] == SHOPPER


def test_another_stores_shoppers_are_its_own(stage: Stage) -> None:
    keeps(stage, 60)
    other = stage.anew_store()
    order = other.order(customer=SHOPPER)
    stage.passes(days=100)
    until_done(stage)
    assert other.now(order)["customer"] == SHOPPER


def test_many_are_forgotten_some_at_a_time(stage: Stage) -> None:
    keeps(stage, 60)
    orders = [stage.order(customer=SHOPPER, mode=mode) for mode in ("test", "live") for _ in range(130)]
    stage.passes(days=61)
    until_done(stage)
    assert all(stage.now(order)["customer"] is None for order in orders)
    assert timedelta(days=60) < stage.clock.now() - stage.now(orders[0])["created_at"]
