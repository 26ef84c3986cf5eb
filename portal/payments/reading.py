"""The room of orders read for their own store, each with its attempts, its review items and what may go back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from portal.payments import refund_queries
from portal.payments.models import Attempt, Order, ReviewItem
from portal.payments.queries import Filters, conditions
from portal.payments.snapshot import Columns

_ORDER = select(*[column.label(key) for key, column in Order.__mapper__.columns.items()])


@dataclass(frozen=True)
class Reading:
    """What `snapshot.order_object` shows; `left`: how much may be sent back now, in whole units."""

    order: Columns
    attempts: Sequence[Columns] = ()
    reviews: Sequence[Columns] = ()
    left: int = 0


def order(connection: Connection, *, merchant_id: int, mode: str, public_id: str) -> Reading | None:
    """Return the store's order of that mode; None where it has no such one."""
    of_store = (Order.merchant_id == merchant_id, Order.mode == mode, Order.public_id == public_id)
    row = connection.execute(_ORDER.where(*of_store)).first()
    if row is None:
        return None
    [found] = _complete(connection, [row._asdict()])
    return found


def orders(
    connection: Connection, *, merchant_id: int, mode: str, filters: Filters, before: int | None, most: int
) -> list[Reading]:
    """Return at most `most` of the store's orders of that mode, newest first, older than the order `before` (its id).

    However many they are, it takes five statements at the most.
    """
    query = _ORDER.where(
        Order.merchant_id == merchant_id, Order.mode == mode, *conditions(merchant_id, filters)
    )
    if before is not None:
        query = query.where(Order.id < before)
    rows = connection.execute(query.order_by(Order.id.desc()).limit(most))
    return _complete(connection, [row._asdict() for row in rows])


def _complete(connection: Connection, found: Sequence[Columns]) -> list[Reading]:
    attempts = _of(connection, Attempt, [order["id"] for order in found if order["attempts"]])
    reviews = _of(connection, ReviewItem, [order["id"] for order in found if order["reviews"]])
    refunded = [order["id"] for order in found if order["refunds"]]
    left = refund_queries.available(connection, refunded) if refunded else {}
    return [
        Reading(
            order,
            attempts.get(order["id"], ()),
            reviews.get(order["id"], ()),
            left.get(order["id"], order["amount_paid"]),
        )
        for order in found
    ]


def _of(
    connection: Connection, table: type[Attempt | ReviewItem], order_ids: Collection[int]
) -> Mapping[int, list[Columns]]:
    """Return the rows of each order, oldest first."""
    found: dict[int, list[Columns]] = {}
    if order_ids:
        query = select(*table.__table__.columns).where(table.order_id.in_(order_ids)).order_by(table.id)
        for row in connection.execute(query):
            found.setdefault(row.order_id, []).append(row._asdict())
    return found
