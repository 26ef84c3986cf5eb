"""The room of API keys: made once, kept as a hash, looked up in one statement, replaced with an overlap, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.provider import Mode
from portal.merchants.models import ApiKey, Merchant
from portal.security import tokens

SECRET_LENGTH = 32  # 160 bits
SHORTEST_SECRET = 26  # 130 bits: what a demo may fix is as long as a capability
HINT_LENGTH = 4
TOUCHED_EVERY = timedelta(minutes=1)
OVERLAPS = (timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=7))
"""For how long a key may go on beside the one that replaces it."""


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"
    REFUNDS = "refunds"


@dataclass(frozen=True, kw_only=True)
class Key:
    """A valid key and what calls with it need to know of its store, at the moment `now` of the database.

    `live`: the store may take real money.
    """

    id: int
    public_id: str
    merchant_id: int
    mode: str
    scopes: frozenset[str]
    live: bool
    return_hosts: tuple[str, ...]
    sites: tuple[str, ...]
    last_used_at: datetime | None
    now: datetime

    @property
    def touch_due(self) -> bool:
        """Say whether its use is to be recorded: at most once a minute."""
        return self.last_used_at is None or self.now - self.last_used_at >= TOUCHED_EVERY


def create(
    tx: Connection,
    clock: Clock,
    *,
    merchant_id: int,
    mode: str,
    name: str,
    scopes: Sequence[str],
    secret: str | None = None,
) -> tuple[str, str]:
    """Make a key; return its public id and its secret, which is not kept and cannot be shown again.

    `secret` is given by the demo alone. Raises ValueError for an unknown mode or scope, no scope, or a
    `secret` that does not name its mode or is too short to be unguessable.
    """
    prefix = f"sk_{Mode(mode)}_"
    wanted = {Scope(scope) for scope in scopes}
    if not wanted:
        raise ValueError("a key without a scope can do nothing")
    secret = secret or prefix + tokens.text(SECRET_LENGTH)
    if not secret.startswith(prefix) or len(secret) < len(prefix) + SHORTEST_SECRET:
        raise ValueError(f"a secret begins with {prefix}, followed by at least {SHORTEST_SECRET} characters")
    public_id = tokens.public_id("key")
    tx.execute(
        insert(ApiKey).values(
            public_id=public_id,
            merchant_id=merchant_id,
            mode=mode,
            name=name,
            hint=secret[-HINT_LENGTH:],
            digest=tokens.digest(secret),
            scopes=[scope for scope in Scope if scope in wanted],
            created_at=db.now(clock),
        )
    )
    return public_id, secret


def find(connection: Connection, clock: Clock, secret: str) -> Key | None:
    """Return the key with that secret; None where there is none, or it was revoked, or its time is over."""
    row = connection.execute(_lookup(clock.pinned), {"digest": tokens.digest(secret)}).mappings().first()
    return read(row) if row else None


def lookup(pinned: datetime | None) -> Select[*tuple[Any, ...]]:
    """Return the one statement that finds a key and its store by `digest` (for `read`); others may join to it."""
    return (
        select(
            ApiKey.id,
            ApiKey.public_id,
            ApiKey.merchant_id,
            ApiKey.mode,
            ApiKey.scopes,
            Merchant.live,
            Merchant.return_hosts,
            Merchant.sites,
            ApiKey.last_used_at,
            db.told(pinned).label("now"),
        )
        .select_from(ApiKey)
        .join(Merchant, Merchant.id == ApiKey.merchant_id)
        .where(ApiKey.digest == bindparam("digest"), ApiKey.revoked_at.is_(None), _lasts(db.told(pinned)))
    )


def _lasts(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)


# Building a statement costs more than running it.
_lookup = lru_cache(maxsize=8)(lookup)


def read(row: RowMapping) -> Key:
    """Return the key of a row of `lookup`."""
    return Key(
        id=row["id"],
        public_id=row["public_id"],
        merchant_id=row["merchant_id"],
        mode=row["mode"],
        scopes=frozenset(row["scopes"]),
        live=row["live"],
        return_hosts=tuple(row["return_hosts"]),
        sites=tuple(row["sites"]),
        last_used_at=row["last_used_at"],
        now=row["now"],
    )


def touch(key: Key) -> Write:
    """Return the write that records the key's use."""
    return Write(ApiKey, {"last_used_at": key.now}, key.id)


def listed(connection: Connection, clock: Clock, *, merchant_id: int, mode: str) -> list[RowMapping]:
    """Return the store's keys of that mode, newest first, ended ones too, without hashes; `lasts`: not over yet."""
    columns = (
        ApiKey.public_id,
        ApiKey.name,
        ApiKey.hint,
        ApiKey.scopes,
        ApiKey.created_at,
        ApiKey.last_used_at,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        _lasts(db.now(clock)).label("lasts"),
    )
    query = select(*columns).where(ApiKey.merchant_id == merchant_id, ApiKey.mode == mode)
    return list(connection.execute(query.order_by(ApiKey.id.desc())).mappings())


def replace(
    tx: Connection, clock: Clock, *, merchant_id: int, public_id: str, overlap: timedelta
) -> tuple[str, str] | None:
    """Make a key that may do what the store's key may, which ends after `overlap`; return the new id and secret.

    None where the store has no such key that still works. Calls by either are the same store's: an `Idempotency-Key`
    that came with the one is known when it comes with the other. Raises ValueError where `overlap` is no time of
    OVERLAPS.
    """
    if overlap not in OVERLAPS:
        raise ValueError(f"an overlap is one of {OVERLAPS}")
    now = db.moment(tx, clock)
    ends = func.coalesce(ApiKey.expires_at, now + overlap)
    ended = (
        update(ApiKey)
        .where(ApiKey.merchant_id == merchant_id, ApiKey.public_id == public_id, ApiKey.revoked_at.is_(None))
        .where(_lasts(db.now(clock)))
        .values(expires_at=case((ends < now + overlap, ends), else_=now + overlap))
        .returning(ApiKey.mode, ApiKey.name, ApiKey.scopes)
    )
    old = tx.execute(ended).first()
    if old is None:
        return None
    return create(tx, clock, merchant_id=merchant_id, mode=old.mode, name=old.name, scopes=old.scopes)


def revoke(tx: Connection, clock: Clock, *, merchant_id: int, public_id: str) -> bool:
    """End the store's key for good, at once; False where the store has no such key that still works."""
    ended = tx.execute(
        update(ApiKey)
        .where(ApiKey.merchant_id == merchant_id, ApiKey.public_id == public_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=db.now(clock))
    )
    return ended.rowcount == 1
