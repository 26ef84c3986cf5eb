"""The room of money's rows: orders, attempts, the journal that cannot be changed, and the inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Identity, Moment

OPTIONAL_JSON = JSON(none_as_null=True)
STATUS = String(20).with_variant(String(12), "sqlite")
"""Wide enough for every status. SQLite holds nobody to a length, and cannot change one that was declared."""


class PaymentLink(Base):
    """An address that anyone may pay at. `amount` None: the shopper types it. `uses` counts paid orders."""

    __tablename__ = "payment_links"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    title: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(255), default="")
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="XOF")
    prefill: Mapped[bool] = mapped_column(default=False)
    sealed_secret: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    max_uses: Mapped[int | None] = mapped_column()
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("links_of_merchant", "merchant_id", "mode", "id"),)


class Order(Base):
    """What a merchant wants paid. `token` is the right to pay it; `amount_paid` sums the journal's Paid facts."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(12))
    before_review: Mapped[str | None] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    amount_paid: Mapped[int] = mapped_column(BigInteger, default=0)
    amount_refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_late: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(10))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("payment_links.id"))
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Hash of what makes a repeated form the same order."""
    reference: Mapped[str] = mapped_column(String(100))
    reference_verified: Mapped[bool] = mapped_column(default=True)
    description: Mapped[str] = mapped_column(String(255), default="")
    customer: Mapped[dict[str, Any] | None] = mapped_column(OPTIONAL_JSON)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSON, default=dict)
    return_url: Mapped[str | None] = mapped_column(Text)
    cancel_url: Mapped[str | None] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    reviews: Mapped[int] = mapped_column(default=0)
    refunds: Mapped[int] = mapped_column(default=0)
    receipt_code: Mapped[str] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    paid_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        CheckConstraint("amount > 0", name="order_amount_positive"),
        Index("orders_of_merchant", "merchant_id", "mode", "id"),
        Index("orders_by_status", "merchant_id", "mode", "status", "id"),
        Index("orders_by_reference", "merchant_id", "mode", "reference"),
        Index(
            "orders_to_expire",
            "expires_at",
            sqlite_where=text("status IN ('open', 'processing')"),
            postgresql_where=text("status IN ('open', 'processing')"),
        ),
    )


LIVE_SQL = "status IN ('starting', 'waiting', 'unknown')"


class Attempt(Base):
    """One try with one operator. `reference` is what we told it; `token` brings the browser back.

    `confirmed`: an authentic final word is recorded. `continuation`: the hosted page to hand out.
    `guard_until`: when a hosted page may no longer be open (None: only a final word ends it).
    `handle`: the operator's own name for the payment. `phone` and `rail`: the wallet asked, then the one that paid.
    `due_at`: when the operator is asked next, or, where it cannot be, when a person must be. `empty` counts its
    answers in a row that knew nothing, since `empty_since`; `last_word` is what a person may read of the last answer.
    """

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("operator_accounts.id"))
    operator: Mapped[str] = mapped_column(String(30))
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(12))
    confirmed: Mapped[bool] = mapped_column(default=False)
    failure_code: Mapped[str | None] = mapped_column(String(40))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    fee: Mapped[int | None] = mapped_column(BigInteger)
    operator_reference: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(30))
    rail: Mapped[str | None] = mapped_column(String(40))
    handle: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    continuation: Mapped[dict[str, Any] | None] = mapped_column(OPTIONAL_JSON)
    handed_out_at: Mapped[datetime | None] = mapped_column(Moment)
    guard_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    empty: Mapped[int] = mapped_column(default=0)
    empty_since: Mapped[datetime | None] = mapped_column(Moment)
    last_word: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "attempts_to_ask",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("attempts_by_handle", "account_id", "handle"),
        Index("attempts_of_operator", "operator", "created_at"),
        Index(
            "one_live_attempt_per_order",
            "order_id",
            unique=True,
            sqlite_where=text(LIVE_SQL),
            postgresql_where=text(LIVE_SQL),
        ),
        Index(
            "attempts_to_watch",
            "guard_until",
            sqlite_where=text(LIVE_SQL),
            postgresql_where=text(LIVE_SQL),
        ),
    )


class JournalLine(Base):
    """One money fact, for ever: the database itself refuses to change or remove it."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("operator_accounts.id"))
    fact: Mapped[str] = mapped_column(String(30))
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[str | None] = mapped_column(String(80))
    before: Mapped[str | None] = mapped_column(STATUS)
    after: Mapped[str | None] = mapped_column(STATUS)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    payment_reference: Mapped[str | None] = mapped_column(String(100))
    fee: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "one_payment_per_operator_reference",
            "account_id",
            "payment_reference",
            unique=True,
            sqlite_where=text("fact = 'paid'"),
            postgresql_where=text("fact = 'paid'"),
        ),
    )


class ReviewItem(Base):
    """Facts that a person must decide about."""

    __tablename__ = "review_items"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    reason: Mapped[str] = mapped_column(String(30))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    decision: Mapped[str | None] = mapped_column(String(20))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    evidence: Mapped[str | None] = mapped_column(Text)
    """What the person who decided had seen."""

    __table_args__ = (
        Index(
            "reviews_to_decide",
            "order_id",
            sqlite_where=text("decision IS NULL"),
            postgresql_where=text("decision IS NULL"),
        ),
    )


class Visit(Base):
    """A browser that came back from an operator: evidence, never a fact about money."""

    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    way: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)


class Notification(Base):
    """The inbox: every notification raw, with what became of it; a deferred one waits here for the worker."""

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    operator: Mapped[str] = mapped_column(String(30))
    called: Mapped[str] = mapped_column(String(80))
    """The account's public id, as it stood in the address."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("operator_accounts.id"), index=True)
    method: Mapped[str] = mapped_column(String(10))
    url: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str] = mapped_column(String(45))
    received_at: Mapped[datetime] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(200))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "notifications_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )


class RefusedCalls(Base):
    """How many refused calls of one address in one hour were counted but no longer kept."""

    __tablename__ = "refused_calls"

    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    calls: Mapped[int] = mapped_column()
