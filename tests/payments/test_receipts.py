"""What anyone may check about an order that received money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import db
from portal.payments import receipts
from tests.machines.stage import Stage


def by_code(stage: Stage, code: str) -> Mapping[Any, Any] | None:
    with stage.app.app_context(), db.reading() as connection:
        return receipts.by_code(connection, code)


def test_a_receipt_holds_no_name_and_no_phone(stage: Stage) -> None:
    order = stage.order(customer={"name": "Ama KOFFI", "phone": "+22890112233"})
    stage.notifies(stage.starts(order)["reference"])
    receipt = by_code(stage, order.receipt_code)
    assert receipt is not None
    assert set(receipt) == {
        "store", "merchant_name", "mode", "status", "amount", "currency", "amount_paid", "amount_refunded",
        "paid_at", "reference", "receipt_code",
    }  # fmt: skip
    assert receipt["store"] == stage.merchant.public_id
    assert (receipt["merchant_name"], receipt["amount_paid"], receipt["status"]) == (
        "Boutique Akofa",
        500,
        "paid",
    )


def test_money_that_awaits_a_decision_has_a_receipt_too(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], amount="200")
    receipt = by_code(stage, order.receipt_code)
    assert receipt is not None
    assert (receipt["amount"], receipt["amount_paid"], receipt["paid_at"]) == (500, 200, None)


def test_without_money_there_is_no_receipt(stage: Stage) -> None:
    order = stage.order()
    assert by_code(stage, order.receipt_code) is None
    stage.notifies(stage.starts(order)["reference"], status="NOK", error="CANCEL")
    assert by_code(stage, order.receipt_code) is None
    assert by_code(stage, "nobodys") is None
