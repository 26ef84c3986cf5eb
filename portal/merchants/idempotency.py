"""The room of repeated calls: the first answer to an `Idempotency-Key`, found again with the key that asks.

A record is committed together with what its call created, so that neither exists without the other. On
PostgreSQL a call in flight holds an advisory lock until its commit; on SQLite writers take turns anyway. An answer
that holds a secret is kept sealed, and given again for a day only; its record stays, so that nothing is done twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    update,
)

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.merchants import keys
from portal.merchants.keys import Key
from portal.merchants.models import ApiKey, IdempotencyRecord
from portal.security import tokens
from portal.security.vault import Vault

KEPT = timedelta(days=7)
SECRETS_KEPT = timedelta(hours=24)
LONGEST = 255
PRINTABLE = re.compile(r"[ -~]+")
NOT_REMEMBERED = frozenset({409, 429})
"""Answers that may be another one next time, beside those of 500 and more."""


class BadKey(ValueError):
    """The `Idempotency-Key` is not 1 to 255 printable ASCII characters."""


class KeyReused(Exception):
    """The same key came with another body before."""


class InFlight(Exception):
    """The first call with this key has not been answered yet."""


class NoLongerKept(Exception):
    """The call was answered before with a secret, too long ago to be told again."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What makes two calls the same, beside their store and mode. Raises BadKey."""

    method: str
    path: str
    key: str
    body_digest: str

    def __post_init__(self) -> None:
        """Refuse a key that nobody could read in a log."""
        if len(self.key) > LONGEST or not PRINTABLE.fullmatch(self.key):
            raise BadKey(self.key[:LONGEST])


@dataclass(frozen=True)
class Answer:
    """What was answered, to be given again byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Entry:
    """A valid key at the door with its call: the answer that the call has had, or the right to go in."""

    key: Key
    answer: Answer | None = None
    body_digest: str | None = None
    free: bool = True
    sealed: bool = False
    answered_at: datetime | None = None


def enter(tx: Connection, clock: Clock, secret: str, call: Call | None) -> Entry | None:
    """Find the key, and what its call was answered before, in one statement.

    None where no key has that secret. Without a call (nothing to compare it by) the key alone is found.
    """
    if call is None:
        key = keys.find(tx, clock, secret)
        return Entry(key) if key else None
    wanted = {
        "digest": tokens.digest(secret),
        "called": call.method,
        "called_path": call.path,
        "called_key": call.key,
    }
    row = tx.execute(_query(clock.pinned, tx.dialect.name), wanted).mappings().first()
    if row is None:
        return None
    answer = None if row["status"] is None else Answer(row["status"], row["headers"], row["body"])
    return Entry(
        keys.read(row), answer, row["body_digest"], row["free"], bool(row["sealed"]), row["answered_at"]
    )


@lru_cache(maxsize=8)  # building a statement costs more than running it
def _query(pinned: datetime | None, dialect: str) -> Select[*tuple[Any, ...]]:
    same = and_(
        IdempotencyRecord.merchant_id == ApiKey.merchant_id,
        IdempotencyRecord.mode == ApiKey.mode,
        IdempotencyRecord.method == bindparam("called"),
        IdempotencyRecord.path == bindparam("called_path"),
        IdempotencyRecord.key == bindparam("called_key"),
    )
    columns = (
        IdempotencyRecord.status,
        IdempotencyRecord.headers,
        IdempotencyRecord.body,
        IdempotencyRecord.body_digest,
        IdempotencyRecord.sealed,
        IdempotencyRecord.created_at.label("answered_at"),
        _lock(dialect).label("free"),
    )
    return keys.lookup(pinned).outerjoin(IdempotencyRecord, same).add_columns(*columns)


def _lock(dialect: str) -> ColumnElement[bool]:
    """Return SQL that takes the call's turn until the end of the transaction, and says whether it was free.

    The record is looked for at the same moment. Where the first call is answered in between, the lock is free
    and no record seen: then `one_answer_per_key` refuses ours, and the step is repeated.
    """
    if dialect != "postgresql":
        return literal(value=True)
    parts = (bindparam(name, type_=String) for name in ("called", "called_path", "called_key"))
    name = func.concat_ws(" ", cast(ApiKey.merchant_id, String), ApiKey.mode, *parts)
    return func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0))


def earlier_answer(entry: Entry, call: Call, vault: Vault) -> Answer | None:
    """Return the first answer to the call, None where this is the first; raise KeyReused, InFlight or NoLongerKept."""
    if entry.answer is not None:
        if entry.body_digest != call.body_digest:
            raise KeyReused(call.key)
        return _unsealed(entry, vault) if entry.sealed else entry.answer
    if not entry.free:
        raise InFlight(call.key)
    return None


def _unsealed(entry: Entry, vault: Vault) -> Answer:
    assert entry.answer is not None  # noqa: S101 - what is sealed is an answer
    assert entry.answered_at is not None  # noqa: S101 - its record says when
    if entry.key.now - entry.answered_at >= SECRETS_KEPT:
        raise NoLongerKept
    return replace(entry.answer, body=vault.open(entry.answer.body)["body"])


def is_remembered(status: int) -> bool:
    """Say whether an answer of that status is given again, or tried again."""
    return status < 500 and status not in NOT_REMEMBERED  # noqa: PLR2004 - our own failures


def remember(key: Key, call: Call, answer: Answer, seal: Vault | None = None) -> Write:
    """Return the write that keeps the answer; it fails on a unique value where another was faster.

    `seal`: the vault that seals it, because it holds a secret.
    """
    return Write(
        IdempotencyRecord,
        {
            "merchant_id": key.merchant_id,
            "mode": key.mode,
            "method": call.method,
            "path": call.path,
            "key": call.key,
            "body_digest": call.body_digest,
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": seal.seal({"body": answer.body}) if seal else answer.body,
            "sealed": seal is not None,
            "created_at": key.now,
        },
    )


def prune(tx: Connection, clock: Clock) -> int:
    """Remove records of more than seven days; return how many. Where money moved, they stay for ever.

    Sealed answers of more than a day are emptied: nobody is told them any more.
    """
    now = db.moment(tx, clock)
    tx.execute(
        update(IdempotencyRecord)
        .where(
            IdempotencyRecord.sealed,
            IdempotencyRecord.body != "",
            IdempotencyRecord.created_at < now - SECRETS_KEPT,
        )
        .values(body="")
    )
    gone = delete(IdempotencyRecord).where(
        IdempotencyRecord.created_at < now - KEPT,
        IdempotencyRecord.path.not_like("%/refunds"),
    )
    return tx.execute(gone).rowcount
