"""The room of browsers that come back: evidence kept beside the books, never a fact about money."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from portal import db
from portal.clock import Clock
from portal.payments.models import Attempt, Order, Visit

WAYS = ("accept", "decline", "cancel")


def record(tx: Connection, clock: Clock, attempt_token: str, way: str) -> str | None:
    """Keep the visit and return the order's own token; None where no attempt bears that token."""
    query = select(Attempt.id, Order.token).join(Order, Order.id == Attempt.order_id)
    found = tx.execute(query.where(Attempt.token == attempt_token)).first()
    if found is None:
        return None
    tx.execute(insert(Visit).values(attempt_id=found.id, way=way, at=db.now(clock)))
    return str(found.token)
