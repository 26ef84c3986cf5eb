"""The room of claims on deliveries: so many of one endpoint at a time over all workers, whatever has piled up.

An endpoint's row is locked while deliveries to it are claimed, so that two workers never exceed its limit together;
what is counted and taken is found by index, however much waits for an endpoint that is down.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, or_, select, update

from portal import db
from portal.clock import Clock
from portal.db.many import among
from portal.webhooks.kinds import EndpointState
from portal.webhooks.models import Delivery, Endpoint, Event
from portal.webhooks.retries import BETWEEN_PROBES

LEASE = timedelta(seconds=30)
"""Longer than a try takes, so that nobody else begins one while ours is under way."""
HEALTHY, FAILING, PROBE = 256, 2, 1
"""How many deliveries of one endpoint are claimed at once, by how it does. (`posting` connects to it less often.)"""
ENDPOINTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery that is ours to try: what is said, where, and the fence that proves the claim.

    `claimed`: when, by this process's own stopwatch. `old_secret`: one that still signs beside the new one.
    """

    delivery_id: int
    fence: int
    tries: int
    endpoint_id: int
    merchant_id: int
    mode: str
    url: str
    format: str
    secret: str
    old_secret: str | None
    event_id: str
    kind: str
    created_at: datetime
    payload: Mapping[str, Any]
    claimed: float


def claim(clock: Clock, most: int) -> list[Parcel]:
    """Claim up to `most` due deliveries; none of them is anybody else's. Looks before it writes."""
    if most <= 0:
        return []
    now = db.now(clock)
    with db.reading() as connection:
        if connection.scalar(select(Endpoint.id).where(_is_told(now), _has_due(now)).limit(1)) is None:
            return []
    claimed = time.monotonic()
    with db.writing() as tx:
        moment = db.moment(tx, clock)
        taken: list[int] = []
        endpoints = _locked(tx, now)
        under_way = _under_way(tx, [one["id"] for one in endpoints], now)
        for place, endpoint in enumerate(endpoints):
            share = -(-(most - len(taken)) // (len(endpoints) - place))
            room = _limit(endpoint) - under_way.get(endpoint["id"], 0)
            # Half of it: the endpoint must not wait for one worker's leases to end where that worker died.
            taken += _due(tx, endpoint["id"], now, min(-(-room // 2), share))
        if not taken:
            return []
        probed = [one["id"] for one in endpoints if one["state"] == EndpointState.PAUSED]
        if probed:
            later = update(Endpoint).where(among(tx, Endpoint.id, probed))
            tx.execute(later.values(probe_at=moment + BETWEEN_PROBES))
        leased = update(Delivery).where(among(tx, Delivery.id, taken))
        tx.execute(leased.values(lease_until=moment + LEASE, fence=Delivery.fence + 1))
        return [_parcel(row, moment, claimed) for row in _read(tx, taken)]


def _is_told(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    probed = and_(Endpoint.state == EndpointState.PAUSED, Endpoint.probe_at <= now)
    return and_(Endpoint.deleted_at.is_(None), or_(Endpoint.state == EndpointState.ENABLED, probed))


def _is_free(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(Delivery.lease_until.is_(None), Delivery.lease_until <= now)


def _has_due(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return exists().where(Delivery.endpoint_id == Endpoint.id, Delivery.due_at <= now, _is_free(now))


def _locked(tx: Connection, now: ColumnElement[datetime]) -> Sequence[RowMapping]:
    """Return some endpoints with due deliveries, by chance so that none is always the last."""
    query = (
        select(Endpoint.id, Endpoint.state, Endpoint.failing_since)
        .where(_is_told(now), _has_due(now))
        .order_by(func.random())
        .limit(ENDPOINTS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(query).mappings().all()


def _under_way(tx: Connection, endpoints: Sequence[int], now: ColumnElement[datetime]) -> dict[int, int]:
    # A statement of its own, after the locks: only so it sees what others claimed until then.
    query = (
        select(Delivery.endpoint_id, func.count())
        .where(among(tx, Delivery.endpoint_id, endpoints), Delivery.lease_until > now)
        .group_by(Delivery.endpoint_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _limit(endpoint: RowMapping) -> int:
    if endpoint["state"] == EndpointState.PAUSED:
        return PROBE
    return HEALTHY if endpoint["failing_since"] is None else FAILING


def _due(tx: Connection, endpoint_id: int, now: ColumnElement[datetime], most: int) -> list[int]:
    if most <= 0:
        return []
    query = (
        select(Delivery.id)
        .where(Delivery.endpoint_id == endpoint_id, Delivery.due_at <= now, _is_free(now))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(most)
    )
    return list(tx.scalars(query))


def _read(tx: Connection, deliveries: Sequence[int]) -> Sequence[RowMapping]:
    query = (
        select(
            Delivery.id,
            Delivery.fence,
            Delivery.tries,
            Delivery.endpoint_id,
            Delivery.merchant_id,
            Delivery.mode,
            Endpoint.url,
            Endpoint.format,
            Endpoint.sealed_secret,
            Endpoint.sealed_old_secret,
            Endpoint.old_secret_until,
            Event.public_id.label("event_id"),
            Event.type,
            Event.created_at,
            Event.payload,
        )
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .join(Event, Event.id == Delivery.event_id)
        .where(among(tx, Delivery.id, deliveries))
        .order_by(Delivery.due_at, Delivery.id)
    )
    return tx.execute(query).mappings().all()


def _parcel(row: RowMapping, now: datetime, claimed: float) -> Parcel:
    both_sign = row["old_secret_until"] is not None and row["old_secret_until"] > now
    return Parcel(
        delivery_id=row["id"],
        fence=row["fence"],
        tries=row["tries"],
        endpoint_id=row["endpoint_id"],
        merchant_id=row["merchant_id"],
        mode=row["mode"],
        url=row["url"],
        format=row["format"],
        secret=row["sealed_secret"],
        old_secret=row["sealed_old_secret"] if both_sign else None,
        event_id=row["event_id"],
        kind=row["type"],
        created_at=row["created_at"],
        payload=row["payload"],
        claimed=claimed,
    )
