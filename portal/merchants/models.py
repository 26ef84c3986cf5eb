"""The room of those who sell: stores, their people, their operator accounts and their API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Identity, Moment


class Merchant(Base):
    """One store. `return_hosts`: hosts to which a shopper may be sent back.

    `terms` and `privacy`: what it tells shoppers. `keep_days`: for how long shoppers' data are kept beside their
    payments (None: until someone decides); those of orders up to the id `forgotten_to` are gone.
    `sites`: origins that may open the checkout in a window of its own and are told of the end.
    """

    __tablename__ = "merchants"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    return_hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    sites: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    live: Mapped[bool] = mapped_column(default=False)
    terms: Mapped[str] = mapped_column(Text, default="")
    privacy: Mapped[str] = mapped_column(Text, default="")
    keep_days: Mapped[int | None] = mapped_column()
    forgotten_to: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)


class User(Base):
    """A person who logs in. `session_version` grows to end every session at once."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2), default="fr")
    session_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Membership(Base):
    """Which person works in which store, as what."""

    __tablename__ = "memberships"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))


class OperatorAccount(Base):
    """A store's account with one operator in one mode; `networks`: addresses its notifications may come from.

    `counter` only grows: the numbers that an operator must never see twice.
    """

    __tablename__ = "operator_accounts"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    operator: Mapped[str] = mapped_column(String(30))
    mode: Mapped[str] = mapped_column(String(4))
    sealed_credentials: Mapped[str] = mapped_column(Text)
    networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    counter: Mapped[int] = mapped_column(BigInteger, default=0)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        Index(
            "one_enabled_account_per_operator",
            "merchant_id",
            "mode",
            "operator",
            unique=True,
            sqlite_where=text("enabled"),
            postgresql_where=text("enabled"),
        ),
    )


class ApiKey(Base):
    """A key with which a shop's program calls us; only its hash is kept. `expires_at`: when it ends by itself."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"), index=True)
    mode: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))
    hint: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class IdempotencyRecord(Base):
    """The first answer to an API call that carried an `Idempotency-Key`, kept to be given again byte for byte.

    `sealed`: the body holds a secret, so it is kept sealed, and for a day only.
    """

    __tablename__ = "idempotency_records"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(255))
    body_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column()
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (
        UniqueConstraint("merchant_id", "mode", "method", "path", "key", name="one_answer_per_key"),
    )
