"""The room of the one writer: only here do orders and attempts change state, each with its journal line.

Every function works inside the caller's writing step (`db.writing()`): state, journal, review item and outgoing
event are committed together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.events import AttemptEvent, Cancelled, Failed, FailureCode
from portal.domain.provider import Verdict
from portal.domain.states import AttemptStatus, OrderEvent, OrderStatus, step_order
from portal.payments import ledger
from portal.payments.decisions import decide
from portal.payments.intents import NewAttempt, NewOrder
from portal.payments.ledger import Page, Source
from portal.payments.lifecycle_writes import Brought, writes_of
from portal.payments.models import Attempt, Order
from portal.payments.schedule import first_question
from portal.security import tokens

START_DEADLINE = timedelta(seconds=60)
"""A start that has not been concluded by then was left behind by a crash (calls give up well before)."""


class NotPossible(Exception):
    """The order does not allow it now; `code` is stable: `finished`, `expired`, `in_review`, `undecided`."""

    def __init__(self, code: str) -> None:
        """Take the stable code."""
        super().__init__(code)
        self.code = code


class UnknownOrder(LookupError):
    """There is no such order."""


def open_order(tx: Connection, clock: Clock, new: NewOrder, now: datetime | None = None) -> dict[str, Any]:
    """Write a new open order and return its columns; `now`: the database's moment, where it was just told."""
    now = now or db.moment(tx, clock)
    order: dict[str, Any] = {
        "public_id": tokens.public_id("ord"),
        "token": tokens.capability(),
        "merchant_id": new.merchant_id,
        "mode": new.mode,
        "status": OrderStatus.OPEN,
        "before_review": None,
        "amount": new.money.amount,
        "currency": new.money.currency,
        "amount_paid": 0,
        "amount_refunded": 0,
        "paid_late": False,
        "source": new.source,
        "link_id": new.link_id,
        "once": new.once,
        "reference": new.reference,
        "reference_verified": new.reference_verified,
        "description": new.description,
        "customer": dict(new.customer) if new.customer else None,
        "details": dict(new.metadata or {}),
        "return_url": new.return_url,
        "cancel_url": new.cancel_url,
        "site": new.site,
        "attempts": 0,
        "reviews": 0,
        "refunds": 0,
        "receipt_code": tokens.receipt_code(),
        "created_at": now,
        "expires_at": now + new.lasts,
        "paid_at": None,
    }
    order["id"] = db.write_new(tx, Order, order)
    return order


def start(tx: Connection, clock: Clock, order_id: int, new: NewAttempt) -> tuple[dict[str, Any], bool]:
    """Commit the intent to collect: return the attempt, and whether it is new.

    While an attempt is undecided the order's one live attempt is returned, whoever asks and with whichever
    operator: a double click, a reload and a second tab meet the same one. Raises NotPossible.
    """
    page = _locked(tx, clock, order_id)
    live = page.live()
    if live is not None:
        return live, False
    _require_payable(page)
    attempt = _insert_attempt(tx, page, new)
    page.attempts.append(attempt)
    status = step_order(OrderStatus(page.order["status"]), None, OrderEvent.ATTEMPT_STARTED)
    changes = {"status": status, "attempts": page.order["attempts"] + 1}
    db.write_together(
        tx,
        [
            ledger.changed(Order, page.order, **changes),
            ledger.line(
                page,
                "started",
                Source("shopper"),
                attempt_id=attempt["id"],
                account_id=new.account_id,
                after=AttemptStatus.STARTING,
                amount=attempt["amount"],
                currency=attempt["currency"],
            ),
            ledger.announcement(page, "order.processing"),
        ],
    )
    return attempt, True


def _require_payable(page: Page) -> None:
    status = OrderStatus(page.order["status"])
    if status is OrderStatus.REVIEW:
        raise NotPossible("in_review")
    if status is OrderStatus.EXPIRED or page.order["expires_at"] <= page.now:
        raise NotPossible("expired")
    if status is not OrderStatus.OPEN:
        raise NotPossible("finished")


def _insert_attempt(tx: Connection, page: Page, new: NewAttempt) -> dict[str, Any]:
    attempt: dict[str, Any] = {
        "public_id": tokens.public_id("att"),
        "order_id": page.order["id"],
        "account_id": new.account_id,
        "operator": new.operator,
        "reference": tokens.text(tokens.ID_LENGTH).upper(),
        "token": tokens.capability(),
        "status": AttemptStatus.STARTING,
        "confirmed": False,
        "failure_code": None,
        "amount": page.order["amount"],
        "currency": page.order["currency"],
        "fee": None,
        "operator_reference": None,
        "phone": new.phone,
        "rail": None,
        "handle": None,
        "language": new.language,
        "continuation": None,
        "handed_out_at": None,
        "guard_until": page.now + START_DEADLINE,
        "created_at": page.now,
        "ended_at": None,
        "due_at": first_question(page.now, page.order["expires_at"], asks=new.asks),
        "asked_at": None,
        "empty": 0,
        "empty_since": None,
        "last_word": None,
        "lease_until": None,
        "fence": 0,
    }
    attempt["id"] = db.write_new(tx, Attempt, attempt)
    return attempt


