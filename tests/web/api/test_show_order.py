from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.events import Accepted, Failed, FailureCode, Paid
from portal.domain.money import Money
from tests.factories import AMerchant, AnApiKey, a_merchant, an_account, an_api_key, an_attempt, an_order

Get = Callable[[str], TestResponse]


@pytest.fixture
def get(client: FlaskClient, key: AnApiKey) -> Get:
    return lambda order_id: client.get(f"/api/v1/orders/{order_id}", headers=key.headers)


def test_a_paid_order_shows_who_paid_what(app: Flask, get: Get, merchant: AMerchant) -> None:
    with app.app_context():
        account, order = an_account(merchant), an_order(merchant, amount=500)
        refused = an_attempt(order, account, then=[Accepted(), Failed(FailureCode.INSUFFICIENT_FUNDS)])
        paid = Paid(Money(500), "T-1", fee=5, payer="+22890112233")
        an_attempt(order, account, then=[Accepted(), paid])
    seen = get(order.public_id).get_json()
    assert (seen["status"], seen["finished"], seen["money_moved"]) == ("paid", True, "yes")
    assert (seen["amount_paid"], seen["amount_refunded"], seen["paid_late"]) == (500, 0, False)
    assert seen["paid_at"]
    first, second = seen["attempts"]
    assert (first["id"], first["status"], first["failure_code"]) == (
        refused.public_id,
        "failed",
        "insufficient_funds",
    )
    assert second == {
        "id": second["id"],
        "operator": "tmoney-online",
        "status": "paid",
        "operator_reference": "T-1",
        "amount": 500,
        "fee": 5,
        "phone": "+228 90••••33",
        "created_at": second["created_at"],
        "failure_code": None,
    }


def test_an_order_under_review_shows_why(app: Flask, get: Get, merchant: AMerchant) -> None:
    with app.app_context():
        account, order = an_account(merchant), an_order(merchant, amount=500)
        an_attempt(order, account, then=[Accepted(), Paid(Money(400), "T-1")])
    seen = get(order.public_id).get_json()
    assert (seen["status"], seen["finished"], seen["amount_paid"]) == ("review", False, 400)
    assert [(item["reason"], item["decision"]) for item in seen["review"]] == [("amount_mismatch", None)]


def test_while_nobody_knows_it_says_so(app: Flask, get: Get, merchant: AMerchant) -> None:
    with app.app_context():
        account, order = an_account(merchant), an_order(merchant)
        an_attempt(order, account)
    seen = get(order.public_id).get_json()
    assert (seen["status"], seen["finished"], seen["money_moved"]) == ("processing", False, "unknown")


def test_the_checkout_is_at_the_portals_own_address(app: Flask, get: Get, merchant: AMerchant) -> None:
    with app.app_context():
        order = an_order(merchant)
    assert get(order.public_id).get_json()["checkout_url"] == f"http://localhost/pay/{order.token}"


def not_found(answer: TestResponse) -> dict[str, Any]:
    problem: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert problem["code"] == "not_found"
    return problem


def test_another_stores_order_is_not_there(app: Flask, get: Get) -> None:
    with app.app_context():
        order = an_order(a_merchant(name="Ailleurs"))
    assert not_found(get(order.public_id)) == not_found(get("ord_23456789abcdefghijkm"))


@pytest.mark.parametrize(("of_key", "of_order"), [("test", "live"), ("live", "test")])
def test_test_and_live_do_not_see_each_other(
    app: Flask, client: FlaskClient, of_key: str, of_order: str
) -> None:
    with app.app_context():
        merchant = a_merchant(live=True)
        key, order = an_api_key(merchant, mode=of_key), an_order(merchant, mode=of_order)
    not_found(client.get(f"/api/v1/orders/{order.public_id}", headers=key.headers))


@pytest.mark.parametrize(
    "order_id",
    [
        "1",
        "ord_",
        "ord_%00",
        "ord_23456789abcdefghijkm%00",
        "ord_23456789ABCDEFGHIJKM",
        "%F0%9F%98%80",
        "ord_23456789abcdefghijkm%0A",
        "%27%20OR%201=1",
        "%ED%A0%80",
        "x" * 2000,
    ],
)
def test_what_is_no_id_is_not_there_either(get: Get, order_id: str) -> None:
    not_found(get(order_id))
