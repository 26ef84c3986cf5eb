"""The room of what waits: every queue of the database, how much is in it, and since when its oldest should be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from portal import db
from portal.clock import Clock
from portal.domain.states import OrderStatus
from portal.notices.models import Mail
from portal.payments.models import Attempt, Notification, Order
from portal.payments.refund_models import Refund
from portal.watch import beats
from portal.webhooks.kinds import EndpointState
from portal.webhooks.models import Delivery, Endpoint, Event

MOST_COUNTED = 10_000
SILENT_WORKER = "silent_worker"
SILENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits under a name: `rows` gives each one's due moment as `due`; `patience`: how late it may be."""

    code: str
    rows: Select[Any]
    patience: timedelta


@dataclass(frozen=True, slots=True)
class Measure:
    """One queue now: how many rows are due (counted up to MOST_COUNTED), and how late the oldest is."""

    code: str
    due: int
    late: timedelta
    patience: timedelta

    @property
    def troubling(self) -> bool:
        """Say whether it waits longer than it may."""
        return self.late > self.patience


_RUNNING = Order.status.in_((OrderStatus.OPEN, OrderStatus.PROCESSING))
# Of a shop that does not answer much is late, and that is the shop's trouble, of which its merchant is told.
_WELL = select(Endpoint.id).where(Endpoint.state == EndpointState.ENABLED, Endpoint.failing_since.is_(None))

QUEUES: Sequence[Queue] = (
    Queue("deferred_notifications", select(Notification.due_at.label("due")), timedelta(minutes=2)),
    Queue("unasked_attempts", select(Attempt.due_at.label("due")), timedelta(minutes=10)),
    Queue("unsent_refunds", select(Refund.due_at.label("due")), timedelta(minutes=10)),
    Queue("overdue_orders", select(Order.expires_at.label("due")).where(_RUNNING), timedelta(minutes=10)),
    Queue(
        "events_without_deliveries",
        select(Event.created_at.label("due")).where(~Event.fanned_out),
        timedelta(minutes=2),
    ),
    Queue(
        "undelivered_events",
        select(Delivery.due_at.label("due")).where(Delivery.endpoint_id.in_(_WELL)),
        timedelta(minutes=10),
    ),
    Queue("unsent_mails", select(Mail.due_at.label("due")), timedelta(hours=1)),
)


def measured(connection: Connection, clock: Clock) -> list[Measure]:
    """Measure every queue, and the silence of the workers as one more."""
    now = db.moment(connection, clock)
    found = [_measure(connection, queue, now) for queue in QUEUES]
    beat = beats.last(connection)
    silence = now - beat if beat is not None else SILENCE * 2
    return [*found, Measure(SILENT_WORKER, 0, silence, SILENCE)]


def _measure(connection: Connection, queue: Queue, now: datetime) -> Measure:
    due = queue.rows.selected_columns["due"]
    waiting = queue.rows.where(due <= now).limit(MOST_COUNTED).subquery()
    count, oldest = connection.execute(select(func.count(), func.min(waiting.c.due))).one()
    return Measure(queue.code, count, now - oldest if oldest is not None else timedelta(), queue.patience)
