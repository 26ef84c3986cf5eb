"""The room of what a refund's step means and writes: its journal line, its row, the order, review items, events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from portal.db import Write
from portal.domain.events import Accepted, NotSent, Refunded, RefundEvent, RefundFailed, Unheard
from portal.domain.money import Money
from portal.domain.provider import Verdict
from portal.domain.states import REFUND, OrderEvent, OrderStatus, RefundStatus, ReviewReason, step_order
from portal.payments import ledger, schedule
from portal.payments.ledger import Page, Source
from portal.payments.models import Order
from portal.payments.refund_models import Refund

HOLDING = frozenset(
    {ReviewReason.AMOUNT_MISMATCH, ReviewReason.PAID_AFTER_CANCEL, ReviewReason.PAID_AFTER_CLOSE}
)
"""Reasons that keep their order in review."""
RETURNED = HOLDING | {ReviewReason.DOUBLE_PAYMENT, ReviewReason.OVERSOLD}
"""Reasons that are no more once all the money went back."""
ENDED = frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.CANCELLED})


@dataclass(frozen=True)
class Judgement:
    """What an event means for a refund. `fact` None: nothing enters the journal."""

    verdict: Verdict
    fact: str | None = None
    to: RefundStatus | None = None
    contradicts: bool = False


def judged(refund: Mapping[str, Any], event: RefundEvent) -> Judgement:
    """Return what the event means; a sum that is not the refund's is for a person, and moves nothing."""
    status = RefundStatus(refund["status"])
    if isinstance(event, Refunded) and not _is_this_sum(refund, event):
        return Judgement(Verdict.APPLIED, ReviewReason.CONTRADICTION, contradicts=True)
    to = REFUND.get((status, type(event)))
    if to is None:
        said_before = _ends_as(event) is status or isinstance(event, Accepted | Unheard | NotSent)
        return Judgement(Verdict.REPEATED) if said_before else Judgement(Verdict.STALE, "stale")
    if to is status and refund["answered"]:
        return Judgement(Verdict.REPEATED)
    return Judgement(Verdict.APPLIED, _fact(event), to)


def _is_this_sum(refund: Mapping[str, Any], event: Refunded) -> bool:
    ours = Money(refund["amount"], refund["currency"])
    if event.debited is not None and (
        event.debited.amount < ours.amount or event.debited.currency != ours.currency
    ):
        return False
    return event.money is None or event.money == ours


def _ends_as(event: RefundEvent) -> RefundStatus | None:
    match event:
        case Refunded():
            return RefundStatus.SUCCEEDED
        case RefundFailed():
            return RefundStatus.FAILED
        case _:
            return None


def _fact(event: RefundEvent) -> str:
    match event:
        case Accepted():
            return "refund_accepted"
        case Refunded():
            return "refunded"
        case RefundFailed():
            return "refund_failed"
        case NotSent():
            return "refund_not_sent"
        case Unheard():
            return "refund_unheard"
        case _:
            assert_never(event)


def refund_line(page: Page, refund: Mapping[str, Any], fact: str, source: Source, **values: Any) -> Write:
    """Return the journal line of a fact about a refund; `after` is its status now unless it is named."""
    common = {
        "attempt_id": refund["attempt_id"],
        "refund_id": refund["id"],
        "account_id": refund["account_id"],
        "after": refund["status"],
        "currency": refund["currency"],
    }
    return ledger.line(page, fact, source, **(common | values))


def written(
    page: Page,
    refund: dict[str, Any],
    judgement: Judgement,
    event: RefundEvent,
    *,
    source: Source,
    more: Mapping[str, Any],
    evidence: str | None,
) -> list[Write]:
    """Return the statements of one step of a refund, in the order: row, journal, reviews, order, events."""
    before = refund["status"]
    changes = _changes(page, refund, judgement, event, evidence) | dict(more)
    if judgement.to in ENDED:
        changes["due_at"] = None
    writes = [ledger.changed(Refund, refund, **changes)] if changes else []
    if judgement.fact is None:
        return writes
    refunded = judgement.to is RefundStatus.SUCCEEDED
    writes.append(
        refund_line(
            page,
            refund,
            judgement.fact,
            source,
            before=before,
            amount=refund["amount"] if refunded or judgement.contradicts else None,
            payment_reference=event.payment_reference if isinstance(event, Refunded) else None,
            fee=refund["fee"] if refunded else None,
            detail=evidence or getattr(event, "code", None),
        )
    )
    order_changes, kinds = _on_the_order(page, refund, writes, source) if refunded else ({}, [])
    if judgement.to is RefundStatus.FAILED:
        kinds.append("refund.failed")
    opened = _opened(page, refund, ReviewReason.CONTRADICTION) if judgement.contradicts else []
    if refunded and _is_too_much(page, refund):
        opened = _opened(page, refund, ReviewReason.OVER_REFUNDED)
    if opened:
        order_changes["reviews"] = page.order["reviews"] + len(opened)
        kinds.append("order.review")
    writes += opened
    if order_changes:
        writes.append(ledger.changed(Order, page.order, **order_changes))
    return writes + [
        ledger.announcement(page, kind, refund if kind.startswith("refund.") else None) for kind in kinds
    ]


