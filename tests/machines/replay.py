"""The room of reading the journal back: what the rules of money make of its lines, told a second time.

It shares no line with the portal: the rules' page, its table of orders above all, is the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.machines.books import LIVE
from tests.machines.stage import Row

PAYABLE = ("open", "processing", "expired")
DEDUCED = ("left", "no_answer")
"""Ends that were not the operator's word; the shop is told of the others."""
WRITTEN_OFF = ("failed", "cancelled", "expired")
WORDLESS = ("stale", "contradiction", "duplicate_reference")


@dataclass
class Replayed:
    """Where everything stands after the lines."""

    status: str = "open"
    before: str | None = None
    attempts: dict[int, str] = field(default_factory=dict)
    paid: list[tuple[int, str]] = field(default_factory=list)
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
    assert line["before"] == stand.attempts.get(attempt), line
    if fact == "started":
        assert stand.status == "open"
        stand.status = "processing"
        stand.events.append("order.processing")
    if fact in WORDLESS:
        assert line["after"] == line["before"]
    if fact in {"contradiction", "duplicate_reference"}:
        _review(stand, fact)
    if fact in {"failed", "cancelled", "lapsed"} and line["detail"] not in DEDUCED and stand.status != "paid":
        stand.events.append("order.payment_failed")
    stand.attempts[attempt] = line["after"]
    if fact == "paid":
        assert line["after"] == "paid"
        assert (line["detail"] == "late") == (line["before"] in WRITTEN_OFF)
        _pay(stand, order, line)


def _pay(stand: Replayed, order: Row, line: Row) -> None:
    stand.paid.append((line["amount"], line["currency"]))
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
    _review(stand, "paid_after_cancel" if right else "amount_mismatch")


def _review(stand: Replayed, reason: str) -> None:
    stand.reasons.append(reason)
    stand.events.append("order.review")
