"""The room of the inbox: stores every notification raw, and lets the lifecycle apply what it authentically says.

One transaction, whose first statement stores the raw row; reading is pure. If reading rejects it, the row is
committed with its verdict and nothing else. If applying fails, that is rolled back and the row is committed as
`deferred` in a new transaction, for the worker. Nothing is acknowledged before its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.provider import Hearsay, Notice, NotificationRejected, Provider, RawNotification, Verdict
from portal.merchants.accounts import Connected, Directory
from portal.merchants.models import OperatorAccount
from portal.payments import ledger, lifecycle
from portal.payments.ledger import Source
from portal.payments.models import Attempt, Notification, RefusedCalls
from portal.security.addresses import listed

log = structlog.get_logger("inbox")

LARGEST_BODY = 10 * 1024
LARGEST_URL = 10 * 1024
KEPT_REFUSED = timedelta(days=90)
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=10)


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


@dataclass(frozen=True)
class Received:
    """What became of it: the verdict, and for a refusal its reason."""

    verdict: Verdict
    reason: str = ""


class _NotKept(Exception):
    """Refused, and this address has had its share of lines: count it instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _account(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(
            OperatorAccount.public_id == bindparam("called_id"),
            OperatorAccount.operator == bindparam("called_operator"),
        )
        .scalar_subquery()
    )


_ACCOUNT_COLUMNS = OperatorAccount.__table__.columns


