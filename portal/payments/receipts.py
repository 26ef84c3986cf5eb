"""The room of receipts: what anyone may check about a paid order, by an unguessable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from portal.merchants.models import Merchant
from portal.payments.models import Order


def by_code(connection: Connection, code: str) -> Mapping[Any, Any] | None:
    """Return merchant, amounts, date and present state of an order that received money; no name and no phone."""
    query = (
        select(
            Merchant.public_id.label("store"), Merchant.name.label("merchant_name"), Order.mode, Order.status,
            Order.amount, Order.currency,
            Order.amount_paid, Order.amount_refunded, Order.paid_at, Order.reference, Order.receipt_code,
        )
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(Order.receipt_code == code, Order.amount_paid > 0)
    )  # fmt: skip
    return connection.execute(query).mappings().first()
