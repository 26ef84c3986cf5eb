"""The room of the database: one engine, readers that cannot write, writers that take turns, one commit each.

On SQLite writers take turns by a file lock around the whole transaction (the busy time-out alone let one of sixteen
wait for 1.4 s); on PostgreSQL rows are locked instead.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Insert,
    Integer,
    Update,
    bindparam,
    event,
    insert,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase

from portal.db.moments import Moment, moment, now, told

__all__ = [
    "WRITING",
    "Base",
    "Identity",
    "Moment",
    "Write",
    "db",
    "init_app",
    "insisted",
    "moment",
    "now",
    "reading",
    "repeated_once",
    "told",
    "write_new",
    "write_together",
    "writing",
]

BUSY_MS = 10_000
# A connection reads, unless a transaction is begun with these options.
WRITING = {"cross_writing": True, "postgresql_readonly": False}
READ_ONLY = "-c default_transaction_read_only=on"
POOL = 20
AWAY_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Base(DeclarativeBase):
    """Every table of the portal."""


db = SQLAlchemy(model_class=Base)

Identity = BigInteger().with_variant(Integer(), "sqlite")


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
            engine.connect().execution_options(**WRITING) as connection,
            connection.begin(),
        ):
            yield connection
    finally:
        _turn.writing = False


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection for reading; a write on it is refused by the database."""
    # Alone, a statement saves a BEGIN and a COMMIT; under READ COMMITTED each sees its own snapshot anyway.
    engine = db.engine
    options = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


T = TypeVar("T")


def repeated_once(step: Callable[[], T]) -> T:
    """Run a whole writing step, once more after a deadlock or a lost race for a unique value."""
    return _repeated(step, (0.0,))


def insisted(step: Callable[[], T]) -> T:
    """Run a writing step whose facts exist nowhere else (an operator's reply), for half a minute if need be."""
    return _repeated(step, AWAY_SECONDS)


def _repeated(step: Callable[[], T], waits: Sequence[float]) -> T:
    for wait in waits:
        try:
            return step()
        except (IntegrityError, OperationalError):
            time.sleep(wait)
    return step()


@dataclass(frozen=True, slots=True)
class Write:
    """A new row of the table, or new values (by attribute) of the row with that `id`."""

    table: type[Base]
    values: Mapping[str, Any]
    id: int | None = None


def write_new(connection: Connection, table: type[Base], values: Mapping[str, Any]) -> int:
    """Write one new row and return its id."""
    returning = _returning_id(table, tuple(values))
    return int(connection.execute(returning, _bound(0, Write(table, values))).scalar_one())


Shape = tuple[type[Base], bool, tuple[str, ...]]


def write_together(connection: Connection, writes: Sequence[Write]) -> None:
    """Write the facts of one step: one statement on PostgreSQL (data-modifying CTEs), one each on SQLite.

    The writes must not depend on one another's results. New rows of one table that name the same columns get their
    ids in the order given.
    """
    shapes = tuple((one.table, one.id is None, tuple(one.values)) for one in writes)
    values = [_bound(place, one) for place, one in enumerate(writes)]
    if connection.dialect.name == "postgresql":
        connection.execute(_joined(shapes), dict(ChainMap(*values)))
        return
    for place, (shape, bound) in enumerate(zip(shapes, values, strict=True)):
        connection.execute(_single(shape, place), bound)


def _bound(place: int, write: Write) -> dict[str, Any]:
    named = write.values if write.id is None else {**write.values, "id": write.id}
    return {f"w{place}_{name}": value for name, value in named.items()}


# Building a statement costs more than running it, and there are few shapes of a step: each is built once.
@lru_cache(maxsize=512)
def _single(shape: Shape, place: int) -> Insert | Update:
    table, is_new, _ = shape
    of_id = update(table).where(table.__mapper__.columns["id"] == bindparam(f"w{place}_id"))
    return (insert(table) if is_new else of_id).values(_values(shape, place))


def _values(shape: Shape, place: int) -> dict[Any, Any]:
    columns = shape[0].__mapper__.columns
    return {columns[name]: bindparam(f"w{place}_{name}", type_=columns[name].type) for name in shape[2]}


@lru_cache(maxsize=64)
def _returning_id(table: type[Base], names: tuple[str, ...]) -> Insert:
    statement = _single((table, True, names), 0)
    assert isinstance(statement, Insert)  # noqa: S101 - a new row is an INSERT
    return statement.returning(table.__mapper__.columns["id"])


@lru_cache(maxsize=512)
def _joined(shapes: tuple[Shape, ...]) -> Insert | Update:
    # PostgreSQL runs the parts of such a statement in any order: what has an order is one part.
    alike: dict[tuple[Shape, int], list[int]] = {}
    for place, shape in enumerate(shapes):
        alike.setdefault((shape, 0 if shape[1] else place), []).append(place)
    *others, last = [_several(shape, places) for (shape, _), places in alike.items()]
    return last.add_cte(*(one.cte(f"w{place}") for place, one in enumerate(others)))


def _several(shape: Shape, places: Sequence[int]) -> Insert | Update:
    if len(places) == 1:  # the usual case: a statement of several rows is compiled anew each time
        return _single(shape, places[0])
    return insert(shape[0]).values([_values(shape, place) for place in places])


def init_app(app: Flask, url: str) -> None:
    """Bind the engine to the application and teach SQLite its manners."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    sqlite = url.startswith("sqlite")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": POOL,
        "max_overflow": POOL,
        "hide_parameters": True,  # an error's text goes to the log
        "connect_args": {"check_same_thread": False} if sqlite else {"options": READ_ONLY},
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
