"""The room of the one writer where it asks: what an answer, an empty one or none at all does to an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, func, or_, update

from portal import db
from portal.clock import Clock
from portal.domain.events import Accepted, AttemptEvent, FailureCode, Lapsed
from portal.domain.provider import Answered, NothingKnown, NoWord, Verdict, Word
from portal.domain.states import LIVE, AttemptStatus, RefundStatus, ReviewReason
from portal.leases import Claim
from portal.payments import ledger, schedule
from portal.payments.decisions import Decision, decide
from portal.payments.ledger import Page, Source
from portal.payments.lifecycle_writes import writes_of
from portal.payments.models import Attempt, Order
from portal.payments.refund_models import Refund

LONGEST_WORD = 200
STILL_OPEN = "still in progress"
SOURCE = Source("answer")
LEASE = timedelta(seconds=90)
"""How long one worker may take to ask: longer than any call to an operator."""


def ask_soon(tx: Connection, clock: Clock, table: type[Attempt | Refund], row_id: int) -> None:
    """Have the worker ask about this next, unless it was asked a moment ago: hearsay, a visit or a person wants it.

    Of an attempt that is paid, and of a refund that succeeded, there is nothing more to ask.
    """
    now = db.moment(tx, clock)
    soonest = func.coalesce(table.asked_at, _long_ago(now)) <= now - schedule.AT_LEAST
    undecided: ColumnElement[bool] = table.status.not_in(
        ("paid", "succeeded", "cancelled", "requested", "by_hand")
    )
    if table is Attempt:
        undecided = table.status != AttemptStatus.PAID
    else:
        # Of one whose sending is under way its own reply will tell; only its deadline says that we were cut off.
        undecided &= or_(Refund.answered, table.status != RefundStatus.SENDING)
    # Who is being asked about just now may be asked again: the answer under way can be older than this wish.
    later = table.due_at.is_(None) | (table.due_at > now) | (table.lease_until > now)
    asked = update(table).where(table.id == row_id, undecided, later)
    tx.execute(asked.where(soonest).values(due_at=now))
    tx.execute(asked.where(~soonest).values(due_at=now + schedule.AT_LEAST))


def _long_ago(now: datetime) -> datetime:
    return now - timedelta(days=1)


def hear(tx: Connection, clock: Clock, claim: Claim, word: Word) -> None:
    """Apply what came of asking about the attempt whose lease we hold; nothing where another worker was faster."""
    page = ledger.lock(tx, clock, "attempt_id", {"attempt_id": claim.id}, _event_of(word))
    attempt = page.attempt(id=claim.id)
    if attempt is None or attempt["fence"] != claim.fence:
        return
    event, more = _meaning(page, attempt, word)
    before = attempt["last_word"]
    decision = None if event is None else decide(page.standing(attempt), event)
    if decision is not None and _says_nothing_new(attempt, event, decision):
        decision, more = None, more | {"last_word": None if attempt["confirmed"] else STILL_OPEN}
    if event is not None and decision is not None:
        confirmed = decision.confirmed or attempt["confirmed"]
        more |= {"due_at": None if confirmed else _next(page, attempt)}
        db.write_together(tx, writes_of(tx, page, attempt, decision, event=event, source=SOURCE, more=more))
    else:
        more |= {"due_at": None if attempt["confirmed"] else _next(page, attempt)}
        writes = [ledger.changed(Attempt, attempt, **more)]
        if more["last_word"] not in {None, before}:
            writes.append(_line(page, attempt, str(more["last_word"])))
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
        case NoWord(detail):
            return None, more | {"last_word": f"no answer: {detail}"[:LONGEST_WORD]}
        case NothingKnown(detail):
            since = attempt["empty_since"] or page.now
            more |= {"empty": attempt["empty"] + 1, "empty_since": since}
            more["last_word"] = f"nothing known: {detail}"[:LONGEST_WORD]
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
    wished: datetime | None = attempt["due_at"]
    leased: datetime | None = attempt["lease_until"]
    if wished is not None and leased is not None and wished > leased - LEASE:
        return wished  # somebody wants to know again, since we began to ask
    if schedule.is_over(page.order["expires_at"], page.now):
        return None
    return schedule.next_question(attempt["created_at"], page.now)


def _line(page: Page, attempt: dict[str, Any], said: str) -> db.Write:
    """Return the journal's line about an answer that says nothing: once, however often it is given."""
    return ledger.line(
        page,
        "asked",
        SOURCE,
        attempt_id=attempt["id"],
        account_id=attempt["account_id"],
        before=attempt["status"],
        after=attempt["status"],
        detail=said,
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
            ledger.line(
                page,
                ReviewReason.UNCONFIRMED,
                Source("clock"),
                attempt_id=attempt["id"],
                account_id=attempt["account_id"],
                before=attempt["status"],
                after=attempt["status"],
            ),
            ledger.opened(page, ReviewReason.UNCONFIRMED, attempt, facts),
            ledger.changed(Order, page.order, reviews=page.order["reviews"] + 1),
            ledger.announcement(page, "order.review"),
        ],
    )
