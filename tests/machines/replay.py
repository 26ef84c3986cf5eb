"""The room of reading the journal back: what the rules of money make of its lines, told a second time.

It shares no line with the portal: the rules' page, its table of orders above all, is the source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.machines.books import LIVE
from tests.machines.stage import Row

PAYABLE = ("open", "processing", "expired")
DEDUCED = ("left", "no_answer")
"""Ends that were not the operator's word; the shop is told of the others."""
WRITTEN_OFF = ("failed", "cancelled", "expired")
WORDLESS = ("stale", "contradiction", "duplicate_reference", "unconfirmed", "asked")
FOR_A_PERSON = ("contradiction", "duplicate_reference", "unconfirmed")

REFUND_STEPS = {
    "refund_requested": ("requested", "by_hand"),
    "refund_sending": ("sending",),
    "refund_accepted": ("sending",),
    "refund_unheard": ("unknown",),
    "refund_not_sent": ("by_hand",),
    "refund_failed": ("failed",),
    "refund_cancelled": ("cancelled",),
    "refunded": ("succeeded",),
    "asked": ("sending", "unknown", "failed"),
    "stale": ("succeeded", "failed", "cancelled", "by_hand"),
    "contradiction": ("sending", "unknown", "failed", "by_hand", "succeeded"),
}
"""Where a refund may stand after each line about it."""


@dataclass
class Replayed:
    """Where everything stands after the lines."""

    status: str = "open"
    before: str | None = None
    attempts: dict[int, str] = field(default_factory=dict)
    refunds: dict[int, str] = field(default_factory=dict)
    refunded: int = 0
    held: Counter[int] = field(default_factory=Counter)
    """By attempt what came less what went back, in the order's currency."""
    reasons: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


def replay(order: Row, lines: Sequence[Row]) -> Replayed:
    """Return what the journal says; AssertionError where a line does not follow from those before it."""
    stand = Replayed()
    for line in lines:
        _take(stand, order, line)
        if not any(status in LIVE for status in stand.attempts.values()):
            stand.status = "open" if stand.status == "processing" else stand.status
            stand.before = "open" if stand.before == "processing" else stand.before
    return stand


def _take(stand: Replayed, order: Row, line: Row) -> None:
    fact, attempt = line["fact"], line["attempt_id"]
    if fact in {"order_expired", "order_cancelled"}:
        assert line["before"] == stand.status
        assert stand.status == "open" or (fact == "order_expired" and stand.status == "processing")
        stand.status = line["after"]
        stand.events.append(fact.replace("_", "."))
        return
    if line["refund_id"] is not None:
        _send_back(stand, order, line)
        return
    if fact in {"decided", "order_accepted", "review_dismissed"}:
        _decide(stand, line)
        return
    assert line["before"] == stand.attempts.get(attempt), line
    if fact == "started":
        assert stand.status == "open"
        stand.status = "processing"
        stand.events.append("order.processing")
    if fact in WORDLESS:
        assert line["after"] == line["before"]
    if fact in FOR_A_PERSON:
        _review(stand, fact)
    if fact in {"failed", "cancelled", "lapsed"} and line["detail"] not in DEDUCED and stand.status != "paid":
        stand.events.append("order.payment_failed")
    stand.attempts[attempt] = line["after"]
    if fact == "paid":
        assert line["after"] == "paid"
        assert (line["detail"] == "late") == (line["before"] in WRITTEN_OFF)
        _pay(stand, order, line)


def _pay(stand: Replayed, order: Row, line: Row) -> None:
    stand.held[line["attempt_id"]] += line["amount"]
    right = (line["amount"], line["currency"]) == (order["amount"], order["currency"])
    was = stand.before if stand.status == "review" else stand.status
    if right and was in PAYABLE:
        stand.status, stand.before = "paid", None
        stand.events.append("order.paid")
        return
    if was == "paid":
        _review(stand, "double_payment")
        return
    if stand.status != "review":
        stand.status, stand.before = "review", stand.status
    after_the_end = "paid_after_close" if was == "closed" else "paid_after_cancel"
    _review(stand, after_the_end if right else "amount_mismatch")


def _decide(stand: Replayed, line: Row) -> None:
    """Follow a person: what they say of an attempt or a refund has a line of its own."""
    assert line["before"] == stand.status
    if line["fact"] == "decided":
        return
    assert stand.status == "review"
    accepted = line["fact"] == "order_accepted"
    stand.status, stand.before = "paid" if accepted else stand.before or "open", None
    assert line["after"] == stand.status
    if accepted:
        stand.events.append("order.paid")


def _send_back(stand: Replayed, order: Row, line: Row) -> None:
    """Follow one refund: requested once, sent at most once, and counted where it succeeded."""
    fact, refund = line["fact"], line["refund_id"]
    assert line["before"] == stand.refunds.get(refund), line
    assert line["after"] in REFUND_STEPS[fact], line
    assert fact not in WORDLESS or line["after"] == line["before"], line
    stand.refunds[refund] = line["after"]
    if fact == "refund_failed":
        stand.events.append("refund.failed")
    if fact == "contradiction":
        _review(stand, fact)
    if fact == "refunded":
        _sent_back(stand, order, line)


def _sent_back(stand: Replayed, order: Row, line: Row) -> None:
    stand.events.append("refund.succeeded")
    assert line["currency"] == order["currency"], "the machines send back francs only"
    stand.refunded += line["amount"]
    stand.held[line["attempt_id"]] -= line["amount"]
    if stand.held[line["attempt_id"]] < 0:
        _review(stand, "over_refunded")
    if stand.status == "review" and all(held <= 0 for held in stand.held.values()):
        stand.status, stand.before = "closed", None
        stand.events.append("order.closed")


def _review(stand: Replayed, reason: str) -> None:
    stand.reasons.append(reason)
    stand.events.append("order.review")
