"""The room of what was sent, or is still to be: looked through, looked at closely, sent again.

Sent again, a delivery begins a new round of tries. A try that is under way meanwhile keeps its lease and its fence, so
that nothing is sent twice at one time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update

from portal.clock import Clock
from portal.webhooks import endpoints
from portal.webhooks.kinds import DeliveryStatus, EndpointState
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint, Event

MOST_AT_ONCE = 10_000
MOST_TRIES = 100
MOST_COUNTED = 100
"""Of more deliveries that wait it is only said that there are more."""

_LISTED = (
    Delivery.id,
    Delivery.public_id,
    Delivery.mode,
    Delivery.status,
    Delivery.tries,
    Delivery.created_at,
    Delivery.delivered_at,
    Delivery.due_at,
    Event.public_id.label("event_public_id"),
    Event.type.label("event_type"),
    Endpoint.public_id.label("endpoint_public_id"),
    Endpoint.url.label("endpoint_url"),
    Endpoint.state.label("endpoint_state"),
    Endpoint.probe_at.label("endpoint_probe_at"),
    Endpoint.deleted_at.label("endpoint_deleted_at"),
)


class TooManyAtOnce(Exception):
    """More deliveries were meant than are sent again at once."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is looked for; `endpoint` is a public id."""

    endpoint: str | None = None
    status: str | None = None
    type: str | None = None


def listed(
    connection: Connection,
    *,
    merchant_id: int,
    mode: str,
    filters: Filters,
    before: Any = None,
    most: int,
) -> Sequence[RowMapping]:
    """Return up to `most` of the store's deliveries, newest first, those before the row `before` (its id, or SQL)."""
    query = (
        select(*_LISTED)
        .join(Event, Event.id == Delivery.event_id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(Delivery.merchant_id == merchant_id, Delivery.mode == mode, *_conditions(merchant_id, filters))
    )
    if before is not None:
        query = query.where(Delivery.id < before)
    return connection.execute(query.order_by(Delivery.id.desc()).limit(most)).mappings().all()


def place(merchant_id: int, public_id: str) -> Any:
    """Return SQL for the id of the store's delivery, to read on from."""
    own = Delivery.merchant_id == merchant_id, Delivery.public_id == public_id
    return select(Delivery.id).where(*own).scalar_subquery()


def _conditions(merchant_id: int, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.endpoint is not None:
        own = select(Endpoint.id).where(
            Endpoint.merchant_id == merchant_id, Endpoint.public_id == filters.endpoint
        )
        found.append(Delivery.endpoint_id == own.scalar_subquery())
    if filters.status is not None:
        found.append(Delivery.status == filters.status)
    if filters.type is not None:
        found.append(Event.type == filters.type)
    return found


def one(connection: Connection, *, merchant_id: int, mode: str | None, public_id: str) -> RowMapping | None:
    """Return the store's delivery, with its event's `payload` and `event_created_at`; None where it has none such.

    `mode` None: in either. A delivery to an endpoint that was deleted is still known.
    """
    query = (
        select(
            *_LISTED,
            Event.payload,
            Event.created_at.label("event_created_at"),
            Endpoint.format.label("endpoint_format"),
        )
        .join(Event, Event.id == Delivery.event_id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(Delivery.merchant_id == merchant_id, Delivery.public_id == public_id)
    )
    if mode is not None:
        query = query.where(Delivery.mode == mode)
    return connection.execute(query).mappings().first()


def tries(connection: Connection, delivery_id: int) -> Sequence[RowMapping]:
    """Return the newest tries of a delivery, the oldest of them first."""
    query = select(*DeliveryAttempt.__table__.columns).where(DeliveryAttempt.delivery_id == delivery_id)
    found = connection.execute(query.order_by(DeliveryAttempt.id.desc()).limit(MOST_TRIES)).mappings().all()
    return found[::-1]


def waiting(connection: Connection, endpoint_id: int) -> int:
    """Count what waits for the endpoint, up to MOST_COUNTED."""
    due = select(Delivery.id).where(Delivery.endpoint_id == endpoint_id, Delivery.due_at.is_not(None))
    return connection.scalar(select(func.count()).select_from(due.limit(MOST_COUNTED).subquery())) or 0


def next_try_at(delivery: RowMapping) -> datetime | None:
    """Return when the delivery is tried next; None where it is not, its endpoint's state being what it is."""
    due: datetime | None = delivery["due_at"]
    state = delivery["endpoint_state"]
    if due is None or delivery["endpoint_deleted_at"] is not None:
        return None
    if state == EndpointState.PAUSED:
        probe: datetime | None = delivery["endpoint_probe_at"]
        return max(due, probe or due)
    return due if state == EndpointState.ENABLED else None


def readable(answer: bytes) -> str:
    """Return what a shop answered as text: whatever is no character that can be seen is a replacement character."""
    text = answer.decode(errors="replace").replace("\r\n", "\n")
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)


def redeliver(tx: Connection, clock: Clock, *, merchant_id: int, mode: str, public_id: str) -> bool:
    """Let the store's delivery be sent again now; False where it has none such. Raises SwitchedOff."""
    found = one(tx, merchant_id=merchant_id, mode=mode, public_id=public_id)
    if found is None:
        return False
    endpoint = _open(tx, clock, merchant_id, mode, found["endpoint_public_id"])
    if endpoint is None:
        raise endpoints.SwitchedOff("deleted")
    _again(tx, endpoint, Delivery.id == found["id"])
    return True


def redeliver_all(
    tx: Connection,
    clock: Clock,
    *,
    merchant_id: int,
    mode: str,
    endpoint: str,
    since: datetime,
    missed_alone: bool = False,
) -> int | None:
    """Let all that came up for the store's endpoint since then be sent again now; return how many deliveries.

    `missed_alone`: only what the endpoint has not taken. None where the store has no such endpoint. Raises
    SwitchedOff, and TooManyAtOnce beyond MOST_AT_ONCE: then nothing is sent.
    """
    found = _open(tx, clock, merchant_id, mode, endpoint)
    if found is None:
        return None
    meant = [Delivery.endpoint_id == found["id"], Delivery.created_at >= since]
    if missed_alone:
        meant.append(Delivery.status != DeliveryStatus.DELIVERED)
    counted = select(Delivery.id).where(*meant).limit(MOST_AT_ONCE + 1).subquery()
    if (tx.scalar(select(func.count()).select_from(counted)) or 0) > MOST_AT_ONCE:
        raise TooManyAtOnce
    return _again(tx, found, *meant)


def _open(tx: Connection, clock: Clock, merchant_id: int, mode: str, endpoint: str) -> RowMapping | None:
    found = endpoints.locked(tx, clock, merchant_id=merchant_id, mode=mode, public_id=endpoint)
    if found is not None:
        endpoints.require_on(found["state"])
    return found


def _again(tx: Connection, endpoint: RowMapping, *meant: ColumnElement[bool]) -> int:
    endpoints.woken(tx, endpoint["id"], endpoint["now"])
    begun = {"status": DeliveryStatus.PENDING, "tries": 0, "due_at": endpoint["now"]}
    return tx.execute(update(Delivery).where(*meant).values(begun)).rowcount
