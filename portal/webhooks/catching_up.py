"""The room of catching up: everything that a shop was told, in one order that never gains a line before its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, String, cast, func, select, tuple_

from portal.webhooks.models import Event

_SHOWN = (Event.public_id, Event.mode, Event.type, Event.created_at, Event.payload)


class UnknownEvent(LookupError):
    """The store has no event of that id in that mode."""


def events(
    connection: Connection,
    *,
    merchant_id: int,
    mode: str,
    after: str | None = None,
    kind: str | None = None,
    most: int,
) -> Sequence[RowMapping]:
    """Return at most `most` of the store's events, oldest first, from behind the event `after`; raise UnknownEvent.

    An event of a transaction that is still in flight may yet take a place before others that are there to see. So on
    PostgreSQL only those are given whose turn is over for everybody; on SQLite writers take turns.
    """
    of_store = (Event.merchant_id == merchant_id, Event.mode == mode)
    query = select(*_SHOWN).where(*of_store)
    if connection.dialect.name == "postgresql":
        query = query.where(Event.turn < _oldest_in_flight())
    if after is not None:
        place = connection.execute(
            select(Event.turn, Event.id).where(*of_store, Event.public_id == after)
        ).first()
        if place is None:
            raise UnknownEvent(after)
        query = query.where(tuple_(Event.turn, Event.id) > tuple_(place.turn, place.id))
    if kind is not None:
        query = query.where(Event.type == kind)
    return connection.execute(query.order_by(Event.turn, Event.id).limit(most)).mappings().all()


def _oldest_in_flight() -> Any:
    """Return SQL for the transaction id below which nothing is undecided, by the statement's own snapshot."""
    return cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), String), BigInteger)
