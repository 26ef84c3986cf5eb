"""The room of looking at money on its way back: a store's refunds, one of them, what is left of an order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from portal.domain.events import Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments import paging, refundable
from portal.payments.models import Attempt, JournalLine, Order
from portal.payments.paging import Listed
from portal.payments.refund_models import Refund
from portal.payments.snapshot import Columns

_LISTED = (
    Refund.id,
    Refund.public_id,
    Refund.operator,
    Refund.status,
    Refund.amount,
    Refund.currency,
    Refund.phone,
    Refund.created_at,
    Order.public_id.label("order_public_id"),
    Order.reference.label("order_reference"),
)
_REFUND = tuple(Refund.__table__.columns)
_COUNTED = (Refund.attempt_id, Refund.status, Refund.amount, Refund.currency)


def refunds(
    connection: Connection,
    *,
    merchant_id: int,
    mode: str,
    status: RefundStatus | None = None,
    older_than: str | None = None,
    newer_than: str | None = None,
) -> Listed:
    """Return a page of the store's refunds; a refund that is not the store's begins no page."""
    query = (
        select(*_LISTED)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.merchant_id == merchant_id, Refund.mode == mode)
    )
    if status is not None:
        query = query.where(Refund.status == status)
    older, newer = (
        None if seen is None else _of_store(merchant_id, seen).scalar_subquery()
        for seen in (older_than, newer_than)
    )
    return paging.page(connection, query, Refund.id, older_than=older, newer_than=newer)


def _of_store(merchant_id: int, public_id: str, *columns: ColumnElement[Any]) -> Any:
    return select(*(columns or (Refund.id,))).where(
        Refund.merchant_id == merchant_id, Refund.public_id == public_id
    )


def refund(connection: Connection, *, merchant_id: int, public_id: str) -> RowMapping | None:
    """Return the store's refund with its order's public id; None where the store has no such refund."""
    columns = (*Refund.__table__.columns, Order.public_id.label("order_public_id"))
    query = _of_store(merchant_id, public_id, *columns).join(Order, Order.id == Refund.order_id)
    found: RowMapping | None = connection.execute(query).mappings().first()
    return found


def whole(
    connection: Connection, *, merchant_id: int, mode: str, public_id: str
) -> tuple[Columns, Sequence[Columns], Columns] | None:
    """Return what `snapshot.refund_object` shows of the store's refund of that mode; None where it has no such one."""
    columns = (
        *_REFUND,
        Order.public_id.label("order_public_id"),
        Attempt.public_id.label("attempt_public_id"),
    )
    query = (
        select(*columns)
        .join(Order, Order.id == Refund.order_id)
        .join(Attempt, Attempt.id == Refund.attempt_id)
        .where(Refund.merchant_id == merchant_id, Refund.mode == mode, Refund.public_id == public_id)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    order = {"public_id": row["order_public_id"], "mode": row["mode"]}
    return order, [{"id": row["attempt_id"], "public_id": row["attempt_public_id"]}], row


def available(connection: Connection, order_ids: Collection[int]) -> Mapping[int, int]:
    """Return for each of the orders how much may still be sent back, in whole units, in two statements."""
    paid = select(
        JournalLine.order_id, JournalLine.attempt_id, JournalLine.amount, JournalLine.currency
    ).where(JournalLine.order_id.in_(order_ids), JournalLine.fact == "paid")
    facts = connection.execute(paid).all()
    query = select(*_COUNTED, Refund.order_id).where(Refund.order_id.in_(order_ids))
    refunds = connection.execute(query).mappings().all()
    return {
        order_id: refundable.sum_of(
            refundable.left_of(
                [
                    (row.attempt_id, "paid", Paid(Money(row.amount, row.currency)))
                    for row in facts
                    if row.order_id == order_id
                ],
                [row for row in refunds if row["order_id"] == order_id],
            )
        )
        for order_id in order_ids
    }


def left(connection: Connection, order_id: int) -> Mapping[int, Money]:
    """Return by attempt what may still be sent back, as it is now; a request looks again under the order's lock."""
    paid = select(JournalLine.attempt_id, JournalLine.amount, JournalLine.currency).where(
        JournalLine.order_id == order_id, JournalLine.fact == "paid"
    )
    facts = [
        (row.attempt_id, "paid", Paid(Money(row.amount, row.currency))) for row in connection.execute(paid)
    ]
    query = select(*_COUNTED).where(Refund.order_id == order_id)
    return refundable.left_of(facts, connection.execute(query).mappings().all())
