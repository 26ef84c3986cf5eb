"""The room of the one writer where it asks: what an answer, an empty one or none at all does to an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, and_, case, or_, update

from portal import db
from portal.clock import Clock
from portal.domain.events import Accepted, AttemptEvent, FailureCode, Lapsed
from portal.domain.provider import Answered, NothingKnown, NoWord, Verdict, Word
from portal.domain.states import LIVE, AttemptStatus, RefundStatus, ReviewReason
from portal.leases import Claim
from portal.payments import last_words, ledger, schedule
from portal.payments.decisions import Decision, decide
from portal.payments.ledger import Page, Source
from portal.payments.lifecycle_writes import writes_of
from portal.payments.models import Attempt, Order
from portal.payments.refund_models import Refund

STILL_OPEN = "still in progress"
SOURCE = Source("answer")


def ask_soon(tx: Connection, clock: Clock, table: type[Attempt | Refund], row_id: int) -> None:
    """Have the worker ask about this next, unless it was asked a moment ago: hearsay, a visit or a person wants it.

    Of what is decided for good there is nothing more to ask.
    """
    now = db.moment(tx, clock)
    asked_just_now = table.asked_at > now - schedule.AT_LEAST
    # Who is being asked about just now may be asked again: the answer under way can be older than this wish.
    later = or_(table.due_at.is_(None), table.due_at > now, table.lease_until > now)
    wish = update(table).where(table.id == row_id, _may_be_asked(table), later)
    tx.execute(wish.values(due_at=case((asked_just_now, now + schedule.AT_LEAST), else_=now)))


def _may_be_asked(table: type[Attempt | Refund]) -> ColumnElement[bool]:
    if table is Attempt:
        return Attempt.status != AttemptStatus.PAID
    # Of one whose sending is under way its own reply will tell; only its deadline says that we were cut off.
    under_way = and_(Refund.status == RefundStatus.SENDING, Refund.answered)
    return or_(under_way, Refund.status.in_((RefundStatus.UNKNOWN, RefundStatus.FAILED)))


def hear(tx: Connection, clock: Clock, claim: Claim, word: Word) -> None:
    """Apply what came of asking about the attempt whose lease we hold; nothing where another worker was faster."""
    page = ledger.lock(tx, clock, "attempt_id", {"attempt_id": claim.id}, _event_of(word))
    attempt = page.attempt(id=claim.id)
    if attempt is None or attempt["fence"] != claim.fence:
        return
    event, more = _meaning(page, attempt, word)
    decision = None if event is None else decide(page.standing(attempt), event)
    if decision is not None and _says_nothing_new(attempt, event, decision):
        event, more["last_word"] = None, None if attempt["confirmed"] else STILL_OPEN
    ends = event is not None and decision is not None and decision.confirmed
    more["due_at"] = None if ends or attempt["confirmed"] else _next(page, attempt)
    if event is None or decision is None:
        writes = _noted(page, attempt, more)
    else:
        writes = writes_of(tx, page, attempt, decision, event=event, source=SOURCE, more=more)
    db.write_together(tx, writes)
    _leave_to_a_person(tx, page, attempt)


def give_up(tx: Connection, clock: Clock, claim: Claim) -> None:
    """Leave the attempt to a person if its time is over: its operator cannot be asked."""
    page = ledger.lock(tx, clock, "attempt_id", {"attempt_id": claim.id})
    attempt = page.attempt(id=claim.id)
    if attempt is None or attempt["fence"] != claim.fence:
        return
    waits = page.order["expires_at"] + schedule.AFTER_EXPIRY
    over = attempt["confirmed"] or schedule.is_over(page.order["expires_at"], page.now)
    more = {"due_at": None if over else waits, "lease_until": None}
    db.write_together(tx, [ledger.changed(Attempt, attempt, **more)])
    _leave_to_a_person(tx, page, attempt)


def _says_nothing_new(attempt: Mapping[str, Any], event: AttemptEvent | None, decision: Decision) -> bool:
    """Say whether the journal need not hear it: the operator would say so at every question.

    It waits for a shopper who left, or says of what has its last word already what moves nothing.
    """
    return decision.verdict is Verdict.STALE and (attempt["confirmed"] or isinstance(event, Accepted))


def _event_of(word: Word) -> AttemptEvent | None:
    return word.event if isinstance(word, Answered) else None


def _meaning(page: Page, attempt: dict[str, Any], word: Word) -> tuple[AttemptEvent | None, dict[str, Any]]:
    """Return the event that the word is, if any, and what the attempt remembers of it."""
    more: dict[str, Any] = {"asked_at": page.now, "lease_until": None}
    match word:
        case Answered(event):
            return event, more | {"empty": 0, "empty_since": None, "last_word": None}
        case NoWord():
            return None, more | {"last_word": last_words.kept(word)}
        case NothingKnown():
            since = attempt["empty_since"] or page.now
            more |= {"empty": attempt["empty"] + 1, "empty_since": since}
            more["last_word"] = last_words.kept(word)
            enough = more["empty"] >= schedule.EMPTY_ANSWERS and page.now - since >= schedule.EMPTY_FOR
            return (Lapsed(FailureCode.NO_ANSWER) if enough and _may_lapse(page, attempt) else None), more
        case _:
            assert_never(word)


def _may_lapse(page: Page, attempt: dict[str, Any]) -> bool:
    """Say whether the guard may open: not while our own call is under way, nor while a page may still be open."""
    status, guard = AttemptStatus(attempt["status"]), attempt["guard_until"]
    is_guarded = guard is not None and guard > page.now
    return status in LIVE and status is not AttemptStatus.STARTING and not is_guarded


def _next(page: Page, attempt: dict[str, Any]) -> datetime | None:
    if wished := schedule.wished(attempt):
        return wished
    if schedule.is_over(page.order["expires_at"], page.now):
        return None
    return schedule.next_question(attempt["created_at"], page.now)


def _noted(page: Page, attempt: dict[str, Any], more: Mapping[str, Any]) -> list[db.Write]:
    """Return what is kept of an answer that moves nothing; the journal has it once, however often it is given."""
    said, before = more["last_word"], attempt["last_word"]
    writes = [ledger.changed(Attempt, attempt, **more)]
    return writes if said in {None, before} else [*writes, _line(page, attempt, "asked", SOURCE, said)]


def _line(
    page: Page, attempt: Mapping[str, Any], fact: str, source: Source, detail: str | None = None
) -> db.Write:
    """Return the journal's line about an attempt that stays where it is."""
    return ledger.line(
        page,
        fact,
        source,
        attempt_id=attempt["id"],
        account_id=attempt["account_id"],
        before=attempt["status"],
        after=attempt["status"],
        detail=detail,
    )


def _leave_to_a_person(tx: Connection, page: Page, attempt: dict[str, Any]) -> None:
    """Open a review item about an attempt that never had a final word, once its time is over."""
    if attempt["confirmed"] or not schedule.is_over(page.order["expires_at"], page.now):
        return
    if any(
        item["attempt_id"] == attempt["id"] and item["reason"] == ReviewReason.UNCONFIRMED
        for item in page.reviews
    ):
        return
    facts = {"amount": attempt["amount"], "currency": attempt["currency"], "source": "clock"}
    db.write_together(
        tx,
        [
            _line(page, attempt, ReviewReason.UNCONFIRMED, Source("clock")),
            ledger.opened(page, ReviewReason.UNCONFIRMED, attempt, facts),
            ledger.changed(Order, page.order, reviews=page.order["reviews"] + 1),
            ledger.announcement(page, "order.review"),
        ],
    )
