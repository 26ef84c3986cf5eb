"""The room where a store begins: its first person, and a test account with every operator from the start."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from portal import db
from portal.clock import Clock
from portal.domain.provider import Credential, Mode
from portal.merchants import accounts
from portal.merchants.accounts import Directory
from portal.merchants.models import Membership, Merchant, User
from portal.security import tokens

OWNER = "owner"


class KnownEmail(Exception):
    """Somebody already logs in with that address. The asker must not learn it."""


@dataclass(frozen=True, slots=True)
class NewMerchant:
    """The store that was just made, and the person who owns it."""

    id: int
    public_id: str
    user_id: int


def sign_up(
    tx: Connection,
    clock: Clock,
    directory: Directory,
    *,
    store: str,
    email: str,
    password_hash: str,
    phone: str | None = None,
    language: str = "fr",
) -> NewMerchant:
    """Make a store that can be paid in test mode, and its owner; raise KnownEmail.

    `email` as from `people.address`, `phone` as E.164.
    """
    if tx.scalar(select(User.id).where(User.email == email)) is not None:
        raise KnownEmail
    public_id = tokens.public_id("mer")
    merchant_id: int = tx.execute(
        insert(Merchant)
        .values(
            public_id=public_id,
            name=store,
            contact_email=email,
            contact_phone=phone,
            return_hosts=[],
            sites=[],
            live=False,
            created_at=db.now(clock),
        )
        .returning(Merchant.id)
    ).scalar_one()
    user_id: int = tx.execute(
        insert(User)
        .values(
            email=email,
            password_hash=password_hash,
            language=language,
            session_version=1,
            created_at=db.now(clock),
        )
        .returning(User.id)
    ).scalar_one()
    tx.execute(insert(Membership).values(user_id=user_id, merchant_id=merchant_id, role=OWNER))
    connect_test_accounts(tx, clock, directory, merchant_id)
    return NewMerchant(merchant_id, public_id, user_id)


def connect_test_accounts(tx: Connection, clock: Clock, directory: Directory, merchant_id: int) -> None:
    """Connect the store in test mode to every operator whose credentials can be made up."""
    for slug, provider in directory.providers.items():
        credentials = made_up(provider.credentials, _twin(directory, slug))
        if credentials is not None:
            accounts.connect(
                tx,
                clock,
                directory.vault,
                merchant_id=merchant_id,
                operator=slug,
                mode=Mode.TEST,
                credentials=credentials,
            )


def made_up(fields: Sequence[Credential], twin: str = "") -> Mapping[str, str] | None:
    """Return random credentials as the provider declares them; None where it leaves one to be given.

    `twin`: where the operator's twin answers, empty where there is none.
    """
    if not all(field.test and (twin or not field.hosts) for field in fields):
        return None
    return {
        field.name: (twin if field.hosts else "") + "".join(map(_character, field.test)) for field in fields
    }


def _twin(directory: Directory, slug: str) -> str:
    sandbox = directory.settings.sandbox_url
    return f"{sandbox}/{slug}" if sandbox else ""


def _character(mark: str) -> str:
    match mark:
        case "#":
            return secrets.choice(string.digits)
        case "*":
            return secrets.choice(string.ascii_letters + string.digits)
        case _:
            return mark
