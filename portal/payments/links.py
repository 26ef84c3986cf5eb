"""The room of payment links: an address that anyone may pay at, until it is off, over or used up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from portal import db
from portal.clock import Clock
from portal.domain.money import XOF
from portal.merchants.models import Merchant
from portal.payments.models import PaymentLink
from portal.security import tokens
from portal.security.vault import Vault

PAGE = 25
LONGEST_NAME = 40
END_LENGTH = 6
"""Random characters (30 bits) that keep two links of one title apart; a link is public, not a secret."""

WhyNot = Literal["off", "expired", "used_up"]

_COLUMNS = tuple(PaymentLink.__table__.columns)


@dataclass(frozen=True, kw_only=True)
class NewLink:
    """What a store asks for. `amount` in whole units, None: the shopper types it.

    `max_uses` counts paid orders. `prefill`: the link's address may carry an amount and a reference.
    """

    merchant_id: int
    mode: str
    title: str
    description: str = ""
    amount: int | None = None
    currency: str = XOF
    expires_at: datetime | None = None
    max_uses: int | None = None
    prefill: bool = False


@dataclass(frozen=True)
class Links:
    """One page of a store's links, newest first; `following`: after which public id there is more."""

    rows: Sequence[RowMapping]
    following: str | None


def create(tx: Connection, clock: Clock, vault: Vault, new: NewLink) -> dict[str, Any]:
    """Write a new link that can be paid at once; return its columns."""
    link = {
        "public_id": tokens.public_id("link"),
        "slug": f"{name_of(new.title)}-{tokens.text(END_LENGTH)}",
        "merchant_id": new.merchant_id,
        "mode": new.mode,
        "title": new.title,
        "description": new.description,
        "amount": new.amount,
        "currency": new.currency,
        "prefill": new.prefill,
        "sealed_secret": vault.seal({"secret": tokens.capability()}),
        "enabled": True,
        "expires_at": new.expires_at,
        "max_uses": new.max_uses,
        "uses": 0,
    }
    made = insert(PaymentLink).values(**link, created_at=db.now(clock)).returning(*_COLUMNS)
    return dict(tx.execute(made).mappings().one())


def name_of(title: str) -> str:
    """Return the title as the readable half of an address: `Pagne « Dahomé » 6 m` → `pagne-dahome-6-m`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_NAME].strip("-") or "paiement"


def switch(tx: Connection, *, merchant_id: int, public_id: str, enabled: bool) -> bool:
    """Switch the store's link on or off; False where the store has no such link."""
    done = tx.execute(
        update(PaymentLink)
        .where(PaymentLink.merchant_id == merchant_id, PaymentLink.public_id == public_id)
        .values(enabled=enabled)
    )
    return done.rowcount == 1


def rotate_secret(tx: Connection, vault: Vault, *, merchant_id: int, public_id: str) -> str | None:
    """Give the store's link a new secret and return it; None where the store has no such link.

    What was signed with the one before is refused from now on.
    """
    secret = tokens.capability()
    done = tx.execute(
        update(PaymentLink)
        .where(PaymentLink.merchant_id == merchant_id, PaymentLink.public_id == public_id)
        .values(sealed_secret=vault.seal({"secret": secret}))
    )
    return secret if done.rowcount == 1 else None


def by_slug(connection: Connection, clock: Clock, slug: str) -> dict[str, Any] | None:
    """Return the link's columns with its store's (`merchant_…`) and the database's time (`now`), or None."""
    query = (
        select(
            *_COLUMNS,
            Merchant.public_id.label("store"),
            Merchant.name.label("merchant_name"),
            Merchant.contact_email.label("merchant_contact_email"),
            Merchant.contact_phone.label("merchant_contact_phone"),
            Merchant.live.label("merchant_live"),
            Merchant.sites.label("merchant_sites"),
            db.now(clock).label("now"),
        )
        .join(Merchant, Merchant.id == PaymentLink.merchant_id)
        .where(PaymentLink.slug == slug)
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def why_not_payable(link: Mapping[str, Any]) -> WhyNot | None:
    """Say why the link (a mapping with the database's `now`) takes no payment; None: it does."""
    if not link["enabled"]:
        return "off"
    if link["expires_at"] is not None and link["expires_at"] <= link["now"]:
        return "expired"
    if link["max_uses"] is not None and link["uses"] >= link["max_uses"]:
        return "used_up"
    return None


def one(connection: Connection, clock: Clock, *, merchant_id: int, public_id: str) -> RowMapping | None:
    """Return the store's link with the database's `now`; None where the store has no such link."""
    query = select(*_COLUMNS, db.now(clock).label("now")).where(
        PaymentLink.merchant_id == merchant_id, PaymentLink.public_id == public_id
    )
    return connection.execute(query).mappings().first()


def listed(
    connection: Connection, clock: Clock, *, merchant_id: int, mode: str, after: str | None = None
) -> Links:
    """Return a page of the store's links in that mode, those older than the link `after`."""
    query = select(*_COLUMNS, db.now(clock).label("now")).where(
        PaymentLink.merchant_id == merchant_id, PaymentLink.mode == mode
    )
    if after is not None:
        known = select(PaymentLink.id).where(
            PaymentLink.merchant_id == merchant_id, PaymentLink.public_id == after
        )
        query = query.where(PaymentLink.id < known.scalar_subquery())
    rows = connection.execute(query.order_by(PaymentLink.id.desc()).limit(PAGE + 1)).mappings().all()
    return Links(rows[:PAGE], rows[PAGE - 1]["public_id"] if len(rows) > PAGE else None)


def page(
    connection: Connection, *, merchant_id: int, mode: str, before: int | None, most: int
) -> Sequence[RowMapping]:
    """Return at most `most` of the store's links of that mode, newest first, older than the link `before` (its id)."""
    query = select(*_COLUMNS).where(PaymentLink.merchant_id == merchant_id, PaymentLink.mode == mode)
    if before is not None:
        query = query.where(PaymentLink.id < before)
    return connection.execute(query.order_by(PaymentLink.id.desc()).limit(most)).mappings().all()


def known(connection: Connection, *, merchant_id: int, mode: str, public_id: str) -> RowMapping | None:
    """Return the store's link of that mode; None where it has no such one."""
    query = select(*_COLUMNS).where(*_exactly(merchant_id, mode, public_id))
    return connection.execute(query).mappings().first()


def change(
    tx: Connection, *, merchant_id: int, mode: str, public_id: str, changes: Mapping[str, Any]
) -> RowMapping | None:
    """Change the store's link of that mode by attribute, and return it; None where it has no such one."""
    if not changes:
        return known(tx, merchant_id=merchant_id, mode=mode, public_id=public_id)
    changed = update(PaymentLink).where(*_exactly(merchant_id, mode, public_id)).values(**changes)
    return tx.execute(changed.returning(*_COLUMNS)).mappings().first()


def _exactly(merchant_id: int, mode: str, public_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        PaymentLink.merchant_id == merchant_id,
        PaymentLink.mode == mode,
        PaymentLink.public_id == public_id,
    )
