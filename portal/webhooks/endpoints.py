"""The room of a shop's endpoints: made with a secret that is shown once, looked at, changed, ended.

Every statement says whose endpoint it means, and in which mode; one that was deleted exists no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from portal import db
from portal.clock import Clock
from portal.domain.provider import Mode
from portal.security import outbound, signing, tokens
from portal.security.outbound import Refused, Resolver
from portal.security.vault import Vault
from portal.webhooks.kinds import DeliveryStatus, EndpointState, Format
from portal.webhooks.models import Delivery, Endpoint
from portal.webhooks.resuming import resume

MOST = 20
"""Endpoints of one store in one mode."""
OLD_SECRET_SIGNS = timedelta(hours=24)

SECRETS = {"sealed_secret", "sealed_old_secret"}
_SHOWN = tuple(column for column in Endpoint.__table__.columns if column.name not in SECRETS)


class TooMany(Exception):
    """The store has as many endpoints in that mode as it may have."""


class SwitchedOff(Exception):
    """The endpoint takes nothing: it is disabled, gone or deleted."""


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """What a shop asks for. `types` None: it is told of everything."""

    merchant_id: int
    mode: str
    url: str
    format: Format = Format.STANDARD
    types: Sequence[str] | None = None
    description: str = ""


class Changes(TypedDict, total=False):
    """What is to be another; what is not named stays. `enabled` True brings back one that was paused or gone."""

    url: str
    types: Sequence[str] | None
    description: str
    enabled: bool


def objection(url: str, mode: str, *, allow_private: bool, resolver: Resolver) -> str | None:
    """Return why nothing may be sent to the URL (a code of `Refused`), None where it may; asks DNS.

    Not within a transaction: DNS takes its time. In test mode plain http is allowed.
    """
    try:
        outbound.target(url, plain=mode == Mode.TEST, allow_private=allow_private, resolver=resolver)
    except Refused as refused:
        return refused.code
    return None


def create(
    tx: Connection, clock: Clock, vault: Vault, new: NewEndpoint, *, secret: str | None = None
) -> tuple[RowMapping, str]:
    """Write a new endpoint that is told at once; return its columns and its secret. Raises TooMany.

    The secret is kept sealed and shown by nobody again; it is a new one unless one is handed in (`whsec_…`).
    """
    _take_turn(tx, new.merchant_id, new.mode)
    own = select(func.count()).select_from(_own(clock, new.merchant_id, new.mode).subquery())
    if (tx.scalar(own) or 0) >= MOST:
        raise TooMany
    secret, now = secret or signing.new_secret(), db.moment(tx, clock)
    row = {
        "public_id": tokens.public_id("we"),
        "merchant_id": new.merchant_id,
        "mode": new.mode,
        "url": new.url,
        "description": new.description,
        "types": _kept(new.types),
        "format": new.format,
        "sealed_secret": vault.seal({"secret": secret}),
        "state": EndpointState.ENABLED,
        "state_at": now,
        "created_at": now,
    }
    made = insert(Endpoint).values(row).returning(*_SHOWN, db.now(clock).label("now"))
    return tx.execute(made).mappings().one(), secret


def one(
    connection: Connection, clock: Clock, *, merchant_id: int, mode: str | None, public_id: str
) -> RowMapping | None:
    """Return the store's endpoint with the database's `now`; None where it has none. `mode` None: in either."""
    query = _own(clock, merchant_id, mode).where(Endpoint.public_id == public_id)
    return connection.execute(query).mappings().first()


def listed(
    connection: Connection,
    clock: Clock,
    *,
    merchant_id: int,
    mode: str,
    before: int | None = None,
    most: int = MOST,
) -> Sequence[RowMapping]:
    """Return the store's endpoints, newest first.

    Each with its newest delivery's `last_status`, `last_tries` and `last_at`.
    """
    newest = select(Delivery.id).where(Delivery.endpoint_id == Endpoint.id).order_by(Delivery.id.desc())
    last = newest.limit(1).correlate(Endpoint).scalar_subquery()
    query = _own(clock, merchant_id, mode).add_columns(
        select(Delivery.status).where(Delivery.id == last).scalar_subquery().label("last_status"),
        select(Delivery.tries).where(Delivery.id == last).scalar_subquery().label("last_tries"),
        select(Delivery.created_at).where(Delivery.id == last).scalar_subquery().label("last_at"),
    )
    if before is not None:
        query = query.where(Endpoint.id < before)
    return connection.execute(query.order_by(Endpoint.id.desc()).limit(most)).mappings().all()


def change(
    tx: Connection, clock: Clock, *, merchant_id: int, mode: str, public_id: str, changes: Changes
) -> RowMapping | None:
    """Change the store's endpoint and return it; None where it has none such.

    Switched off, it keeps what waits; switched on, it is told that, and what was given up while it failed.
    """
    found = locked(tx, clock, merchant_id=merchant_id, mode=mode, public_id=public_id)
    if found is None:
        return None
    values: dict[str, Any] = {name: changes[name] for name in ("url", "description") if name in changes}
    if "types" in changes:
        values["types"] = _kept(changes["types"])
    if "url" in changes and found["state"] == EndpointState.PAUSED:
        values["probe_at"] = found["now"]  # the new address may well be the cure
    if changes.get("enabled") is False and found["state"] != EndpointState.DISABLED:
        values |= {"state": EndpointState.DISABLED, "state_at": found["now"], "probe_at": None}
    if values:
        tx.execute(update(Endpoint).where(Endpoint.id == found["id"]).values(values))
    if changes.get("enabled") and found["state"] != EndpointState.ENABLED:
        resume(tx, clock, found["id"])
    return one(tx, clock, merchant_id=merchant_id, mode=mode, public_id=public_id)


def rotate_secret(
    tx: Connection, clock: Clock, vault: Vault, *, merchant_id: int, mode: str, public_id: str
) -> tuple[RowMapping, str] | None:
    """Give the store's endpoint a new secret; return its columns and the secret; None where it has none such.

    The secret before signs beside it for a day; one still older is dropped.
    """
    found = locked(tx, clock, merchant_id=merchant_id, mode=mode, public_id=public_id)
    if found is None:
        return None
    secret = signing.new_secret()
    turned = (
        update(Endpoint)
        .where(Endpoint.id == found["id"])
        .values(
            sealed_old_secret=Endpoint.sealed_secret,
            old_secret_until=found["now"] + OLD_SECRET_SIGNS,
            sealed_secret=vault.seal({"secret": secret}),
        )
        .returning(*_SHOWN, db.now(clock).label("now"))
    )
    return tx.execute(turned).mappings().one(), secret


def delete(tx: Connection, clock: Clock, *, merchant_id: int, mode: str, public_id: str) -> bool:
    """End the store's endpoint for good: what waits for it is given up. False where it has none such."""
    found = locked(tx, clock, merchant_id=merchant_id, mode=mode, public_id=public_id)
    if found is None:
        return False
    ended = update(Endpoint).where(Endpoint.id == found["id"])
    tx.execute(ended.values(deleted_at=found["now"], sealed_old_secret=None, old_secret_until=None))
    waiting = Delivery.endpoint_id == found["id"], Delivery.status == DeliveryStatus.PENDING
    tx.execute(update(Delivery).where(*waiting).values(status=DeliveryStatus.FAILED, due_at=None))
    return True


