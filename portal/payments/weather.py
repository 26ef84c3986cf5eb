"""The room of the rails' weather: how each operator has done lately, counted by the worker, read by the checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from sqlalchemy import Connection, Select, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal import db
from portal.clock import Clock
from portal.db import Base, Moment
from portal.domain.events import FailureCode
from portal.domain.states import LIVE, AttemptStatus
from portal.payments.models import Attempt, Order

LOOKED_AT = timedelta(hours=1)
BETWEEN_COUNTS = timedelta(seconds=20)
OLD = timedelta(minutes=5)
"""A count that was not renewed for so long says nothing about now: nobody pays by it, or no worker counts."""
MOST = 5_000
"""Attempts of an operator's last hour that are looked at, the newest first."""
ENOUGH = 5
"""So many outcomes say something; fewer are chance."""
FAILING = 0.5
SLOW_SECONDS = 90
HEARD_BY = timedelta(minutes=3)
"""An attempt that is undecided for so long counts against its operator."""
SHOPPERS_OWN = frozenset(
    {FailureCode.CUSTOMER, FailureCode.LEFT, FailureCode.INSUFFICIENT_FUNDS, FailureCode.AUTHENTICATION}
)
"""Ends that say nothing about the operator."""


class Weather(Base):
    """How an operator did in one mode over the last hour, as the worker last counted it.

    `ended`: attempts whose outcome says something about the operator, `paid` of them; `median_seconds`: from the
    shopper's choice to the money.
    """

    __tablename__ = "weather"

    operator: Mapped[str] = mapped_column(String(30), primary_key=True)
    mode: Mapped[str] = mapped_column(String(4), primary_key=True)
    ended: Mapped[int] = mapped_column()
    paid: Mapped[int] = mapped_column()
    median_seconds: Mapped[int | None] = mapped_column()
    counted_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def failing(self) -> bool:
        """Say whether fewer than half of the payments succeeded that did not end by the shopper's own doing."""
        return self.ended >= ENOUGH and self.paid < FAILING * self.ended

    @property
    def usual_seconds(self) -> int | None:
        """Return how long money usually takes; None where too little of it came to say so."""
        return self.median_seconds if self.paid >= ENOUGH else None

    @property
    def slow(self) -> bool:
        """Say whether money takes unusually long."""
        return (self.usual_seconds or 0) > SLOW_SECONDS

    def is_news(self, now: datetime) -> bool:
        """Say whether this was counted lately enough to tell a shopper."""
        return now - self.counted_at < OLD


@dataclass
class _Tally:
    ended: int = 0
    seconds: list[int] = field(default_factory=list)


def count(tx: Connection, clock: Clock) -> None:
    """Count the last hour of every operator and mode anew."""
    now = db.moment(tx, clock)
    tallies: dict[tuple[str, str], _Tally] = {}
    for row in tx.execute(_recent(now - LOOKED_AT)):
        tally = tallies.setdefault((row.operator, row.mode), _Tally())
        if row.status == AttemptStatus.PAID and row.ended_at is not None:
            tally.ended += 1
            tally.seconds.append(max(0, int((row.ended_at - row.created_at).total_seconds())))
        elif row.ended_at is None and row.status not in LIVE:
            continue  # it ended before ends were timed
        elif _says_something(row.failure_code, row.ended_at, row.created_at, now):
            tally.ended += 1
    tx.execute(delete(Weather).where(Weather.counted_at < now - LOOKED_AT))
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(Weather)
    for (operator, mode), tally in sorted(
        tallies.items(), key=lambda one: one[0]
    ):  # all lock them in one order
        counted = {
            "ended": tally.ended,
            "paid": len(tally.seconds),
            "median_seconds": median_low(tally.seconds) if tally.seconds else None,
            "counted_at": now,
        }
        one = insert.values(operator=operator, mode=mode, **counted)
        tx.execute(one.on_conflict_do_update(index_elements=["operator", "mode"], set_=counted))


def _recent(since: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Attempt.operator,
            Order.mode,
            Attempt.status,
            Attempt.failure_code,
            Attempt.created_at,
            Attempt.ended_at,
        )
        .join(Order, Order.id == Attempt.order_id)
        .where(Attempt.created_at >= since)
        .order_by(Attempt.id.desc())
        .limit(MOST)
    )


def _says_something(code: str | None, ended_at: datetime | None, created_at: datetime, now: datetime) -> bool:
    if ended_at is None:
        return now - created_at >= HEARD_BY
    return code not in SHOPPERS_OWN


def present(connection: Connection, mode: str) -> Mapping[str, Weather]:
    """Return the weather of the operators in that mode, by slug."""
    query = select(*Weather.__table__.columns).where(Weather.mode == mode)
    return {row["operator"]: Weather(**row) for row in connection.execute(query).mappings()}


def best_first(offered: Iterable[str], weather: Mapping[str, Weather]) -> list[str]:
    """Return the operators, those that do well in the order given, then slow ones, then failing ones."""
    return sorted(offered, key=lambda operator: _badness(weather.get(operator)))


def _badness(weather: Weather | None) -> int:
    if weather is None:
        return 0
    return 2 if weather.failing else int(weather.slow)
