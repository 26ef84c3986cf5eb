"""The room of one order read for its own store: the order, its attempts and its review items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from portal.payments.models import Attempt, Order, ReviewItem
from portal.payments.snapshot import Columns

_ORDER = select(*[column.label(key) for key, column in Order.__mapper__.columns.items()])


@dataclass(frozen=True)
class Reading:
    """What `snapshot.order_object` shows."""

    order: Columns
    attempts: Sequence[Columns]
    reviews: Sequence[Columns]


def order(connection: Connection, *, merchant_id: int, mode: str, public_id: str) -> Reading | None:
    """Return the store's order of that mode; None where it has no such one."""
    of_store = (Order.merchant_id == merchant_id, Order.mode == mode, Order.public_id == public_id)
    row = connection.execute(_ORDER.where(*of_store)).first()
    if row is None:
        return None
    found = row._asdict()
    attempts = _of(connection, Attempt, found["id"]) if found["attempts"] else ()
    reviews = _of(connection, ReviewItem, found["id"]) if found["reviews"] else ()
    return Reading(found, attempts, reviews)


def _of(connection: Connection, table: type[Attempt | ReviewItem], order_id: int) -> Sequence[Columns]:
    query = select(*table.__table__.columns).where(table.order_id == order_id).order_by(table.id)
    return [row._asdict() for row in connection.execute(query)]
