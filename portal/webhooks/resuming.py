"""The room of coming back: an endpoint that is told again is told all that it missed."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select, update

from portal import db
from portal.clock import Clock
from portal.webhooks.kinds import DeliveryStatus, EndpointState
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint


def resume(tx: Connection, clock: Clock, endpoint_id: int) -> None:
    """Let the endpoint be told again: what waits is due now, and what was given up since it failed begins anew."""
    since = tx.scalar(select(Endpoint.failing_since).where(Endpoint.id == endpoint_id).with_for_update())
    now = db.moment(tx, clock)
    tx.execute(
        update(Endpoint)
        .where(Endpoint.id == endpoint_id)
        .values(state=EndpointState.ENABLED, state_at=now, failing_since=None, probe_at=None)
    )
    own = update(Delivery).where(Delivery.endpoint_id == endpoint_id)
    tx.execute(own.where(Delivery.status == DeliveryStatus.PENDING).values(due_at=now))
    if since is not None:
        tried_since = exists().where(DeliveryAttempt.delivery_id == Delivery.id, DeliveryAttempt.at >= since)
        tx.execute(
            own.where(Delivery.status == DeliveryStatus.FAILED, tried_since).values(
                status=DeliveryStatus.PENDING, tries=0, due_at=now
            )
        )