def _changes(
    page: Page, refund: dict[str, Any], judgement: Judgement, event: RefundEvent, evidence: str | None
) -> dict[str, Any]:
    changes: dict[str, Any] = {"evidence": evidence} if evidence else {}
    if judgement.to is None:
        return changes
    changes |= {"status": judgement.to, "ended_at": page.now if judgement.to in ENDED else None}
    if judgement.to in {RefundStatus.SENDING, RefundStatus.UNKNOWN}:
        changes["due_at"] = schedule.next_question(refund["sent_at"] or refund["created_at"], page.now)
    if judgement.to is RefundStatus.BY_HAND:
        changes["due_at"] = None
    if isinstance(event, Refunded):
        changes |= {"operator_reference": event.payment_reference, "fee": _fee(refund, event)}
    changes["failure_code"] = event.code if isinstance(event, RefundFailed) else None
    return changes


def _fee(refund: Mapping[str, Any], event: Refunded) -> int | None:
    """Return the operator's fee: told, or what left the account beyond what the customer received."""
    if event.fee is not None or event.debited is None:
        return event.fee
    return event.debited.amount - int(refund["amount"])


def _on_the_order(
    page: Page, refund: dict[str, Any], writes: list[Write], source: Source
) -> tuple[dict[str, Any], list[str]]:
    """Count the money that went back, close what it settles, and say what is to be announced."""
    order = page.order
    changes: dict[str, Any] = {}
    kinds = ["refund.succeeded"]
    if refund["currency"] == order["currency"]:
        changes["amount_refunded"] = order["amount_refunded"] + refund["amount"]
    closes = None
    if _all_went_back(page):
        closes = step_order(OrderStatus(order["status"]), None, OrderEvent.REFUNDED_IN_FULL)
    if closes is not None:
        changes |= {"status": closes, "before_review": None}
        kinds.append("order.closed")
    for place, item in enumerate(page.reviews):
        if item["decision"] is None and _is_settled(page, item, refund, closed=closes is not None):
            writes.append(ledger.decided(page, place, "refunded", source))
    return changes, kinds


Place = tuple[int, str]
"""A payment's attempt and its currency."""


def _came_and_went(page: Page) -> tuple[Counter[Place], Counter[Place]]:
    came: Counter[Place] = Counter()
    went: Counter[Place] = Counter()
    for attempt_id, fact, paid in page.facts:
        if fact == "paid":
            came[attempt_id, paid.money.currency] += paid.money.amount
    for one in page.refunds:
        if one["status"] == RefundStatus.SUCCEEDED:
            went[one["attempt_id"], one["currency"]] += one["amount"]
    return came, went


def _all_went_back(page: Page) -> bool:
    came, went = _came_and_went(page)
    return all(went[place] >= amount for place, amount in came.items())


def _is_too_much(page: Page, refund: Mapping[str, Any]) -> bool:
    """Say whether more went back to the wallet than its payment brought, whatever the order's other payments did."""
    came, went = _came_and_went(page)
    place = (refund["attempt_id"], refund["currency"])
    return went[place] > came[place]


def _is_settled(page: Page, item: Mapping[Any, Any], refund: Mapping[str, Any], *, closed: bool) -> bool:
    """Say whether the returned money answers the item.

    All that arrived going back says nothing about what perhaps never did; a part of it leaves an order that is held
    in review to be accepted or dismissed.
    """
    reason = ReviewReason(item["reason"])
    if closed and reason in RETURNED:
        return True
    held = reason in HOLDING and OrderStatus(page.order["status"]) is OrderStatus.REVIEW
    return bool(item["id"] == refund["review_id"]) and not held


def _opened(page: Page, refund: Mapping[str, Any], reason: ReviewReason) -> list[Write]:
    """Open a review item about the refund, unless one is open already."""
    facts = {
        "amount": refund["amount"],
        "currency": refund["currency"],
        "refund": refund["public_id"],
        "payment_reference": refund["operator_reference"],
    }
    for item in page.reviews:
        if (item["reason"], item["decision"]) == (reason, None) and item["facts"].get("refund") == facts[
            "refund"
        ]:
            return []
    return [ledger.opened(page, reason, {"id": refund["attempt_id"]}, facts)]
