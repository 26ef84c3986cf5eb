"""The room of the one writer where people decide: a review item is closed by a person who names what they saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.events import AttemptEvent, Failed, FailureCode, Paid
from portal.domain.money import Money
from portal.domain.states import OrderEvent, OrderStatus, RefundStatus, ReviewReason, step_order
from portal.payments import ledger
from portal.payments.decisions import decide
from portal.payments.ledger import Page, Source
from portal.payments.lifecycle_refund_writes import HOLDING
from portal.payments.lifecycle_writes import oversells, writes_of
from portal.payments.models import Order
from portal.payments.refundable import FREE

OVER = FREE | {RefundStatus.SUCCEEDED}
"""Refunds whose money is not on its way."""


class Answer(StrEnum):
    """What a person may say to a review item."""

    ACCEPT = "accepted"
    DISMISS = "dismissed"
    RECEIVED = "received"
    NOT_RECEIVED = "not_received"


@dataclass(frozen=True)
class Decided:
    """A person's answer and what they saw; for `RECEIVED` the sum (whole units) and the operator's reference."""

    answer: Answer
    evidence: str
    amount: int | None = None
    payment_reference: str | None = None


class NotDecidable(Exception):
    """That answer does not fit.

    `code` is stable: `decided`, `not_for_this`, `refund_under_way`, `reference_taken`, `evidence_missing`,
    `reference_missing`, `bad_amount`.
    """

    def __init__(self, code: str) -> None:
        """Take the stable code."""
        super().__init__(code)
        self.code = code


def answers_to(reason: ReviewReason, status: OrderStatus) -> frozenset[Answer]:
    """Return what a person may answer to an item of that reason while the order stands so."""
    if reason is ReviewReason.UNCONFIRMED:
        return frozenset({Answer.RECEIVED, Answer.NOT_RECEIVED})
    if reason in HOLDING and status is OrderStatus.REVIEW:
        return frozenset({Answer.ACCEPT, Answer.DISMISS})
    return frozenset({Answer.DISMISS})


def answer(tx: Connection, clock: Clock, review_id: int, said: Decided, source: Source) -> None:
    """Close the review item with a person's answer; raise NotDecidable, ledger.NotFound."""
    # Whether that reference already belongs to another payment is read with the lock.
    named = Paid(Money(0), said.payment_reference or None)
    page = ledger.lock(tx, clock, "review_id", {"review_id": review_id}, named)
    place = next(place for place, item in enumerate(page.reviews) if item["id"] == review_id)
    item = page.reviews[place]
    _require_fitting(page, item, said)
    # Journalled first: what follows from it is told after it.
    line = ledger.line(
        page,
        "decided",
        source,
        attempt_id=item["attempt_id"],
        before=page.order["status"],
        detail=f"{said.answer}: {said.evidence}",
    )
    db.write_together(tx, [ledger.decided(page, place, said.answer, source, said.evidence), line])
    match said.answer:
        case Answer.RECEIVED | Answer.NOT_RECEIVED:
            _settle(tx, page, item["attempt_id"], said, source)
        case Answer.ACCEPT:
            _move_order(tx, page, source, accepted=True)
        case Answer.DISMISS if not _still_held(page):
            _move_order(tx, page, source, accepted=False)


def _require_fitting(page: Page, item: Mapping[Any, Any], said: Decided) -> None:
    """Raise NotDecidable unless that answer to that item can be taken now."""
    if item["decision"] is not None:
        raise NotDecidable("decided")
    if said.answer not in answers_to(ReviewReason(item["reason"]), OrderStatus(page.order["status"])):
        raise NotDecidable("not_for_this")
    if not said.evidence.strip():
        raise NotDecidable("evidence_missing")
    if said.answer is Answer.RECEIVED and not (said.payment_reference or "").strip():
        # Without it the operator's own word, if it comes after all, would look like a second payment.
        raise NotDecidable("reference_missing")
    if said.amount is not None and said.amount <= 0:
        raise NotDecidable("bad_amount")
    if said.answer is Answer.ACCEPT and any(one["status"] not in OVER for one in page.refunds):
        raise NotDecidable("refund_under_way")
    if said.answer is Answer.RECEIVED and page.owners.get(item["attempt_id"]) not in {
        None,
        item["attempt_id"],
    }:
        raise NotDecidable("reference_taken")


def _settle(tx: Connection, page: Page, attempt_id: int, said: Decided, source: Source) -> None:
    """Let a person say what the operator never did: it counts as the final word about the attempt."""
    attempt = page.attempt(id=attempt_id)
    assert attempt is not None  # noqa: S101 - the item is about an attempt of the page
    event: AttemptEvent = Failed(FailureCode.WRITTEN_OFF)
    if said.answer is Answer.RECEIVED:
        money = Money(said.amount or attempt["amount"], attempt["currency"])
        event = Paid(money, said.payment_reference or None)
    decision = decide(page.standing(attempt), event)
    db.write_together(tx, writes_of(tx, page, attempt, decision, event=event, source=source))


def _still_held(page: Page) -> bool:
    return any(item["decision"] is None and ReviewReason(item["reason"]) in HOLDING for item in page.reviews)


def _move_order(tx: Connection, page: Page, source: Source, *, accepted: bool) -> None:
    """Let an order out of review: paid where the money is accepted, else as it was before."""
    order = page.order
    if order["status"] != OrderStatus.REVIEW:
        return
    after = OrderStatus(order["before_review"] or OrderStatus.OPEN)
    changes: dict[str, Any] = {"before_review": None}
    kinds: list[str] = []
    writes: list[Write] = []
    if accepted:
        after = step_order(OrderStatus.REVIEW, None, OrderEvent.ACCEPTED_BY_PERSON) or OrderStatus.PAID
        changes |= {"paid_at": page.now, "paid_late": page.now >= order["expires_at"]}
        kinds.append("order.paid")
        if order["link_id"] and oversells(tx, page):
            last = page.attempts[-1]
            writes.append(ledger.opened(page, ReviewReason.OVERSOLD, last, {"source": source.kind}))
            changes["reviews"] = order["reviews"] + 1
            kinds.append("order.review")
    fact = "order_accepted" if accepted else "review_dismissed"
    writes.append(ledger.line(page, fact, source, before=OrderStatus.REVIEW, after=after))
    writes.append(ledger.changed(Order, order, status=after, **changes))
    db.write_together(tx, writes + [ledger.announcement(page, kind) for kind in kinds])
