"""The room of what a store owes shoppers to know: its terms, what it does with their data, how long it keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from portal.merchants.models import Merchant

LONGEST = 20_000
"""Characters of one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A store's texts, plain with paragraphs; `keep_days`: how long shoppers' data are kept (None: undecided)."""

    terms: str
    privacy: str
    keep_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What anyone may read of a store. `contact_phone` as E.164."""

    name: str
    contact_email: str
    contact_phone: str | None
    law: Law


def of(connection: Connection, merchant_id: int) -> Law:
    """Return the store's; raise NoResultFound where there is no such store."""
    columns = (Merchant.terms, Merchant.privacy, Merchant.keep_days)
    return Law(**connection.execute(select(*columns).where(Merchant.id == merchant_id)).mappings().one())


def change(tx: Connection, merchant_id: int, new: Law) -> None:
    """Write the store's."""
    tx.execute(
        update(Merchant)
        .where(Merchant.id == merchant_id)
        .values(terms=new.terms, privacy=new.privacy, keep_days=new.keep_days)
    )


def imprint(connection: Connection, public_id: str) -> Imprint | None:
    """Return what the store of that public id shows to anyone; None where there is none."""
    columns = (Merchant.id, Merchant.name, Merchant.contact_email, Merchant.contact_phone)
    row = connection.execute(select(*columns).where(Merchant.public_id == public_id)).first()
    if row is None:
        return None
    return Imprint(
        name=row.name,
        contact_email=row.contact_email,
        contact_phone=row.contact_phone,
        law=of(connection, row.id),
    )
