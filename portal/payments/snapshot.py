"""The room of an order's outward face: the one object that the API answers and the shop's events carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from portal.domain.phone import masked
from portal.domain.states import AttemptStatus, OrderStatus

ENDED = frozenset({OrderStatus.PAID, OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.CLOSED})

Columns = Mapping[Any, Any]


def timestamp(moment: datetime | None) -> str | None:
    """Return the moment as RFC 3339 in UTC, to the second."""
    if moment is None:
        return None
    # Not by strftime: it writes the year 1 with one digit.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def money_moved(attempts: Iterable[Columns]) -> str:
    """Say whether money moved: `yes` after any Paid fact, `unknown` while an attempt could have debited, else `no`."""
    known = "no"
    for attempt in attempts:
        if attempt["status"] == AttemptStatus.PAID:
            return "yes"
        if not attempt["confirmed"]:
            known = "unknown"
    return known


def order_object(
    order: Columns, attempts: Sequence[Columns], reviews: Sequence[Columns], *, public_url: str = ""
) -> dict[str, Any]:
    """Return the order as programs see it; the rows are mappings by column name.

    Without `public_url` the checkout's address stays relative: what is stored must survive a change of domain.
    """
    moved = money_moved(attempts)
    undecided = any(review["decision"] is None for review in reviews)
    return {
        "id": order["public_id"],
        "object": "order",
        "mode": order["mode"],
        "status": order["status"],
        "finished": order["status"] in ENDED and moved != "unknown" and not undecided,
        "money_moved": moved,
        "amount": order["amount"],
        "currency": order["currency"],
        "amount_paid": order["amount_paid"],
        "amount_refunded": order["amount_refunded"],
        "paid_late": order["paid_late"],
        "review": [_review(review) for review in reviews],
        "source": order["source"],
        "reference": order["reference"],
        "reference_verified": order["reference_verified"],
        "description": order["description"],
        "customer": order["customer"],
        "metadata": order["details"],
        "checkout_url": f"{public_url}/pay/{order['token']}",
        "return_url": order["return_url"],
        "cancel_url": order["cancel_url"],
        "created_at": timestamp(order["created_at"]),
        "expires_at": timestamp(order["expires_at"]),
        "paid_at": timestamp(order["paid_at"]),
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def refund_object(order: Columns, attempts: Sequence[Columns], refund: Columns) -> dict[str, Any]:
    """Return a refund of the order as programs see it. `amount` is what the customer receives, `fee` is beside it."""
    paid = next(one["public_id"] for one in attempts if one["id"] == refund["attempt_id"])
    return {
        "id": refund["public_id"],
        "object": "refund",
        "mode": order["mode"],
        "order_id": order["public_id"],
        "attempt_id": paid,
        "status": refund["status"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "fee": refund["fee"],
        "operator": refund["operator"],
        "operator_reference": refund["operator_reference"],
        "phone": masked(refund["phone"]),
        "reason": refund["reason"],
        "failure_code": refund["failure_code"],
        "created_at": timestamp(refund["created_at"]),
        "sent_at": timestamp(refund["sent_at"]),
        "ended_at": timestamp(refund["ended_at"]),
    }


def _attempt(attempt: Columns) -> dict[str, Any]:
    return {
        "id": attempt["public_id"],
        "operator": attempt["operator"],
        "status": attempt["status"],
        "operator_reference": attempt["operator_reference"],
        "amount": attempt["amount"],
        "fee": attempt["fee"],
        "phone": masked(attempt["phone"]),
        "created_at": timestamp(attempt["created_at"]),
        "failure_code": attempt["failure_code"],
    }


def _review(review: Columns) -> dict[str, Any]:
    return {
        "id": review["public_id"],
        "reason": review["reason"],
        "opened_at": timestamp(review["opened_at"]),
        "decision": review["decision"],
    }
