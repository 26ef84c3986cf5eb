"""The room of judging notifications: stores each one raw, and lets the lifecycle apply what it authentically says.

One transaction, whose first statement stores the raw row; reading is pure. If reading rejects it, the row is
committed with its verdict and nothing else. If applying fails, that is rolled back and the row is committed as
`deferred` in a new transaction, for the worker. Nothing is acknowledged before its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import (
    Connection,
    Row,
    select,
    update,
)

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.events import RefundEvent
from portal.domain.provider import (
    Claim,
    Hearsay,
    Notice,
    NotificationRejected,
    Provider,
    RefundNotice,
    Said,
    Verdict,
)
from portal.merchants.accounts import BESIDE, Connected, Directory
from portal.merchants.models import OperatorAccount
from portal.payments import ledger, lifecycle, lifecycle_refunds, lookup
from portal.payments.inbox import Call, count, store, verdict_of
from portal.payments.ledger import Source
from portal.payments.lifecycle_asking import ask_soon
from portal.payments.models import Attempt, Notification
from portal.payments.refund_models import Refund
from portal.payments.refundable import FREE
from portal.security import tokens
from portal.security.addresses import listed

log = structlog.get_logger("inbox")

FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=10)
KEPT_FOR_A_NAME = timedelta(minutes=10)
"""How long a name that only the operator knows is looked up again: its reply to our call takes a minute at most."""
LONGEST_WAIT_FOR_A_NAME = timedelta(minutes=1)


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


def receive(clock: Clock, directory: Directory, call: Call, may_keep: Callable[[], bool]) -> Received:
    """Store the notification and apply what it says; return what the operator is to be told.

    `may_keep` says whether a refused call of this address still gets a line of its own. Raises only when not even
    the raw row could be stored: then nothing may be acknowledged.
    """
    try:
        return db.repeated_once(lambda: _receive(clock, directory, call, may_keep))
    except _NotKept as refusal:
        count(clock, call.address)
        return Received(Verdict.REFUSED, refusal.reason)
    except Exception:
        log.exception("deferred", operator=call.operator)
    with db.writing() as tx:
        row = store(tx, clock, call)
        if call.is_too_large:
            return _refuse(tx, row, "too_large")
        tx.execute(update(Notification).where(Notification.id == row["id"]).values(due_at=db.now(clock)))
    return Received(Verdict.DEFERRED)


def _receive(clock: Clock, directory: Directory, call: Call, may_keep: Callable[[], bool]) -> Received:
    with db.writing() as tx:
        row = store(tx, clock, call)
        received = _judge(tx, clock, directory, row, call)
        if received.verdict is Verdict.REFUSED and not may_keep():
            raise _NotKept(received.reason)
    return received


def _judge(
    tx: Connection, clock: Clock, directory: Directory, row: Mapping[Any, Any], call: Call
) -> Received:
    """Give the stored row its verdict, in the same transaction as what it changes."""
    if row["account_id"] is None:
        return _refuse(tx, row, "unknown_account")
    account = directory.account_beside(row)
    provider = directory.providers[call.operator]
    try:
        require_acceptable(provider, account, call)
        said = provider.read(call.raw(), account)
    except NotificationRejected as rejection:
        return _refuse(tx, row, str(rejection)[:200])
    if not said:
        return _refuse(tx, row, "it says nothing")
    return _apply(tx, clock, account, row["id"], said)


def require_acceptable(provider: Provider, account: Connected, call: Call) -> None:
    """Raise NotificationRejected where address, method or size forbid even reading it.

    An empty list of addresses accepts nothing where the notification can settle by itself.
    """
    networks = account.notify_from()
    if (networks or provider.settles_by_notification(account)) and not listed(call.address, networks):
        raise NotificationRejected("address")
    if call.method != provider.notify_method:
        raise NotificationRejected("method")
    if call.is_too_large:
        raise NotificationRejected("too_large")


def _refuse(tx: Connection, row: Mapping[Any, Any], reason: str) -> Received:
    db.write_together(tx, [verdict_of(row["id"], Verdict.REFUSED, reason=reason)])
    return Received(Verdict.REFUSED, reason)


def _apply(
    tx: Connection, clock: Clock, account: Connected, notification_id: int, said: Sequence[Said]
) -> Received:
    verdict: Verdict | None = None
    for word in said:
        source = Source("notification", str(notification_id))
        try:
            match word:
                case Notice(reference, event):
                    also = _also(notification_id)
                    verdict = lifecycle.apply(
                        tx, clock, account.id, reference, event, source=source, also=also
                    )
                case RefundNotice(reference, refund_event):
                    found = lookup.refund_by_reference(tx, account.id, reference)
                    verdict = _apply_to_refund(tx, clock, notification_id, found, refund_event)
                case Claim(secret, handle, refund_event):
                    claimed = lookup.refund_by_secret(tx, account.id, secret)
                    verdict = _claim(tx, clock, notification_id, claimed, (handle, refund_event))
                case Hearsay():
                    verdict = _hear(tx, clock, account, notification_id, word)
                case _:
                    assert_never(word)
        except ledger.NotFound:
            if verdict is None:  # of several names that it gives one is enough
                verdict = Verdict.UNKNOWN_REFERENCE
                db.write_together(tx, [verdict_of(notification_id, verdict)])
        except lookup.NotYetKnown:
            verdict = _look_again(tx, clock, notification_id)
    return Received(verdict or Verdict.REPEATED)


def _also(notification_id: int) -> Callable[[Verdict, int], Write]:
    return lambda verdict, attempt_id: verdict_of(notification_id, verdict, attempt_id=attempt_id)


def _apply_to_refund(
    tx: Connection, clock: Clock, notification_id: int, refund_id: int, event: RefundEvent
) -> Verdict:
    source = Source("notification", str(notification_id))
    verdict = lifecycle_refunds.apply(tx, clock, refund_id, event, source=source)
    db.write_together(tx, [verdict_of(notification_id, verdict, refund_id=refund_id)])
    return verdict


def _claim(
    tx: Connection,
    clock: Clock,
    notification_id: int,
    refund: Row[int, str | None, str],
    said: tuple[str, RefundEvent],
) -> Verdict:
    """Apply a word that knows the refund's secret, if the operator's name for it is the one that its reply told us."""
    (refund_id, known_as, status), (handle, event) = refund, said
    if known_as is not None and tokens.same(known_as, handle):
        return _apply_to_refund(tx, clock, notification_id, refund_id, event)
    about = Write(Notification, {"refund_id": refund_id}, notification_id)
    db.write_together(tx, [about])
    if known_as is None and status not in FREE:
        raise lookup.NotYetKnown(handle)  # the reply may still be on its way
    # Nobody but the operator can know the secret, and yet this is not what it told us: a person must see it.
    lifecycle_refunds.doubt(tx, clock, refund_id, event, Source("notification", str(notification_id)))
    db.write_together(tx, [verdict_of(notification_id, Verdict.HEARSAY)])
    return Verdict.HEARSAY


def _hear(tx: Connection, clock: Clock, account: Connected, notification_id: int, word: Hearsay) -> Verdict:
    """Note what the hearsay is about, and have the operator asked soon; it moves nothing."""
    attempt_id = lookup.attempt_of(tx, account.id, word)
    if attempt_id is not None:
        ask_soon(tx, clock, Attempt, attempt_id)
        db.write_together(tx, [verdict_of(notification_id, Verdict.HEARSAY, attempt_id=attempt_id)])
        return Verdict.HEARSAY
    refund_id = lookup.refund_of(tx, account.id, word)
    if refund_id is not None:
        ask_soon(tx, clock, Refund, refund_id)
        db.write_together(tx, [verdict_of(notification_id, Verdict.HEARSAY, refund_id=refund_id)])
        return Verdict.HEARSAY
    if word.handle is not None:
        raise lookup.NotYetKnown
    raise ledger.NotFound(word.reference)


def _look_again(tx: Connection, clock: Clock, notification_id: int) -> Verdict:
    """Keep a word that names something by the operator's own name: our call's reply may not be here yet."""
    now = db.moment(tx, clock)
    row = tx.execute(
        select(Notification.received_at, Notification.tries).where(Notification.id == notification_id)
    ).one()
    if now - row.received_at > KEPT_FOR_A_NAME:
        db.write_together(tx, [verdict_of(notification_id, Verdict.UNKNOWN_REFERENCE)])
        return Verdict.UNKNOWN_REFERENCE
    wait = min(FIRST_RETRY * 2 ** min(row.tries, 20), LONGEST_WAIT_FOR_A_NAME)
    again = {"due_at": now + wait, "tries": row.tries + 1, "lease_until": None}
    db.write_together(tx, [Write(Notification, again, notification_id)])
    return Verdict.DEFERRED


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
        found = tx.execute(
            select(*own, *BESIDE)
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
