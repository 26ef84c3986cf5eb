"""The room of the one writer where money goes back: a refund's states, its reserved amount, its journal lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from portal import db
from portal.clock import Clock
from portal.domain.events import FailureCode, Refunded, RefundEvent, RefundFailed
from portal.domain.money import Money
from portal.domain.provider import Verdict
from portal.domain.states import REFUND_BY_PEOPLE, RefundStatus, ReviewReason
from portal.leases import Claim
from portal.payments import ledger, schedule
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.lifecycle_refund_writes import Judgement, judged, refund_line, written
from portal.payments.models import Order
from portal.payments.refund_models import Refund
from portal.payments.refundable import FREE, NotRefundable, chosen
from portal.security import tokens

SEND_DEADLINE = timedelta(seconds=60)
"""A sending that was not concluded by then was left behind by a crash: its outcome is unknown."""

ASKED_ABOUT = frozenset({RefundStatus.SENDING, RefundStatus.UNKNOWN})
"""Refunds whose outcome the operator still owes us."""

Sends = Callable[[Mapping[str, Any], Money], bool]


@dataclass(frozen=True)
class Decision:
    """What a person says became of a refund, and what they saw. `status`: succeeded, failed or cancelled.

    What was never sent needs no evidence to be cancelled.
    """

    status: RefundStatus
    evidence: str
    payment_reference: str | None = None


def request(
    tx: Connection, clock: Clock, order_id: int, new: NewRefund, *, source: Source, sends: Sends
) -> dict[str, Any]:
    """Reserve the amount and return the new refund, or the one that was made of the same form; raise NotRefundable.

    `sends` says whether the payment's operator can send that sum to the wallet that paid; else it is by hand.
    """
    page = ledger.lock(tx, clock, "order_id", {"order_id": order_id})
    known = next((one for one in page.refunds if new.once is not None and one["once"] == new.once), None)
    if known is not None:
        return known
    attempt, money = chosen(page, new)
    status = RefundStatus.REQUESTED if sends(attempt, money) else RefundStatus.BY_HAND
    refund: dict[str, Any] = {
        "public_id": tokens.public_id("ref"),
        "merchant_id": page.order["merchant_id"],
        "mode": page.order["mode"],
        "order_id": page.order["id"],
        "attempt_id": attempt["id"],
        "account_id": attempt["account_id"],
        "operator": attempt["operator"],
        "review_id": new.review_id,
        "once": new.once,
        "reference": tokens.text(tokens.ID_LENGTH).upper(),
        "secret_digest": None,
        "handle": None,
        "status": status,
        "answered": False,
        "amount": money.amount,
        "currency": money.currency,
        "fee": None,
        "phone": attempt["phone"],
        "rail": attempt["rail"],
        "reason": new.reason,
        "requested_by": source.name,
        "operator_reference": None,
        "failure_code": None,
        "evidence": None,
        "last_word": None,
        "created_at": page.now,
        "sent_at": None,
        "ended_at": None,
        "due_at": page.now if status is RefundStatus.REQUESTED else None,
        "asked_at": None,
        "lease_until": None,
        "fence": 0,
    }
    refund["id"] = db.write_new(tx, Refund, refund)
    db.write_together(
        tx,
        [
            ledger.changed(Order, page.order, refunds=page.order["refunds"] + 1),
            refund_line(page, refund, "refund_requested", source, before=None, amount=money.amount),
        ],
    )
    return refund


def begin_sending(tx: Connection, clock: Clock, claim: Claim, secret: str) -> dict[str, Any] | None:
    """Commit that the refund is sent now, which happens once; None where it may not be (any more)."""
    page = ledger.lock(tx, clock, "refund_id", {"refund_id": claim.id})
    refund = page.refund(claim.id)
    if refund["fence"] != claim.fence or refund["status"] != RefundStatus.REQUESTED:
        return None
    before = dict(refund)
    sending = ledger.changed(
        Refund,
        refund,
        status=RefundStatus.SENDING,
        secret_digest=tokens.digest(secret),
        sent_at=page.now,
        due_at=page.now + SEND_DEADLINE,
        lease_until=None,
    )
    line = refund_line(page, refund, "refund_sending", Source("clock"), before=before["status"])
    db.write_together(tx, [sending, line])
    return refund


def apply(
    tx: Connection,
    clock: Clock,
    refund_id: int,
    event: RefundEvent,
    *,
    source: Source,
    more: Mapping[str, Any] | None = None,
    evidence: str | None = None,
) -> Verdict:
    """Apply what happened to a refund; `more` are further changes of its row (its handle, its next question)."""
    page = ledger.lock(tx, clock, "refund_id", {"refund_id": refund_id})
    refund = page.refund(refund_id)
    judgement = judged(refund, event)
    writes = written(page, refund, judgement, event, source=source, more=more or {}, evidence=evidence)
    if writes:
        db.write_together(tx, writes)
    return judgement.verdict


def doubt(tx: Connection, clock: Clock, refund_id: int, event: RefundEvent, source: Source) -> None:
    """Let a person see that money may have gone back after all, though the refund was given up as failed."""
    page = ledger.lock(tx, clock, "refund_id", {"refund_id": refund_id})
    refund = page.refund(refund_id)
    if not isinstance(event, Refunded) or RefundStatus(refund["status"]) not in FREE:
        return
    judgement = Judgement(Verdict.HEARSAY, ReviewReason.CONTRADICTION, contradicts=True)
    writes = written(page, refund, judgement, event, source=source, more={}, evidence=None)
    db.write_together(tx, writes)


def note_answer(tx: Connection, clock: Clock, claim: Claim, said: str | None, *, over: bool) -> None:
    """Keep what asking about a refund brought where it decides nothing; `over`: no more questions, a person decides."""
    page = ledger.lock(tx, clock, "refund_id", {"refund_id": claim.id})
    refund = page.refund(claim.id)
    if refund["fence"] != claim.fence:
        return
    told = refund["last_word"]
    goes_on = not over and refund["status"] in ASKED_ABOUT
    due = None
    if goes_on:
        since = refund["sent_at"] or refund["created_at"]
        due = schedule.wished(refund) or schedule.next_question(since, page.now)
    changes = {"due_at": due, "asked_at": page.now, "lease_until": None, "last_word": said}
    writes = [ledger.changed(Refund, refund, **changes)]
    if said and said != told:
        writes.append(
            refund_line(page, refund, "asked", Source("answer"), before=refund["status"], detail=said)
        )
    db.write_together(tx, writes)


def decide(tx: Connection, clock: Clock, refund_id: int, decision: Decision, source: Source) -> None:
    """Record a person's word about a refund that waits for one; raise NotRefundable where it does not."""
    page = ledger.lock(tx, clock, "refund_id", {"refund_id": refund_id})
    refund = page.refund(refund_id)
    if decision.status not in REFUND_BY_PEOPLE.get(RefundStatus(refund["status"]), ()):
        raise NotRefundable("decided")
    if decision.status is not RefundStatus.CANCELLED and not decision.evidence.strip():
        raise NotRefundable("evidence_missing")
    if decision.status is RefundStatus.CANCELLED:
        changes = {"status": RefundStatus.CANCELLED, "ended_at": page.now, "due_at": None}
        before = refund["status"]
        changed = ledger.changed(Refund, refund, **changes, evidence=decision.evidence)
        line = refund_line(
            page, refund, "refund_cancelled", source, before=before, detail=decision.evidence or None
        )
        db.write_together(tx, [changed, line])
        return
    event: RefundEvent = RefundFailed(FailureCode.WRITTEN_OFF)
    if decision.status is RefundStatus.SUCCEEDED:
        event = Refunded(payment_reference=decision.payment_reference)
    apply(tx, clock, refund_id, event, source=source, evidence=decision.evidence)
