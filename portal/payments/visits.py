"""The room of browsers that come back: evidence kept beside the books, never a fact about money."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from portal import db
from portal.clock import Clock
from portal.domain.provider import CanAsk, Provider
from portal.payments.lifecycle_asking import ask_soon
from portal.payments.models import Attempt, Order, Visit

WAYS = ("accept", "decline", "cancel")
NOBODY: Mapping[str, Provider] = {}


def order_of(connection: Connection, attempt_token: str) -> str | None:
    """Return the own token of the order that the browser comes back to; None where no attempt bears that token."""
    query = select(Order.token).join(Attempt, Attempt.order_id == Order.id)
    return connection.scalar(query.where(Attempt.token == attempt_token))


def record(
    tx: Connection,
    clock: Clock,
    attempt_token: str,
    way: str,
    providers: Mapping[str, Provider] = NOBODY,
) -> str | None:
    """Keep the visit and return the order's own token; None where no attempt bears that token.

    A visit is hearsay: of the `providers` those that can be asked are asked soon, and nothing else comes of it.
    """
    query = select(Attempt.id, Attempt.operator, Order.token).join(Order, Order.id == Attempt.order_id)
    found = tx.execute(query.where(Attempt.token == attempt_token)).first()
    if found is None:
        return None
    tx.execute(insert(Visit).values(attempt_id=found.id, way=way, at=db.now(clock)))
    if isinstance(providers.get(found.operator), CanAsk):
        ask_soon(tx, clock, Attempt, found.id)
    return str(found.token)
