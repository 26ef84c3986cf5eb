"""The room of the outbox: turns each event into one delivery for every endpoint that wants it, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from portal import db
from portal.clock import Clock
from portal.db.many import among, write_rows
from portal.security import tokens
from portal.webhooks.kinds import DeliveryStatus, EventType, Format
from portal.webhooks.models import Delivery, Endpoint, Event

AT_ONCE = 500
CARRIED: Mapping[str, frozenset[str]] = {
    Format.STANDARD: frozenset(EventType),
    Format.PARTNER_CALLBACK: frozenset(
        {EventType.ORDER_PROCESSING, EventType.ORDER_PAID, EventType.ORDER_PAYMENT_FAILED, EventType.PING}
    ),
}
"""What each format has words for."""


def fan_out(clock: Clock) -> int:
    """Give the events that wait for it their deliveries; return how many events there were.

    An endpoint is told of what happened since it was made. One that is switched off, paused or gone gets its
    deliveries as well: they wait, and are sent once it is told again. Looks before it writes.
    """
    waiting = select(Event.id).where(~Event.fanned_out)
    with db.reading() as connection:
        if connection.scalar(waiting.limit(1)) is None:
            return 0
    with db.writing() as tx:
        events = _locked(tx)
        if not events:
            return 0
        now = db.moment(tx, clock)
        endpoints = _endpoints(tx, {event["merchant_id"] for event in events})
        rows = [
            _delivery(event, endpoint) | {"created_at": now, "due_at": now}
            for event in events
            for endpoint in endpoints[event["merchant_id"], event["mode"]]
            if wants(endpoint, event["type"]) and endpoint["created_at"] <= event["created_at"]
        ]
        write_rows(tx, Delivery, rows)
        done = update(Event).where(among(tx, Event.id, [event["id"] for event in events]))
        tx.execute(done.values(fanned_out=True))
        return len(events)


def wants(endpoint: Mapping[Any, Any], kind: str) -> bool:
    """Say whether the endpoint is to be told of events of that type."""
    subscribed = endpoint["types"] is None or kind in endpoint["types"]
    return subscribed and kind in CARRIED[endpoint["format"]]


def _locked(tx: Connection) -> list[RowMapping]:
    columns = (Event.id, Event.merchant_id, Event.mode, Event.type, Event.created_at)
    query = select(*columns).where(~Event.fanned_out).order_by(Event.id).limit(AT_ONCE)
    return list(tx.execute(query.with_for_update(skip_locked=True)).mappings())


def _endpoints(tx: Connection, merchants: set[int]) -> Mapping[tuple[int, str], list[RowMapping]]:
    columns = (
        Endpoint.id,
        Endpoint.merchant_id,
        Endpoint.mode,
        Endpoint.types,
        Endpoint.format,
        Endpoint.created_at,
    )
    query = select(*columns).where(Endpoint.merchant_id.in_(merchants), Endpoint.deleted_at.is_(None))
    found: dict[tuple[int, str], list[RowMapping]] = defaultdict(list)
    for row in tx.execute(query).mappings():
        found[row["merchant_id"], row["mode"]].append(row)
    return found


def _delivery(event: RowMapping, endpoint: RowMapping) -> dict[str, Any]:
    return {
        "public_id": tokens.public_id("dlv"),
        "event_id": event["id"],
        "endpoint_id": endpoint["id"],
        "merchant_id": event["merchant_id"],
        "mode": event["mode"],
        "status": str(DeliveryStatus.PENDING),
        "tries": 0,
        "fence": 0,
    }