def locked(tx: Connection, clock: Clock, *, merchant_id: int, mode: str, public_id: str) -> RowMapping | None:
    """Return the store's endpoint, locked until the end of the step; whoever also writes deliveries locks it first."""
    query = _own(clock, merchant_id, mode).where(Endpoint.public_id == public_id)
    return tx.execute(query.with_for_update()).mappings().first()


def woken(tx: Connection, endpoint_id: int, now: datetime) -> None:
    """Try the endpoint at once where it is paused: somebody wishes to see whether it answers."""
    paused = Endpoint.id == endpoint_id, Endpoint.state == EndpointState.PAUSED
    tx.execute(update(Endpoint).where(*paused).values(probe_at=now))


def require_on(state: str) -> None:
    """Raise SwitchedOff where nothing is sent to an endpoint of that state; to a paused one it is, as a probe."""
    if state not in (EndpointState.ENABLED, EndpointState.PAUSED):
        raise SwitchedOff(state)


def _own(clock: Clock, merchant_id: int, mode: str | None) -> Select[*tuple[Any, ...]]:
    query = select(*_SHOWN, db.now(clock).label("now"))
    query = query.where(Endpoint.merchant_id == merchant_id, Endpoint.deleted_at.is_(None))
    return query if mode is None else query.where(Endpoint.mode == mode)


def _kept(types: Sequence[str] | None) -> list[str] | None:
    return None if types is None else sorted(set(types))


def _take_turn(tx: Connection, merchant_id: int, mode: str) -> None:
    """Let a store make its endpoints one after another, so that they can be counted; on SQLite all writers do."""
    if tx.dialect.name == "postgresql":
        name = f"webhook endpoints of {merchant_id} {mode}"
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
