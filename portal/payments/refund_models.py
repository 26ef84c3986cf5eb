"""The room of a refund's row: money on its way back, from the merchant's wish to the operator's last word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Identity, Moment


class Refund(Base):
    """Money on its way back to the wallet that paid an attempt. `amount` is what the customer receives.

    `reference` is what we told the operator, `handle` what it calls it; `secret_digest`: of the secret in the address
    where its word is awaited. `answered`: the operator's reply to our call is recorded. `review_id`: the review item
    that this refund is to settle. `due_at`: when it is sent, or asked about, next. `merchant_id` and `mode` are the
    order's, kept here so that a store's refunds are read by an index of their own.
    """

    __tablename__ = "refunds"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("operator_accounts.id"))
    operator: Mapped[str] = mapped_column(String(30))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("review_items.id"))
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Hash of what makes a repeated form the same refund."""
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    secret_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    handle: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    answered: Mapped[bool] = mapped_column(default=False)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    fee: Mapped[int | None] = mapped_column(BigInteger)
    phone: Mapped[str | None] = mapped_column(String(30))
    rail: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(255), default="")
    requested_by: Mapped[str] = mapped_column(String(80))
    operator_reference: Mapped[str | None] = mapped_column(String(100))
    failure_code: Mapped[str | None] = mapped_column(String(40))
    evidence: Mapped[str | None] = mapped_column(Text)
    last_word: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("amount > 0", name="refund_amount_positive"),
        Index("refunds_of_merchant", "merchant_id", "mode", "id"),
        Index("refunds_by_status", "merchant_id", "mode", "status", "id"),
        Index(
            "refunds_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )
