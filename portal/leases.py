"""The room of claims: takes due rows for one worker, for a while, with a fence against those who wake too late.

A table that can be claimed from has `due_at`, `lease_until` and `fence`. The fence grows with every claim: whoever
writes an outcome names the fence it was given, so that a worker whose lease ran out cannot overwrite another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from portal import db
from portal.clock import Clock


@dataclass(frozen=True)
class Claim:
    """One row that is ours until the lease ends; `fence` proves it. `whose`: whom it is about, where that was asked."""

    id: int
    fence: int
    whose: str = ""


def claim(clock: Clock, table: Any, *, most: int, lasts: timedelta, whose: Any = None) -> list[Claim]:
    """Claim up to `most` due rows of such a table, the longest due first; none of them is anybody else's.

    `whose` is the column by which the rows are parted among those they are about. Looks before it writes, so that an
    idle worker never makes writers wait.
    """
    with db.reading() as connection:
        if connection.scalar(_due(clock, table).limit(1)) is None:
            return []
    with db.writing() as tx:
        ids = tx.scalars(_due(clock, table).limit(most).with_for_update(skip_locked=True)).all()
        until = db.moment(tx, clock) + lasts
        taken = (
            update(table)
            .where(table.id.in_(ids))
            .values(lease_until=until, fence=table.fence + 1)
            .returning(table.id, table.fence, *([] if whose is None else [whose]))
        )
        return sorted((Claim(*row) for row in tx.execute(taken)), key=lambda one: one.id) if ids else []


def _due(clock: Clock, table: Any) -> Any:
    now: ColumnElement[datetime] = db.now(clock)
    free = or_(table.lease_until.is_(None), table.lease_until <= now)
    return select(table.id).where(table.due_at <= now, free).order_by(table.due_at)
