"""The room of looking at a store's own rails: what came of its tries to pay lately, by operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from portal.domain.states import AttemptStatus
from portal.payments.models import Attempt, Order

NEWEST = 200
"""Orders that are looked at, however many the store has: the page must cost the same for everyone."""


@dataclass(frozen=True)
class Own:
    """How often a store's customers tried one operator, and how often they paid."""

    tried: int
    paid: int


def own(connection: Connection, *, merchant_id: int, mode: str, since: datetime) -> Mapping[str, Own]:
    """Return by operator what came of the tries begun since then, in the store's newest orders of that mode."""
    newest = (
        select(Order.id)
        .where(Order.merchant_id == merchant_id, Order.mode == mode)
        .order_by(Order.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    paid = func.sum(case((Attempt.status == AttemptStatus.PAID, 1), else_=0))
    query = (
        select(Attempt.operator, func.count().label("tried"), paid.label("paid"))
        .join(newest, newest.c.id == Attempt.order_id)
        .where(Attempt.created_at >= since)
        .group_by(Attempt.operator)
    )
    return {row.operator: Own(row.tried, int(row.paid)) for row in connection.execute(query)}
