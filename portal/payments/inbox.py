"""The room of the inbox's rows: every notification kept raw, what was counted instead, and how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.provider import RawNotification, Verdict
from portal.merchants.models import OperatorAccount
from portal.payments.models import Notification, RefusedCalls

LARGEST_BODY = 10 * 1024
LARGEST_URL = 10 * 1024
KEPT_REFUSED = timedelta(days=90)


@dataclass(frozen=True)
class Call:
    """A notification at the door: whom it called, from where, and everything it said."""

    operator: str
    called: str
    address: str
    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_too_large(self) -> bool:
        """Say whether more was said than is kept: what is left after the cut must never be read."""
        return len(self.body) > LARGEST_BODY or len(self.url) > LARGEST_URL

    def raw(self) -> RawNotification:
        """Return what a provider reads."""
        query = tuple(parse_qsl(urlsplit(self.url).query, keep_blank_values=True, errors="replace"))
        return RawNotification(self.method, query, self.headers, self.body)


def _account(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(
            OperatorAccount.public_id == bindparam("called_id"),
            OperatorAccount.operator == bindparam("called_operator"),
        )
        .scalar_subquery()
    )


ACCOUNT_COLUMNS = OperatorAccount.__table__.columns


@lru_cache(maxsize=64)
def _storing(pinned: datetime | None) -> ReturningInsert[*tuple[Any, ...]]:
    """Return the statement that keeps a raw notification, and finds the account that was called in passing."""
    account = [_account(column).label(f"account_{name}") for name, column in ACCOUNT_COLUMNS.items()]
    values = {
        "operator": bindparam("called_operator"),
        "called": bindparam("called_id"),
        "account_id": _account(ACCOUNT_COLUMNS["id"]),
        "method": bindparam("with_method"),
        "url": bindparam("with_url"),
        "headers": bindparam("with_headers"),
        "body": bindparam("with_body"),
        "address": bindparam("from_address"),
        "received_at": db.told(pinned),
        "verdict": Verdict.DEFERRED,
        "tries": 0,
        "fence": 0,
    }
    return insert(Notification).values(values).returning(Notification.id, *account)


def store(tx: Connection, clock: Clock, call: Call) -> dict[str, Any]:
    """Write the raw row and return its id with the columns of the account that was called."""
    found = tx.execute(
        _storing(clock.pinned),
        {
            "called_operator": call.operator,
            "called_id": call.called[:80],
            "with_method": call.method[:10],
            "with_url": call.url[:LARGEST_URL],
            "with_headers": dict(call.headers),
            "with_body": call.body[:LARGEST_BODY],
            "from_address": call.address,
        },
    )
    return dict(found.mappings().one())


def verdict_of(notification_id: int, verdict: Verdict, **values: Any) -> Write:
    return Write(Notification, {"verdict": verdict, "due_at": None, **values}, notification_id)


def count(clock: Clock, address: str) -> None:
    """Count a refused call that gets no line of its own, by address and hour."""
    with db.writing() as tx:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        now = db.moment(tx, clock)
        hour = now.replace(minute=0, second=0, microsecond=0)
        tx.execute(
            dialect.insert(RefusedCalls)
            .values(address=address, hour=hour, calls=1)
            .on_conflict_do_update(index_elements=["address", "hour"], set_={"calls": RefusedCalls.calls + 1})
        )


def prune(tx: Connection, clock: Clock) -> int:
    """Remove refused and meaningless notifications and counts older than 90 days; return how many lines went."""
    now = db.moment(tx, clock)
    old = now - KEPT_REFUSED
    tx.execute(delete(RefusedCalls).where(RefusedCalls.hour < old))
    # What names nothing of ours is anybody's to send, as a refused call is.
    about_nothing = and_(
        Notification.verdict.in_((Verdict.UNKNOWN_REFERENCE, Verdict.HEARSAY)),
        Notification.attempt_id.is_(None),
        Notification.refund_id.is_(None),
    )
    worthless = or_(Notification.verdict == Verdict.REFUSED, about_nothing)
    gone = tx.execute(delete(Notification).where(worthless, Notification.received_at < old))
    return int(gone.rowcount)


def waiting(connection: Connection) -> int:
    """Return how many deferred notifications wait for the worker."""
    return connection.scalar(select(func.count()).where(Notification.due_at.is_not(None))) or 0