@lru_cache(maxsize=64)
def _storing(pinned: datetime | None) -> ReturningInsert[*tuple[Any, ...]]:
    """Return the statement that keeps a raw notification, and finds the account that was called in passing."""
    account = [_account(column).label(f"account_{name}") for name, column in _ACCOUNT_COLUMNS.items()]
    values = {
        "operator": bindparam("called_operator"),
        "called": bindparam("called_id"),
        "account_id": _account(_ACCOUNT_COLUMNS["id"]),
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


def receive(clock: Clock, directory: Directory, call: Call, may_keep: Callable[[], bool]) -> Received:
    """Store the notification and apply what it says; return what the operator is to be told.

    `may_keep` says whether a refused call of this address still gets a line of its own. Raises only when not even
    the raw row could be stored: then nothing may be acknowledged.
    """
    try:
        return db.repeated_once(lambda: _receive(clock, directory, call, may_keep))
    except _NotKept as refusal:
        _count(clock, call.address)
        return Received(Verdict.REFUSED, refusal.reason)
    except Exception:
        log.exception("deferred", operator=call.operator)
    with db.writing() as tx:
        row = _store(tx, clock, call)
        if call.is_too_large:
            return _refuse(tx, row, "too_large")
        tx.execute(update(Notification).where(Notification.id == row["id"]).values(due_at=db.now(clock)))
    return Received(Verdict.DEFERRED)


def _receive(clock: Clock, directory: Directory, call: Call, may_keep: Callable[[], bool]) -> Received:
    with db.writing() as tx:
        row = _store(tx, clock, call)
        received = _judge(tx, clock, directory, row, call)
        if received.verdict is Verdict.REFUSED and not may_keep():
            raise _NotKept(received.reason)
    return received


def _store(tx: Connection, clock: Clock, call: Call) -> dict[str, Any]:
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


def _judge(
    tx: Connection, clock: Clock, directory: Directory, row: Mapping[Any, Any], call: Call
) -> Received:
    """Give the stored row its verdict, in the same transaction as what it changes."""
    if row["account_id"] is None:
        return _refuse(tx, row, "unknown_account")
    account = directory.account({name: row[f"account_{name}"] for name in _ACCOUNT_COLUMNS.keys()})  # noqa: SIM118
    provider = directory.providers[call.operator]
    try:
        require_acceptable(provider, account, call)
        said = provider.read(call.raw(), account)
    except NotificationRejected as rejection:
        return _refuse(tx, row, str(rejection)[:200])
    return _apply(tx, clock, account, row["id"], said)


def require_acceptable(provider: Provider, account: Connected, call: Call) -> None:
    """Raise NotificationRejected where address, method or size forbid even reading it.

    An empty list of addresses accepts nothing where the notification can settle by itself.
    """
    networks = account.notify_from()
    if (networks or provider.settles_by_notification) and not listed(call.address, networks):
        raise NotificationRejected("address")
    if call.method != provider.notify_method:
        raise NotificationRejected("method")
    if call.is_too_large:
        raise NotificationRejected("too_large")


def _refuse(tx: Connection, row: Mapping[Any, Any], reason: str) -> Received:
    db.write_together(tx, [_verdict(row["id"], Verdict.REFUSED, reason=reason)])
    return Received(Verdict.REFUSED, reason)


def _apply(
    tx: Connection, clock: Clock, account: Connected, notification_id: int, said: Sequence[Notice | Hearsay]
) -> Received:
    verdict = Verdict.REPEATED
    for word in said:
        match word:
            case Notice(reference, event):
                source = Source("notification", str(notification_id))
                also = _also(notification_id)
                try:
                    verdict = lifecycle.apply(
                        tx, clock, account.id, reference, event, source=source, also=also
                    )
                except ledger.NotFound:
                    verdict = Verdict.UNKNOWN_REFERENCE
                    db.write_together(tx, [_verdict(notification_id, verdict)])
            case Hearsay(reference):
                verdict = _hear(tx, account, notification_id, reference)
    return Received(verdict)


def _also(notification_id: int) -> Callable[[Verdict, int], Write]:
    return lambda verdict, attempt_id: _verdict(notification_id, verdict, attempt_id=attempt_id)


def _hear(tx: Connection, account: Connected, notification_id: int, reference: str) -> Verdict:
    """Note which attempt the hearsay is about; it moves nothing."""
    query = select(Attempt.id).where(Attempt.account_id == account.id, Attempt.reference == reference)
    attempt_id = tx.scalar(query)
    verdict = Verdict.HEARSAY if attempt_id else Verdict.UNKNOWN_REFERENCE
    db.write_together(tx, [_verdict(notification_id, verdict, attempt_id=attempt_id)])
    return verdict


def _verdict(notification_id: int, verdict: Verdict, **values: Any) -> Write:
    return Write(Notification, {"verdict": verdict, "due_at": None, **values}, notification_id)


def take_up(clock: Clock, directory: Directory, notification_id: int, fence: int) -> Verdict:
    """Apply a deferred notification whose lease we hold; put it back for later where it fails again."""
    try:
        return db.repeated_once(lambda: _take_up(clock, directory, notification_id, fence))
    except Exception:
        log.exception("deferred again", notification=notification_id)
    mine = (Notification.id == notification_id) & (Notification.fence == fence)
    with db.writing() as tx:
        tries = tx.scalar(select(Notification.tries).where(mine)) or 0
        wait = min(FIRST_RETRY * 2 ** min(tries, 20), LONGEST_RETRY)
        now = db.moment(tx, clock)
        tx.execute(
            update(Notification).where(mine).values(tries=tries + 1, due_at=now + wait, lease_until=None)
        )
    return Verdict.DEFERRED


def _take_up(clock: Clock, directory: Directory, notification_id: int, fence: int) -> Verdict:
    with db.writing() as tx:
        # The account's own id comes as `account_id` too: one of the two must stay away.
        own = [column for name, column in Notification.__table__.columns.items() if name != "account_id"]
        account_columns = [column.label(f"account_{name}") for name, column in _ACCOUNT_COLUMNS.items()]
        found = tx.execute(
            select(*own, *account_columns)
            .outerjoin(OperatorAccount, OperatorAccount.id == Notification.account_id)
            .where(Notification.id == notification_id, Notification.fence == fence)
            .with_for_update(of=Notification)
        )
        row = found.mappings().first()
        if row is None or row["due_at"] is None:
            return Verdict.REPEATED  # another worker was faster
        call = Call(
            row["operator"],
            row["called"],
            row["address"],
            row["url"],
            row["method"],
            row["headers"],
            row["body"],
        )
        return _judge(tx, clock, directory, row, call).verdict


def _count(clock: Clock, address: str) -> None:
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
    """Remove refused notifications and counts older than 90 days; return how many lines went."""
    now = db.moment(tx, clock)
    old = now - KEPT_REFUSED
    tx.execute(delete(RefusedCalls).where(RefusedCalls.hour < old))
    gone = tx.execute(
        delete(Notification).where(Notification.verdict == Verdict.REFUSED, Notification.received_at < old)
    )
    return int(gone.rowcount)


def waiting(connection: Connection) -> int:
    """Return how many deferred notifications wait for the worker."""
    return connection.scalar(select(func.count()).where(Notification.due_at.is_not(None))) or 0
