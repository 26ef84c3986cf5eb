"""The room of looking: a store's orders page by page, and everything that is known about one of them.

Every statement says whose orders it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, select, union

from portal.domain.money import Money
from portal.domain.states import OrderStatus
from portal.merchants.models import OperatorAccount
from portal.payments import paging, refund_queries
from portal.payments.models import Attempt, JournalLine, Notification, Order, PaymentLink, ReviewItem, Visit
from portal.payments.paging import Listed
from portal.payments.refund_models import Refund

MOST_FACTS = 500
"""Lines of one kind that the page of one order shows."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for. `since` inclusive, `until` exclusive.

    `anything`: an id, a receipt code, or a reference of ours or the operator's, exactly.
    """

    status: OrderStatus | None = None
    operator: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    anything: str | None = None


@dataclass(frozen=True)
class Detail:
    """One order and all that is known about it, each list oldest first; `left`: by attempt what may be sent back."""

    order: RowMapping
    attempts: Sequence[RowMapping]
    journal: Sequence[RowMapping]
    visits: Sequence[RowMapping]
    reviews: Sequence[RowMapping]
    notifications: Sequence[RowMapping]
    refunds: Sequence[RowMapping]
    left: Mapping[int, Money]


_LISTED = (
    Order.id,
    Order.public_id,
    Order.reference,
    Order.description,
    Order.status,
    Order.amount,
    Order.amount_paid,
    Order.amount_refunded,
    Order.currency,
    Order.source,
    Order.created_at,
    select(Attempt.operator)
    .where(Attempt.order_id == Order.id)
    .order_by(Attempt.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("operator"),
    exists().where(ReviewItem.order_id == Order.id, ReviewItem.decision.is_(None)).label("to_review"),
)


def orders(
    connection: Connection,
    *,
    merchant_id: int,
    mode: str,
    filters: Filters,
    older_than: str | None = None,
    newer_than: str | None = None,
) -> Listed:
    """Return a page of the store's orders; an order that is not the store's begins no page."""
    query = select(*_LISTED).where(
        Order.merchant_id == merchant_id, Order.mode == mode, *conditions(merchant_id, filters)
    )
    older, newer = (None if seen is None else _id(merchant_id, seen) for seen in (older_than, newer_than))
    return paging.page(connection, query, Order.id, older_than=older, newer_than=newer)


def _id(merchant_id: int, public_id: str) -> Any:
    return (
        select(Order.id)
        .where(Order.merchant_id == merchant_id, Order.public_id == public_id)
        .scalar_subquery()
    )


def conditions(merchant_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    """Return the filters as SQL; whose orders are meant is to be said beside them."""
    found: list[ColumnElement[bool]] = []
    if filters.status is not None:
        found.append(Order.status == filters.status)
    if filters.operator is not None:
        found.append(exists().where(Attempt.order_id == Order.id, Attempt.operator == filters.operator))
    if filters.reference is not None:
        found.append(Order.reference == filters.reference)
    if filters.since is not None:
        found.append(Order.created_at >= filters.since)
    if filters.until is not None:
        found.append(Order.created_at < filters.until)
    if filters.anything is not None:
        found.append(Order.id.in_(_known_as(merchant_id, filters.anything)))
    return found


def _known_as(merchant_id: int, text: str) -> Any:
    """Return the orders that bear the text as one of their names, each by its own index."""
    own_accounts = select(OperatorAccount.id).where(OperatorAccount.merchant_id == merchant_id)
    return union(
        select(Order.id).where(Order.public_id == text),
        select(Order.id).where(Order.receipt_code == text),
        select(Attempt.order_id).where(Attempt.public_id == text),
        select(Attempt.order_id).where(Attempt.reference == text),
        select(JournalLine.order_id).where(
            JournalLine.account_id.in_(own_accounts),
            JournalLine.payment_reference == text,
            JournalLine.fact == "paid",
        ),
    )


def detail(connection: Connection, *, merchant_id: int, public_id: str) -> Detail | None:
    """Return all that is known about the store's order; None where the store has no such order."""
    columns = [column.label(key) for key, column in Order.__mapper__.columns.items()]
    query = (
        select(*columns, PaymentLink.title.label("link_title"), PaymentLink.public_id.label("link_public_id"))
        .outerjoin(PaymentLink, PaymentLink.id == Order.link_id)
        .where(Order.merchant_id == merchant_id, Order.public_id == public_id)
    )
    order = connection.execute(query).mappings().first()
    if order is None:
        return None
    own = select(Attempt.id).where(Attempt.order_id == order["id"])
    return Detail(
        order,
        _all(connection, Attempt, Attempt.order_id == order["id"]),
        _all(connection, JournalLine, JournalLine.order_id == order["id"]),
        _all(connection, Visit, Visit.attempt_id.in_(own)),
        _all(connection, ReviewItem, ReviewItem.order_id == order["id"]),
        _all(connection, Notification, Notification.attempt_id.in_(own)),
        _all(connection, Refund, Refund.order_id == order["id"]) if order["refunds"] else [],
        refund_queries.left(connection, order["id"]) if order["attempts"] else {},
    )


_Rows = type[Attempt] | type[JournalLine] | type[Visit] | type[ReviewItem] | type[Notification] | type[Refund]


def _all(connection: Connection, table: _Rows, where: ColumnElement[bool]) -> Sequence[RowMapping]:
    query = select(*table.__table__.columns).where(where).order_by(table.id).limit(MOST_FACTS)
    return connection.execute(query).mappings().all()