def apply(
    tx: Connection,
    clock: Clock,
    account_id: int,
    reference: str,
    event: AttemptEvent,
    *,
    source: Source,
    also: Callable[[Verdict, int], Write] | None = None,
    brought: Brought | None = None,
) -> Verdict:
    """Apply one event to the account's attempt of that reference; raise ledger.NotFound.

    `also` gives a further write for the same statement from the verdict and the attempt's id (the inbox's line).
    `brought` is what came with the operator's reply.
    """
    page = ledger.lock(tx, clock, "reference", {"account_id": account_id, "reference": reference}, event)
    attempt = page.attempt(reference=reference)
    if attempt is None:
        raise ledger.NotFound(reference)
    decision = decide(page.standing(attempt), event)
    writes = writes_of(tx, page, attempt, decision, event=event, source=source, brought=brought)
    if also is not None:
        writes.append(also(decision.verdict, attempt["id"]))
    if writes:
        db.write_together(tx, writes)
    return decision.verdict


def hand_out(tx: Connection, clock: Clock, order_id: int, guard: timedelta) -> dict[str, Any] | None:
    """Record that the waiting attempt's hosted page is handed to the shopper now; return the attempt before that.

    The guard counts from the last time. None where no attempt waits with a page.
    """
    page = _locked(tx, clock, order_id)
    attempt = page.attempt(status=AttemptStatus.WAITING)
    if attempt is None or attempt["continuation"] is None:
        return None
    before = dict(attempt)
    db.write_together(
        tx, [ledger.changed(Attempt, attempt, handed_out_at=page.now, guard_until=page.now + guard)]
    )
    return before


def leave(tx: Connection, clock: Clock, order_id: int) -> None:
    """End the waiting attempt on the shopper's own word that its hosted page was left; raise NotPossible."""
    page = _locked(tx, clock, order_id)
    attempt = page.live()
    if attempt is None:
        return
    if attempt["status"] != AttemptStatus.WAITING or attempt["continuation"] is None:
        raise NotPossible("undecided")
    # The page may still be open in another tab, so the guard's end stays: it holds off a cancellation.
    _apply_to(tx, page, attempt, Cancelled(FailureCode.LEFT), Source("shopper"))


def end_by_clock(
    tx: Connection, clock: Clock, attempt_id: int, events: Mapping[AttemptStatus, AttemptEvent]
) -> Verdict | None:
    """Apply what `events` names for the attempt's status once its guard time is over; None where it is not.

    A page that was never handed out can have debited nothing, whatever it is called then.
    """
    page = ledger.lock(tx, clock, "attempt_id", {"attempt_id": attempt_id})
    attempt = page.attempt(id=attempt_id)
    if attempt is None or attempt["guard_until"] is None or attempt["guard_until"] > page.now:
        return None
    event = events.get(AttemptStatus(attempt["status"]))
    if attempt["continuation"] is not None and attempt["handed_out_at"] is None:
        event = Failed(FailureCode.NOT_STARTED)
    return None if event is None else _apply_to(tx, page, attempt, event, Source("clock"))


def _apply_to(
    tx: Connection, page: Page, attempt: dict[str, Any], event: AttemptEvent, source: Source
) -> Verdict:
    decision = decide(page.standing(attempt), event)
    writes = writes_of(tx, page, attempt, decision, event=event, source=source)
    if writes:
        db.write_together(tx, writes)
    return decision.verdict


def expire(tx: Connection, clock: Clock, order_id: int) -> bool:
    """Expire the order if its time has passed; say whether it did now."""
    page = _locked(tx, clock, order_id)
    if page.order["expires_at"] > page.now:
        return False
    return _end_order(tx, page, OrderEvent.EXPIRY, "order.expired", Source("clock"))


def cancel(tx: Connection, clock: Clock, order_id: int, source: Source) -> None:
    """Cancel the open order; raise NotPossible while an attempt is undecided or a hosted page may be open."""
    page = _locked(tx, clock, order_id)
    may_be_open = any(
        not attempt["confirmed"] and attempt["guard_until"] is not None and attempt["guard_until"] > page.now
        for attempt in page.attempts
    )
    if page.live() is not None or may_be_open:
        raise NotPossible("undecided")
    if not _end_order(tx, page, OrderEvent.CANCEL, "order.cancelled", source):
        raise NotPossible("finished")


def _end_order(tx: Connection, page: Page, event: OrderEvent, kind: str, source: Source) -> bool:
    before = OrderStatus(page.order["status"])
    after = step_order(before, None, event)
    if after is None:
        return False
    change = ledger.changed(Order, page.order, status=after)
    fact = kind.replace(".", "_")
    db.write_together(
        tx,
        [
            change,
            ledger.line(page, fact, source, before=before, after=after),
            ledger.announcement(page, kind),
        ],
    )
    return True


def _locked(tx: Connection, clock: Clock, order_id: int) -> Page:
    try:
        return ledger.lock(tx, clock, "order_id", {"order_id": order_id})
    except ledger.NotFound as error:
        raise UnknownOrder(order_id) from error
