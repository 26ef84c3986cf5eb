"""The room of forgetting: after a store's own time, who paid leaves its rows; that, what and when was paid stays.

It stands with the lifecycle because it touches rows of money, of which it changes neither state nor sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, null, select, update

from portal import db
from portal.clock import Clock
from portal.domain.provider import Mode
from portal.merchants.models import Merchant
from portal.notices.models import Mail
from portal.payments.models import Attempt, Notification, Order
from portal.payments.refund_models import Refund
from portal.webhooks.models import Event

AT_ONCE = 200
"""Orders in one step: it holds their locks."""
SHORTEST, LONGEST = 60, 3_650
"""Days. An order may be open for thirty, and its operator be asked for one more: nothing of it is needed after that."""


def forget(clock: Clock) -> int:
    """Forget the shoppers of the next orders that are older than their store keeps them; return how many orders."""
    with db.reading() as connection:
        stores = connection.execute(
            select(Merchant.id, Merchant.keep_days, db.now(clock).label("now")).where(
                Merchant.keep_days.is_not(None)
            )
        ).all()
    done = 0
    for store in stores:
        old = store.now - timedelta(days=max(store.keep_days, SHORTEST))
        with db.reading() as connection:
            waiting = _orders(connection, store.id, old, most=1)
        if waiting:
            with db.writing() as tx:
                done += _forget(tx, store.id, old)
    return done


def _forget(tx: Connection, merchant_id: int, old: datetime) -> int:
    # The store's row is locked first: of two workers the second finds the place where the first ended.
    tx.execute(select(Merchant.id).where(Merchant.id == merchant_id).with_for_update())
    orders = _orders(tx, merchant_id, old, most=AT_ONCE)
    if not orders:
        return 0
    tx.execute(update(Order).where(Order.id.in_(orders)).values(customer=null()))
    attempts = select(Attempt.id).where(Attempt.order_id.in_(orders))
    refunds = select(Refund.id).where(Refund.order_id.in_(orders))
    raw: dict[str, Any] = {"url": "", "headers": {}, "body": b""}
    tx.execute(update(Notification).where(Notification.attempt_id.in_(attempts)).values(raw))
    tx.execute(update(Notification).where(Notification.refund_id.in_(refunds)).values(raw))
    tx.execute(update(Attempt).where(Attempt.order_id.in_(orders)).values(phone=None, continuation=null()))
    tx.execute(update(Refund).where(Refund.order_id.in_(orders)).values(phone=None))
    tx.execute(
        delete(Mail).where(Mail.merchant_id == merchant_id, Mail.created_at < old, Mail.due_at.is_(None))
    )
    _forget_told(tx, orders)
    tx.execute(update(Merchant).where(Merchant.id == merchant_id).values(forgotten_to=max(orders)))
    return len(orders)


def _orders(connection: Connection, merchant_id: int, old: datetime, *, most: int) -> Sequence[int]:
    """Return the next old orders. Their ids grow with their age, so those behind the first young one are young too."""
    forgotten = select(Merchant.forgotten_to).where(Merchant.id == merchant_id).scalar_subquery()
    next_ones = select(Order.id, Order.created_at).where(
        Order.merchant_id == merchant_id, Order.id > forgotten
    )
    found: list[int] = []
    for mode in Mode:  # as the index has them
        rows = connection.execute(next_ones.where(Order.mode == mode).order_by(Order.id).limit(most))
        found += [row.id for row in rows if row.created_at < old]
    return sorted(found)[:most]


def _forget_told(tx: Connection, orders: Sequence[int]) -> None:
    """Take the shopper out of what shops were told: the events stay, for a shop that catches up."""
    told = select(Event.id, Event.payload).where(Event.order_id.in_(orders))
    changed = [
        {"told": row.id, "said": _without_shopper(row.payload)}
        for row in tx.execute(told)
        if row.payload != _without_shopper(row.payload)
    ]
    if changed:
        tx.execute(
            update(Event.__table__)  # type: ignore[arg-type] # the table: by the model, many rows go by key
            .where(Event.id == bindparam("told"))
            .values(payload=bindparam("said")),
            changed,
        )


def _without_shopper(payload: dict[str, Any]) -> dict[str, Any]:
    kept = dict(payload)
    if "customer" in kept:
        kept["customer"] = None
    if isinstance(kept.get("attempts"), list):
        kept["attempts"] = [attempt | {"phone": None} for attempt in kept["attempts"]]
    return kept
