"""The room of signs of life: each worker leaves its own, whoever asks learns how old the youngest is."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from portal import db
from portal.clock import Clock
from portal.watch.models import WorkerBeat

EVERY = timedelta(seconds=15)
FORGOTTEN = timedelta(days=1)
"""A worker that was silent for so long is no longer missed by name."""


def name() -> str:
    """Return what this process is known by: its host and number."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def beat(clock: Clock, worker: str) -> None:
    """Leave a sign of life, and forget those who left none for a day."""
    with db.writing() as tx:
        now = db.moment(tx, clock)
        known = update(WorkerBeat).where(WorkerBeat.name == worker).values(at=now)
        if tx.execute(known).rowcount == 0:
            tx.execute(insert(WorkerBeat).values(name=worker, at=now))
        tx.execute(delete(WorkerBeat).where(WorkerBeat.at < now - FORGOTTEN))


def last(connection: Connection) -> datetime | None:
    """Return the youngest sign of life; None where there was never one."""
    return connection.scalar(select(func.max(WorkerBeat.at)))
