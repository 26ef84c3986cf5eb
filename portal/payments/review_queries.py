"""The room of looking at what waits for a person: a store's open review items, the most telling first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, case, exists, func, or_, select

from portal.domain.states import ReviewReason
from portal.payments.models import Attempt, Order, ReviewItem, Visit
from portal.payments.paging import PAGE

MOST_COUNTED = 100
"""Items that the menu counts; beyond, there are simply many."""

_CAME_BACK = exists().where(Visit.attempt_id == ReviewItem.attempt_id, Visit.way == "accept")
# An unconfirmed payment whose shopper came back as from a payment is the likeliest to be money that nobody sees.
_RANK = case((and_(ReviewItem.reason == ReviewReason.UNCONFIRMED, _CAME_BACK), 0), else_=1)
_LISTED = (
    ReviewItem.id,
    ReviewItem.public_id,
    ReviewItem.reason,
    ReviewItem.facts,
    ReviewItem.opened_at,
    _CAME_BACK.label("came_back"),
    Attempt.operator,
    Order.public_id.label("order_public_id"),
    Order.reference.label("order_reference"),
    Order.amount,
    Order.currency,
)


@dataclass(frozen=True)
class Waiting:
    """One page of open items; `next`: the public id to read on from, where there are more."""

    rows: Sequence[RowMapping]
    next: str | None = None


def waiting(connection: Connection, *, merchant_id: int, mode: str, after: str | None = None) -> Waiting:
    """Return a page of the store's open items, unconfirmed ones with an accept visit first, then the oldest.

    An item that is not the store's, or not open any more, begins no page.
    """
    query = _open(merchant_id, mode, *_LISTED).outerjoin(Attempt, Attempt.id == ReviewItem.attempt_id)
    if after is not None:
        seen = _open(merchant_id, mode, _RANK.label("rank"), ReviewItem.id)
        seen_at = seen.where(ReviewItem.public_id == after).subquery()
        later = and_(seen_at.c.rank == _RANK, seen_at.c.id < ReviewItem.id)
        query = query.join(seen_at, or_(seen_at.c.rank < _RANK, later))
    found = connection.execute(query.order_by(_RANK, ReviewItem.id).limit(PAGE + 1)).mappings().all()
    rows = found[:PAGE]
    return Waiting(rows, rows[-1]["public_id"] if len(found) > PAGE else None)


def count(connection: Connection, *, merchant_id: int, mode: str) -> int:
    """Return how many items of the store are open, at most MOST_COUNTED."""
    some = _open(merchant_id, mode, ReviewItem.id).limit(MOST_COUNTED).subquery()
    counted: int = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return counted


def item(connection: Connection, *, merchant_id: int, public_id: str) -> RowMapping | None:
    """Return the store's review item, open or decided, with its order's public id; None where it has none such."""
    query = (
        select(*ReviewItem.__table__.columns, Order.public_id.label("order_public_id"), Order.mode)
        .join(Order, Order.id == ReviewItem.order_id)
        .where(Order.merchant_id == merchant_id, ReviewItem.public_id == public_id)
    )
    return connection.execute(query).mappings().first()


def _open(merchant_id: int, mode: str, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(ReviewItem)
        .join(Order, Order.id == ReviewItem.order_id)
        .where(Order.merchant_id == merchant_id, Order.mode == mode, ReviewItem.decision.is_(None))
    )
