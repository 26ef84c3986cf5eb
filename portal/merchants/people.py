"""The room of people who log in: their passwords as slow hashes, and whom a session stands for."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, select, update

from config import Environment, Settings
from portal.merchants.models import Membership, Merchant, User

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FEWEST_CHARACTERS = 5
"""Different characters in a password: fewer are guessed at once."""

_TRIED_FIRST = (
    "1234567890",
    "0123456789",
    "0987654321",
    "azertyuiop",
    "qwertyuiop",
    "motdepasse",
    "password12",
)


@dataclass(frozen=True, slots=True)
class Store:
    """The store that a person works in, as what (`role`); `live`: it may take real money."""

    id: int
    public_id: str
    name: str
    live: bool
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is logged in; `store` None: no store is theirs."""

    id: int
    email: str
    language: str
    session_version: int
    store: Store | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom an e-mail address claims to be; `password_hash` is checked before anything is believed."""

    user_id: int
    session_version: int
    password_hash: str


def address(text: str) -> str:
    """Return an e-mail address as it is kept and compared: in lower case, without space around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def hash_password(settings: Settings, text: str) -> str:
    """Return the password as it is kept."""
    return _hasher(settings.environment).hash(_normal(text))


def verify(settings: Settings, kept: str | None, text: str) -> bool:
    """Say whether the password is the one that was kept.

    Where there is none (nobody has that address) it takes as long, so that time does not tell.
    """
    hasher = _hasher(settings.environment)
    try:
        hasher.verify(kept or _nobody(settings.environment), _normal(text))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_weak(password: str, email: str) -> bool:
    """Say whether a password of sufficient length would still be guessed at once."""
    plain = _normal(password).lower()
    return len(set(plain)) < FEWEST_CHARACTERS or plain in {email, email.partition("@")[0], *_TRIED_FIRST}


def claim(connection: Connection, email: str) -> Claim | None:
    """Return whom the address (as from `address`) claims to be."""
    query = select(User.id, User.session_version, User.password_hash).where(User.email == email)
    row = connection.execute(query).first()
    return Claim(row.id, row.session_version, row.password_hash) if row else None


def in_session(connection: Connection, user_id: int, session_version: int) -> Person | None:
    """Return the person of a session with their first store; None where that session was ended."""
    row = connection.execute(
        select(
            User.email,
            User.language,
            Merchant.id,
            Merchant.public_id,
            Merchant.name,
            Merchant.live,
            Membership.role,
        )
        .select_from(User)
        .outerjoin(Membership, Membership.user_id == User.id)
        .outerjoin(Merchant, Merchant.id == Membership.merchant_id)
        .where(User.id == user_id, User.session_version == session_version)
        .order_by(Merchant.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    store = Store(row.id, row.public_id, row.name, row.live, row.role) if row.id is not None else None
    return Person(user_id, row.email, row.language, session_version, store)


def end_sessions(tx: Connection, user_id: int) -> None:
    """End every session of this person, wherever it is open."""
    tx.execute(update(User).where(User.id == user_id).values(session_version=User.session_version + 1))


@cache
def _hasher(environment: Environment) -> PasswordHasher:
    if environment is Environment.TEST:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()


@cache
def _nobody(environment: Environment) -> str:
    return _hasher(environment).hash("the password of nobody")


def _normal(text: str) -> str:
    """Return one spelling of the same typed characters, whichever keyboard composed them."""
    return unicodedata.normalize("NFKC", text)
