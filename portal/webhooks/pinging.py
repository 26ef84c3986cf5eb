"""The room of trying out: an event that means nothing, for one endpoint alone."""

from __future__ import annotations

from sqlalchemy import Connection

from portal import db
from portal.clock import Clock
from portal.security import tokens
from portal.webhooks import endpoints
from portal.webhooks.kinds import DeliveryStatus, EventType
from portal.webhooks.models import Delivery, Event


def ping(tx: Connection, clock: Clock, *, merchant_id: int, mode: str, public_id: str) -> str | None:
    """Let the store's endpoint be told of a `ping`; return the delivery's public id; None where it has none such.

    A paused endpoint is probed at once. Raises SwitchedOff.
    """
    found = endpoints.locked(tx, clock, merchant_id=merchant_id, mode=mode, public_id=public_id)
    if found is None:
        return None
    endpoints.require_on(found["state"])
    endpoints.woken(tx, found["id"], found["now"])
    whose = {"merchant_id": merchant_id, "mode": mode, "created_at": found["now"]}
    event_id = db.write_new(
        tx,
        Event,
        {
            **whose,
            "public_id": tokens.public_id("evt"),
            "type": EventType.PING,
            "order_id": None,
            "payload": {"object": "ping", "id": public_id},
            "fanned_out": True,
        },
    )
    delivery = tokens.public_id("dlv")
    db.write_new(
        tx,
        Delivery,
        {
            **whose,
            "public_id": delivery,
            "event_id": event_id,
            "endpoint_id": found["id"],
            "status": DeliveryStatus.PENDING,
            "tries": 0,
            "due_at": found["now"],
            "fence": 0,
        },
    )
    return delivery
