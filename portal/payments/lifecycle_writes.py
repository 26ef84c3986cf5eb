"""The room of what a decision writes: its journal line, new states, review items and outgoing events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, update

from portal.db import Write
from portal.domain.events import AttemptEvent, FailureCode, Paid
from portal.domain.states import LIVE, AttemptStatus, OrderStatus, ReviewReason
from portal.payments import ledger
from portal.payments.decisions import Decision
from portal.payments.ledger import Page, Source
from portal.payments.models import Attempt, Order, PaymentLink


@dataclass(frozen=True)
class Brought:
    """What an operator's reply brings beside its word: its own name for the payment, and a page for the browser.

    `guard`: how long that page may be open after it is handed out.
    """

    handle: str | None = None
    continuation: Mapping[str, Any] | None = None
    guard: timedelta | None = None


def writes_of(
    tx: Connection,
    page: Page,
    attempt: dict[str, Any],
    decision: Decision,
    *,
    event: AttemptEvent,
    source: Source,
    brought: Brought | None = None,
    more: Mapping[str, Any] | None = None,
) -> list[Write]:
    """Return the statements of one decision, in the order: journal, attempt, reviews, order, events.

    `more` are further changes of the attempt's row: one statement may change a row only once.
    """
    changes = _brought(page, attempt, brought) | dict(more or {})
    if decision.fact is None:
        return [ledger.changed(Attempt, attempt, **changes)] if changes else []
    writes = [_journal_line(page, attempt, decision, event, source)]
    changes = _attempt_changes(page, attempt, decision, event) | _guard_changes(decision, changes) | changes
    if changes:
        writes.append(ledger.changed(Attempt, attempt, **changes))
    if decision.confirmed:
        writes += ledger.settled(page, attempt["id"], ReviewReason.UNCONFIRMED, source)
    reviews = [*decision.reviews]
    if decision.order is OrderStatus.PAID and page.order["link_id"] and oversells(tx, page):
        reviews.append(ReviewReason.OVERSOLD)
    writes += [ledger.opened(page, reason, attempt, _facts(event, source)) for reason in reviews]
    order_changes = _order_changes(page, decision, len(reviews))
    if order_changes:
        writes.append(ledger.changed(Order, page.order, **order_changes))
    kinds = dict.fromkeys(decision.announce + (("order.review",) if reviews else ()))
    return writes + [ledger.announcement(page, kind) for kind in kinds]


def _journal_line(
    page: Page, attempt: dict[str, Any], decision: Decision, event: AttemptEvent, source: Source
) -> Write:
    paid = event if isinstance(event, Paid) else None
    return ledger.line(
        page,
        str(decision.fact),
        source,
        attempt_id=attempt["id"],
        account_id=attempt["account_id"],
        before=attempt["status"],
        after=decision.attempt or attempt["status"],
        amount=paid.money.amount if paid else None,
        currency=paid.money.currency if paid else None,
        payment_reference=paid.payment_reference if paid else None,
        fee=paid.fee if paid else None,
        detail=("late" if decision.late else None) if paid else _code(event),
    )


def _code(event: AttemptEvent) -> str | None:
    code: FailureCode | None = getattr(event, "code", None)
    return code


def _attempt_changes(
    page: Page, attempt: dict[str, Any], decision: Decision, event: AttemptEvent
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if decision.attempt is not None and decision.attempt != attempt["status"]:
        changes["status"] = decision.attempt
        changes["failure_code"] = decision.failure_code
        changes["ended_at"] = None if decision.attempt in LIVE else page.now
    if decision.confirmed and not attempt["confirmed"]:
        changes |= {"confirmed": True, "due_at": None}
    if (
        decision.attempt is AttemptStatus.PAID
        and isinstance(event, Paid)
        and attempt["status"] != AttemptStatus.PAID
    ):
        changes |= {"operator_reference": event.payment_reference, "fee": event.fee}
        if event.payer or event.rail:
            # The operator says what paid: the number that was typed need not be it, even where it names no other.
            changes |= {"phone": event.payer, "rail": event.rail}
    if changes.get("status", attempt["status"]) not in LIVE and decision.confirmed:
        changes["guard_until"] = None
    return changes


def _brought(page: Page, attempt: dict[str, Any], brought: Brought | None) -> dict[str, Any]:
    """Return what a reply brings to the attempt: a page begins its guard time when it comes."""
    changes: dict[str, Any] = {}
    if brought is None:
        return changes
    if brought.handle and not attempt["handle"]:
        changes["handle"] = brought.handle
    if brought.continuation is not None and AttemptStatus(attempt["status"]) in LIVE:
        changes["continuation"] = dict(brought.continuation)
        changes["guard_until"] = None if brought.guard is None else page.now + brought.guard
    return changes


def _guard_changes(decision: Decision, brought: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wait that only a final word ends, unless a page with its own time was brought."""
    if decision.attempt not in {AttemptStatus.WAITING, AttemptStatus.UNKNOWN} or "guard_until" in brought:
        return {}
    return {"guard_until": None}


def _order_changes(page: Page, decision: Decision, reviews: int) -> dict[str, Any]:
    order = page.order
    changes: dict[str, Any] = {}
    if decision.order is not None:
        changes |= {"status": decision.order, "before_review": None}
    if decision.before_review is not None:
        changes["before_review"] = decision.before_review
    if decision.order is OrderStatus.PAID:
        changes |= {"paid_at": page.now, "paid_late": page.now >= order["expires_at"]}
    if decision.paid is not None and decision.paid.money.currency == order["currency"]:
        changes["amount_paid"] = order["amount_paid"] + decision.paid.money.amount
    if reviews:
        changes["reviews"] = order["reviews"] + reviews
    return changes


def _facts(event: AttemptEvent, source: Source) -> dict[str, Any]:
    facts: dict[str, Any] = {"source": source.kind, "source_id": source.id}
    if isinstance(event, Paid):
        facts |= {
            "amount": event.money.amount,
            "currency": event.money.currency,
            "payment_reference": event.payment_reference,
        }
    return facts


def oversells(tx: Connection, page: Page) -> bool:
    """Count one more use of the order's link; say whether it is one more than the link was to take."""
    count = (
        update(PaymentLink).where(PaymentLink.id == page.order["link_id"]).values(uses=PaymentLink.uses + 1)
    )
    uses: int = tx.execute(count.returning(PaymentLink.uses)).scalar_one()
    most = page.order["link_max_uses"]
    return most is not None and uses > most
