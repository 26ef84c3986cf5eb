"""The room of the database: one engine, readers that cannot write, writers that take turns, one commit each.

On SQLite all writers take turns by a file lock from before BEGIN IMMEDIATE until after COMMIT (with the busy
time-out alone the slowest of sixteen waited 1.4 s). On PostgreSQL rows are locked instead.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Insert,
    Integer,
    Update,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from portal.clock import Clock

BUSY_MS = 10_000
POOL = 20


class Base(DeclarativeBase):
    """Every table of the portal."""


db = SQLAlchemy(model_class=Base)

Identity = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A point in time: aware and in UTC on our side, `timestamptz` on PostgreSQL, ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse a naive time; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment needs its time zone"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Give the time back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now(clock: Clock) -> ColumnElement[datetime]:
    """Return the present moment as SQL: the database's own clock, unless the clock handed in is pinned."""
    if clock.pinned is not None:
        return literal(clock.pinned, Moment())
    if db.engine.dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=Moment())
    return func.clock_timestamp(type_=Moment())


def moment(connection: Connection, clock: Clock) -> datetime:
    """Ask the database for the present moment."""
    told: datetime = connection.execute(select(now(clock))).scalar_one()
    return told


class _Turn(threading.local):
    """This thread's place in the queue of SQLite writers."""

    descriptor: int | None = None
    path: str | None = None
    writing = False


_turn = _Turn()


@contextmanager
def _taking_turns(engine: Engine) -> Iterator[None]:
    """Hold the writers' file lock while the body runs; on PostgreSQL there is none."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:":
        yield
        return
    if _turn.path != path or _turn.descriptor is None:
        if _turn.descriptor is not None:
            os.close(_turn.descriptor)
        _turn.descriptor, _turn.path = os.open(f"{path}.writer", os.O_RDWR | os.O_CREAT, 0o600), path
    fcntl.flock(_turn.descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(_turn.descriptor, fcntl.LOCK_UN)


@contextmanager
def writing() -> Iterator[Connection]:
    """Open the one transaction of a writing step; commit on leaving, roll back on any exception.

    Raises RuntimeError inside another writing step: a step is one commit.
    """
    if _turn.writing:
        msg = "a writing step is already open in this thread"
        raise RuntimeError(msg)
    engine = db.engine
    _turn.writing = True
    try:
        with (
            _taking_turns(engine),
            engine.connect().execution_options(cross_writing=True) as connection,
            connection.begin(),
        ):
            yield connection
    finally:
        _turn.writing = False


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection for reading; a write on it is refused by the database."""
    with db.engine.connect().execution_options(postgresql_readonly=True) as connection, connection.begin():
        yield connection


T = TypeVar("T")


def repeated_once(step: Callable[[], T]) -> T:
    """Run a whole writing step, once more after a deadlock or a lost race for a unique value."""
    try:
        return step()
    except (IntegrityError, OperationalError):
        return step()


def write_together(connection: Connection, writes: Sequence[Insert | Update]) -> None:
    """Write the facts of one step: one statement on PostgreSQL (data-modifying CTEs), one each on SQLite.

    The writes must not depend on one another's results.
    """
    if connection.dialect.name != "postgresql" or len(writes) == 1:
        for write in writes:
            connection.execute(write)
        return
    *others, last = writes
    connection.execute(last.add_cte(*(write.cte(f"w{place}") for place, write in enumerate(others))))


def init_app(app: Flask, url: str) -> None:
    """Bind the engine to the application and teach SQLite its manners."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    sqlite = url.startswith("sqlite")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": POOL,
        "max_overflow": POOL,
        "connect_args": {"check_same_thread": False, "timeout": BUSY_MS / 1000} if sqlite else {},
    }
    db.init_app(app)
    with app.app_context():
        if sqlite:
            event.listen(db.engine, "connect", _on_sqlite_connect)
        event.listen(db.engine, "begin", _on_begin)


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_MS}",
        "foreign_keys=ON",
        # Without it REPLACE would delete journal lines behind the back of their triggers.
        "recursive_triggers=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    """Begin a transaction as what it is: reading ones cannot write."""
    is_writing = bool(connection.get_execution_options().get("cross_writing"))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if is_writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
