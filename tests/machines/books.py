"""The room of the books: all that is written about one store's money, read in one breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from portal import db
from portal.payments.models import Attempt, JournalLine, Order, ReviewItem
from portal.payments.refund_models import Refund
from portal.webhooks.models import Event
from tests.machines.stage import Row, Stage

LIVE = ("starting", "waiting", "unknown")


@dataclass(frozen=True)
class Book:
    """One order and everything that belongs to it, oldest first."""

    order: Row
    attempts: Sequence[Row]
    journal: Sequence[Row]
    reviews: Sequence[Row]
    events: Sequence[Row]
    refunds: Sequence[Row] = ()

    def attempt(self, reference: str) -> Row | None:
        return next((one for one in self.attempts if one["reference"] == reference), None)

    def lines(self, fact: str) -> list[Row]:
        return [line for line in self.journal if line["fact"] == fact]

    def items(self, reason: str) -> list[Row]:
        return [item for item in self.reviews if item["reason"] == reason]

    @property
    def live(self) -> list[Row]:
        """Return the attempts that hold the guard."""
        return [one for one in self.attempts if one["status"] in LIVE]


def read(stage: Stage) -> list[Book]:
    """Return the books of the stage's store."""
    with stage.app.app_context(), db.reading() as connection:
        orders = _rows(connection, Order, Order.merchant_id == stage.merchant.id)
        ids = [order["id"] for order in orders]
        parts = [
            _rows(connection, table, table.order_id.in_(ids))
            for table in (Attempt, JournalLine, ReviewItem, Event, Refund)
        ]
    return [
        Book(order, *([one for one in rows if one["order_id"] == order["id"]] for rows in parts))
        for order in orders
    ]


def _rows(connection: Connection, table: Any, where: Any) -> list[Row]:
    columns = [column.label(key) for key, column in table.__mapper__.columns.items()]
    query = select(*columns).where(where).order_by(table.id)
    return [dict(row) for row in connection.execute(query).mappings()]
