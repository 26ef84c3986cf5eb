"""The room of time in the database: moments in UTC, and the database's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from portal.clock import Clock


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

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - as SQLAlchemy calls it
        """Give the time back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Now(FunctionElement[datetime]):
    """The database's own clock, as each database spells it."""

    type = Moment()
    inherit_cache = True


@compiles(_Now, "sqlite")
def _now_sqlite(_element: _Now, _compiler: Any, **_: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(_Now, "postgresql")
def _now_postgresql(_element: _Now, _compiler: Any, **_: Any) -> str:
    return "clock_timestamp()"  # now() stands still while we wait for a lock


def now(clock: Clock) -> ColumnElement[datetime]:
    """Return the present moment as SQL: the database's own clock, unless the clock handed in is pinned."""
    return told(clock.pinned)


def told(pinned: datetime | None) -> ColumnElement[datetime]:
    """Return the same for what a clock is pinned to: by this, a prepared statement can be kept."""
    return _Now() if pinned is None else literal(pinned, Moment())


def moment(connection: Connection, clock: Clock) -> datetime:
    """Ask the database for the present moment."""
    return connection.execute(select(now(clock))).scalar_one()
