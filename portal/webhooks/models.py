"""The room of what a shop is told: events, the endpoints that wait for them, and every try to deliver one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    FetchedValue,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Identity, Moment

OPTIONAL_JSON = JSON(none_as_null=True)


class Event(Base):
    """The outbox: what the shop is to learn, committed with its cause. `payload` is the order as it then stood.

    `turn` and `id` are the one total order of events. On PostgreSQL `turn` is the transaction's id (a default of the
    table), so that a reader who stops below the oldest transaction in flight never skips one; on SQLite, where writers
    take turns, it stays 0. `fanned_out`: every endpoint that wants the event has its delivery.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    type: Mapped[str] = mapped_column(String(30))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    turn: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())
    fanned_out: Mapped[bool] = mapped_column(server_default=FetchedValue())

    __table_args__ = (
        Index("events_of_merchant", "merchant_id", "mode", "turn", "id"),
        Index(
            "events_to_fan_out",
            "id",
            sqlite_where=text("NOT fanned_out"),
            postgresql_where=text("NOT fanned_out"),
        ),
    )


class Endpoint(Base):
    """Where a shop wants to be told, in one mode. `types` None: of everything.

    `state`: `enabled`, `disabled` (by its people), `paused` (by us, after it failed for days; tried again at
    `probe_at`) or `gone` (it answered 410). `failing_since`: its first failure since it last took anything.
    Until `old_secret_until` deliveries bear a second signature, by the secret before.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(255), default="")
    types: Mapped[list[str] | None] = mapped_column(OPTIONAL_JSON)
    format: Mapped[str] = mapped_column(String(20))
    sealed_secret: Mapped[str] = mapped_column(Text)
    sealed_old_secret: Mapped[str | None] = mapped_column(Text)
    old_secret_until: Mapped[datetime | None] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(12))
    state_at: Mapped[datetime] = mapped_column(Moment)
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    probe_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (Index("endpoints_of_merchant", "merchant_id", "mode", "id"),)


class Delivery(Base):
    """One event on its way to one endpoint. `status`: `pending`, `delivered` or `failed` (no more tries by itself).

    `due_at`: when it is tried next; None where it is not. `tries` counts those of the present round: a delivery that a
    person sends again begins a new one.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    merchant_id: Mapped[int] = mapped_column(ForeignKey("merchants.id"))
    mode: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id", name="one_delivery_per_event_and_endpoint"),
        Index("deliveries_of_merchant", "merchant_id", "mode", "id"),
        Index("deliveries_of_endpoint", "endpoint_id", "id"),
        Index(
            "deliveries_due",
            "endpoint_id",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "deliveries_under_way",
            "endpoint_id",
            "lease_until",
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
    )


class DeliveryAttempt(Base):
    """One try: the HTTP status (None: no answer, and `error` says why), how long it took, what was answered.

    `answer` holds the first 2 KB as they came: a shop may answer any bytes.
    """

    __tablename__ = "webhook_attempts"

    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_deliveries.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    status: Mapped[int | None] = mapped_column()
    error: Mapped[str | None] = mapped_column(String(200))
    milliseconds: Mapped[int] = mapped_column()
    answer: Mapped[bytes] = mapped_column(LargeBinary)
