"""The room of stores as their shops' programs and post know them: a name for callbacks, an address for bad news."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal import db
from portal.merchants.models import Membership, Merchant, User

USUAL = "fr"


@dataclass(frozen=True)
class Known:
    """A store: its public id and name, where it is written to, and the language in which."""

    public_id: str
    name: str
    email: str
    language: str


def known(merchant_id: int) -> Known:
    """Return what is known of the store."""
    query = (
        select(Merchant.public_id, Merchant.name, Merchant.contact_email, User.language)
        .outerjoin(Membership, Membership.merchant_id == Merchant.id)
        .outerjoin(User, User.id == Membership.user_id)
        .where(Merchant.id == merchant_id)
        .order_by(Membership.role != "owner", User.id)
    )
    with db.reading() as connection:
        row = connection.execute(query).first()
    assert row is not None, merchant_id  # noqa: S101 - whoever asks holds a row of that store
    return Known(row.public_id, row.name, row.contact_email, row.language or USUAL)
