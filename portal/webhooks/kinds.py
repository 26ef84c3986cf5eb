"""The room of names: what a shop can be told, in which form, and where an endpoint or a delivery stands."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What happened; stable, and new ones may come."""

    ORDER_PROCESSING = "order.processing"
    ORDER_PAID = "order.paid"
    ORDER_PAYMENT_FAILED = "order.payment_failed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_REVIEW = "order.review"
    ORDER_CLOSED = "order.closed"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    PING = "ping"


class Format(StrEnum):
    """How an event is put: by Standard Webhooks, or in the fourteen fields of TMoney's callback."""

    STANDARD = "standard"
    PARTNER_CALLBACK = "partner_callback"


class EndpointState(StrEnum):
    """Whether an endpoint is told: `paused` by us after days of failing, `gone` by its own word (410)."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    PAUSED = "paused"
    GONE = "gone"


class DeliveryStatus(StrEnum):
    """Where a delivery stands; `failed`: no more tries by itself."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
