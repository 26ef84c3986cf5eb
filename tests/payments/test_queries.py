"""Looking at orders: every page costs the same, every filter narrows, and nobody sees another store's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from portal import db
from portal.domain.events import Accepted, Failed, Paid
from portal.domain.money import Money
from portal.domain.states import OrderStatus
from portal.payments import queries, visits
from portal.payments.paging import PAGE, Listed
from portal.payments.queries import Filters
from portal.web.services import services
from tests.counting import counting
from tests.factories import AMerchant, a_merchant, an_account, an_attempt, an_order


@pytest.fixture
def merchant(app: Flask) -> Iterator[AMerchant]:
    with app.app_context():
        yield a_merchant()


def orders(merchant: AMerchant, *, mode: str = "test", **wanted: Any) -> Listed:
    cursors = {name: wanted.pop(name) for name in ("older_than", "newer_than") if name in wanted}
    with db.reading() as connection:
        return queries.orders(
            connection, merchant_id=merchant.id, mode=mode, filters=Filters(**wanted), **cursors
        )


def references(merchant: AMerchant, **wanted: Any) -> list[str]:
    return [row["reference"] for row in orders(merchant, **wanted).rows]


def test_pages_are_read_there_and_back_without_a_gap(merchant: AMerchant) -> None:
    made = [an_order(merchant, reference=f"CMD-{number:03}").reference for number in range(2 * PAGE + 3)][
        ::-1
    ]
    first = orders(merchant)
    second = orders(merchant, older_than=first.older)
    third = orders(merchant, older_than=second.older)
    assert [row["reference"] for page in (first, second, third) for row in page.rows] == made
    assert (first.newer, third.older) == (None, None)
    back = orders(merchant, newer_than=third.newer)
    assert back.rows == second.rows
    assert orders(merchant, newer_than=back.newer).rows == first.rows
    assert orders(merchant, newer_than=back.newer).newer is None


def test_a_full_last_page_has_nothing_after_it(merchant: AMerchant) -> None:
    for _ in range(PAGE):
        an_order(merchant)
    page = orders(merchant)
    assert (len(page.rows), page.newer, page.older) == (PAGE, None, None)


def test_a_page_is_one_statement_that_counts_nothing(merchant: AMerchant) -> None:
    order = an_order(merchant)
    with counting(db.db.engine) as seen:
        orders(merchant, older_than=order.public_id, status=OrderStatus.OPEN)
    assert seen.statements == 1
    assert "count(" not in seen.texts[0].lower()


def test_a_store_sees_its_own_orders_of_one_mode(merchant: AMerchant) -> None:
    other = a_merchant(name="Ailleurs")
    foreign = an_order(other, reference="AILLEURS")
    an_order(merchant, reference="VRAI", mode="live")
    an_order(merchant, reference="ESSAI")
    assert references(merchant) == ["ESSAI"]
    assert references(merchant, mode="live") == ["VRAI"]
    for text in (foreign.public_id, foreign.receipt_code, "AILLEURS"):
        assert references(merchant, anything=text) == []
    assert references(merchant, newer_than=foreign.public_id) == []


def test_filters_narrow_alone_and_together(merchant: AMerchant) -> None:
    account = an_account(merchant)
    paid, failed = an_order(merchant, reference="A"), an_order(merchant, reference="B")
    an_order(merchant, reference="B")
    an_attempt(paid, account, then=[Paid(Money(500), "P-1")])
    an_attempt(failed, account, then=[Accepted(), Failed()])
    assert references(merchant, status=OrderStatus.PAID) == ["A"]
    assert references(merchant, status=OrderStatus.OPEN) == ["B", "B"]
    assert references(merchant, operator="tmoney-online") == ["B", "A"]
    assert references(merchant, operator="flooz") == []
    assert references(merchant, reference="B") == ["B", "B"]
    assert references(merchant, reference="b") == []
    assert references(merchant, reference="B", operator="tmoney-online", status=OrderStatus.OPEN) == ["B"]


def test_a_period_holds_its_first_moment_and_not_its_last(merchant: AMerchant) -> None:
    made = an_order(merchant).created_at
    second = timedelta(seconds=1)
    assert references(merchant, since=made) == ["CMD-1001"]
    assert references(merchant, since=made + second) == []
    assert references(merchant, until=made) == []
    assert references(merchant, until=made + second) == ["CMD-1001"]


def names_of(order: SimpleNamespace, attempt: SimpleNamespace) -> list[str]:
    return [order.public_id, order.receipt_code, attempt.public_id, attempt.reference, "PAY-42"]


def test_an_order_is_found_by_every_name_that_people_read_out(merchant: AMerchant) -> None:
    account = an_account(merchant)
    order = an_order(merchant, reference="LE BON")
    attempt = an_attempt(order, account, then=[Paid(Money(500), "PAY-42")])
    an_attempt(an_order(merchant, reference="UN AUTRE"), account, then=[Paid(Money(500), "PAY-43")])
    for name in names_of(order, attempt):
        assert references(merchant, anything=name) == ["LE BON"], name
    assert references(merchant, anything="PAY") == []


def test_the_operators_reference_of_another_store_finds_nothing(merchant: AMerchant) -> None:
    other = a_merchant(name="Ailleurs")
    an_attempt(an_order(other), an_account(other), then=[Paid(Money(500), "PAY-42")])
    assert references(merchant, anything="PAY-42") == []


def test_a_row_names_the_last_operator_and_what_waits_for_a_person(merchant: AMerchant) -> None:
    account = an_account(merchant)
    an_order(merchant, reference="NEUVE")
    twice = an_order(merchant, reference="DEUX FOIS")
    an_attempt(twice, account, then=[Paid(Money(500), "P-1"), Paid(Money(500), "P-2")])
    rows = {row["reference"]: row for row in orders(merchant).rows}
    assert (rows["NEUVE"]["operator"], bool(rows["NEUVE"]["to_review"])) == (None, False)
    assert (rows["DEUX FOIS"]["operator"], bool(rows["DEUX FOIS"]["to_review"])) == ("tmoney-online", True)
    assert rows["DEUX FOIS"]["amount_paid"] == 1000


def test_the_detail_holds_all_that_is_known_of_one_order(merchant: AMerchant) -> None:
    account = an_account(merchant)
    order = an_order(merchant, metadata={"panier": "A7"})
    attempt = an_attempt(order, account, then=[Accepted(), Paid(Money(400), "P-1")])
    an_attempt(an_order(merchant), account, then=[Accepted()])
    with db.writing() as tx:
        visits.record(tx, services().clock, attempt.token, "accept")
    with db.reading() as connection:
        detail = queries.detail(connection, merchant_id=merchant.id, public_id=order.public_id)
    assert detail is not None
    assert (detail.order["public_id"], detail.order["details"]) == (order.public_id, {"panier": "A7"})
    assert [row["public_id"] for row in detail.attempts] == [attempt.public_id]
    assert [row["fact"] for row in detail.journal] == ["started", "accepted", "paid"]
    assert [row["way"] for row in detail.visits] == ["accept"]
    assert [row["reason"] for row in detail.reviews] == ["amount_mismatch"]
    assert detail.notifications == []


def test_the_detail_of_another_stores_order_is_none(merchant: AMerchant) -> None:
    order = an_order(a_merchant(name="Ailleurs"))
    with db.reading() as connection:
        assert queries.detail(connection, merchant_id=merchant.id, public_id=order.public_id) is None
