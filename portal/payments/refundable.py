"""The room of what may still be sent back: per payment, what arrived less what is on its way back or was returned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.events import Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments.intents import NewRefund
from portal.payments.ledger import Page

FREE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELLED})
"""Refunds whose amount may be sent back after all."""


class NotRefundable(Exception):
    """It cannot be sent back; `code` is stable.

    `nothing_paid`, `too_much`, `several_payments` (name one), `bad_amount`, `changed` (there is not as much left as was
    believed, or more); of a decision `decided` (there is nothing
    for a person to say about the refund as it stands), `evidence_missing`.
    """

    def __init__(self, code: str, left: int = 0) -> None:
        """Take the stable code, and how much may be sent back in whole units."""
        super().__init__(code)
        self.code = code
        self.left = left


def left(page: Page) -> dict[int, Money]:
    """Return by attempt what of its payments is neither returned nor reserved; attempts with nothing are not in it."""
    return left_of(page.facts, page.refunds)


def left_of(facts: Iterable[tuple[int, str, Paid]], refunds: Iterable[Mapping[Any, Any]]) -> dict[int, Money]:
    """Return the same of an order's paid words and refunds (see `left`)."""
    sums: dict[tuple[int, str], int] = {}
    for attempt_id, fact, paid in facts:
        if fact == "paid":
            key = (attempt_id, paid.money.currency)
            sums[key] = sums.get(key, 0) + paid.money.amount
    for refund in refunds:
        if RefundStatus(refund["status"]) not in FREE:
            key = (refund["attempt_id"], refund["currency"])
            sums[key] = sums.get(key, 0) - refund["amount"]
    return {
        attempt_id: Money(amount, currency) for (attempt_id, currency), amount in sums.items() if amount > 0
    }


def sum_of(left: Mapping[int, Money]) -> int:
    """Return how much of an order may be sent back in all, in whole units."""
    return sum(money.amount for money in left.values())


def chosen(page: Page, new: NewRefund) -> tuple[Mapping[str, Any], Money]:
    """Return the payment to send back of, and how much of it; raise NotRefundable."""
    available = left(page)
    if new.believed is not None and available and new.believed != sum_of(available):
        raise NotRefundable("changed", sum_of(available))
    if new.attempt_id is not None:
        available = {key: money for key, money in available.items() if key == new.attempt_id}
    total = sum_of(available)
    if not available:
        raise NotRefundable("nothing_paid")
    if new.amount is not None and new.amount <= 0:
        raise NotRefundable("bad_amount", total)
    if new.amount is None and len(available) > 1:
        raise NotRefundable("several_payments", total)
    wanted = total if new.amount is None else new.amount
    if wanted > total:
        raise NotRefundable("too_much", total)
    for attempt_id, money in available.items():
        if money.amount >= wanted:
            attempt = page.attempt(id=attempt_id)
            assert attempt is not None  # noqa: S101 - facts are about attempts of the page
            return attempt, Money(wanted, money.currency)
    raise NotRefundable("several_payments", total)
