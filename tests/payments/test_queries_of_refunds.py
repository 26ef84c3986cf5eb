"""Looking at money on its way back: page by page, one store's, one mode's, and what is left of an order."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from portal import db
from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments import queries, refund_queries, refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.paging import PAGE, Listed
from portal.web.services import services
from tests.counting import counting
from tests.factories import AMerchant, a_merchant, an_account, an_attempt, an_order


@pytest.fixture
def merchant(app: Flask) -> Iterator[AMerchant]:
    with app.app_context():
        yield a_merchant()


def a_paid_order(merchant: AMerchant, *, mode: str = "test", amount: int = 500) -> SimpleNamespace:
    order = an_order(merchant, mode=mode, amount=amount)
    account = an_account(merchant, mode=mode)
    an_attempt(order, account, then=[Accepted(), Paid(Money(amount), f"P-{order.id}")])
    return order


def a_refund(order: SimpleNamespace, amount: int = 1) -> dict[str, Any]:
    new = NewRefund(amount=amount)
    with db.writing() as tx:
        return refunds.request(
            tx, services().clock, services().directory, order.id, new, source=Source("person", "akofa")
        )


def listed(merchant: AMerchant, *, mode: str = "test", **wanted: Any) -> Listed:
    with db.reading() as connection:
        return refund_queries.refunds(connection, merchant_id=merchant.id, mode=mode, **wanted)


def names(found: Listed) -> list[str]:
    return [row["public_id"] for row in found.rows]


def test_pages_are_read_there_and_back_without_a_gap(merchant: AMerchant) -> None:
    order = a_paid_order(merchant)
    made = [a_refund(order)["public_id"] for _ in range(PAGE + 3)][::-1]
    first = listed(merchant)
    second = listed(merchant, older_than=first.older)
    assert names(first) + names(second) == made
    assert (first.newer, second.older) == (None, None)
    assert names(listed(merchant, newer_than=second.newer)) == names(first)


def test_a_page_is_one_statement_that_counts_nothing(merchant: AMerchant) -> None:
    refund = a_refund(a_paid_order(merchant))
    with counting(db.db.engine) as seen:
        listed(merchant, older_than=refund["public_id"], status=RefundStatus.BY_HAND)
    assert seen.statements == 1
    assert "count(" not in seen.texts[0].lower()


def test_a_store_sees_its_own_refunds_of_one_mode(merchant: AMerchant) -> None:
    foreign = a_refund(a_paid_order(a_merchant(name="Ailleurs")))
    test, live = a_refund(a_paid_order(merchant)), a_refund(a_paid_order(merchant, mode="live"))
    assert names(listed(merchant)) == [test["public_id"]]
    assert names(listed(merchant, mode="live")) == [live["public_id"]]
    assert names(listed(merchant, newer_than=foreign["public_id"])) == []


def test_a_status_narrows(merchant: AMerchant) -> None:
    refund = a_refund(a_paid_order(merchant))
    assert names(listed(merchant, status=RefundStatus.BY_HAND)) == [refund["public_id"]]
    assert names(listed(merchant, status=RefundStatus.SUCCEEDED)) == []


def test_a_row_names_its_order(merchant: AMerchant) -> None:
    order = a_paid_order(merchant)
    a_refund(order, 200)
    [row] = listed(merchant).rows
    assert (row["order_public_id"], row["order_reference"]) == (order.public_id, order.reference)
    assert (row["amount"], row["status"]) == (200, "by_hand")


def test_one_refund_is_found_by_its_own_store_alone(merchant: AMerchant) -> None:
    refund = a_refund(a_paid_order(merchant))
    other = a_merchant(name="Ailleurs")
    with db.reading() as connection:
        wanted = {"public_id": refund["public_id"]}
        found = refund_queries.refund(connection, merchant_id=merchant.id, **wanted)
        assert found is not None
        assert found["id"] == refund["id"]
        assert refund_queries.refund(connection, merchant_id=other.id, **wanted) is None


def test_the_detail_of_an_order_says_what_went_back_and_what_is_left(merchant: AMerchant) -> None:
    order = a_paid_order(merchant)
    refund = a_refund(order, 200)
    with db.reading() as connection:
        detail = queries.detail(connection, merchant_id=merchant.id, public_id=order.public_id)
    assert detail is not None
    assert [row["public_id"] for row in detail.refunds] == [refund["public_id"]]
    assert dict(detail.left) == {detail.attempts[0]["id"]: Money(300)}
    assert detail.journal[-1]["refund_id"] == refund["id"]


def test_of_an_order_that_nobody_paid_nothing_is_left(merchant: AMerchant) -> None:
    order = an_order(merchant)
    with db.reading() as connection:
        detail = queries.detail(connection, merchant_id=merchant.id, public_id=order.public_id)
    assert detail is not None
    assert (detail.refunds, detail.left) == ([], {})
