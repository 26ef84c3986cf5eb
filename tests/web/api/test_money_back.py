"""Refunds and cancelling by program: never more than was paid, and nothing is cancelled that may still be paid."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.domain.events import Accepted, AttemptEvent, Paid
from portal.domain.money import Money
from tests.factories import AMerchant, AnApiKey, an_account, an_attempt, an_order

AT_ONCE = 6
Ask = Callable[..., TestResponse]


@pytest.fixture
def sold(app: Flask, merchant: AMerchant) -> Callable[..., SimpleNamespace]:
    """Open an order of 500 francs to which that happens: `sold(Accepted(), …)`."""

    def made(*events: AttemptEvent) -> SimpleNamespace:
        with app.app_context():
            order = an_order(merchant)
            if events:
                an_attempt(order, an_account(merchant), then=events)
        return order

    return made


@pytest.fixture
def paid(sold: Callable[..., SimpleNamespace]) -> SimpleNamespace:
    return sold(Accepted(), Paid(Money(500), "P-1"))


@pytest.fixture
def ask(app: Flask, key: AnApiKey) -> Ask:
    """Call about an order: `ask(order, "refunds", amount=100)`."""

    def call(order: SimpleNamespace, what: str, headers: Any = (), **body: Any) -> TestResponse:
        return app.test_client().post(
            f"/api/v1/orders/{order.public_id}/{what}", json=body, headers={**key.headers, **dict(headers)}
        )

    return call


def left(app: Flask, key: AnApiKey, order: SimpleNamespace) -> tuple[int, int]:
    """Return how much may still go back, and the sum of the refunds that stand."""
    shown = app.test_client().get(f"/api/v1/orders/{order.public_id}", headers=key.headers).get_json()
    return shown["refund_amount_available"], shown["amount_refunded"]


def test_a_part_goes_back_and_the_order_says_what_is_left(
    app: Flask, key: AnApiKey, ask: Ask, paid: SimpleNamespace
) -> None:
    answer = ask(paid, "refunds", amount=200, reason="article abîmé")
    refund = answer.get_json()
    assert (answer.status_code, refund["object"], refund["amount"]) == (201, "refund", 200)
    assert (refund["order_id"], refund["reason"]) == (paid.public_id, "article abîmé")
    assert left(app, key, paid)[0] == 300
    again = app.test_client().get(f"/api/v1/refunds/{refund['id']}", headers=key.headers)
    assert again.get_json()["id"] == refund["id"]


def test_without_an_amount_all_that_is_left_goes_back(ask: Ask, paid: SimpleNamespace) -> None:
    ask(paid, "refunds", amount=200)
    assert ask(paid, "refunds").get_json()["amount"] == 300
    answer = ask(paid, "refunds")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "nothing_to_refund")


def test_more_than_is_left_is_refused_with_what_is_left(ask: Ask, paid: SimpleNamespace) -> None:
    answer = ask(paid, "refunds", amount=501)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "refund_too_large")
    assert "500" in answer.get_json()["detail"]


@pytest.mark.parametrize(("assumed", "status"), [(500, 201), (499, 412), (501, 412), (0, 412)])
def test_what_was_assumed_must_still_be_true(
    app: Flask, key: AnApiKey, ask: Ask, paid: SimpleNamespace, *, assumed: int, status: int
) -> None:
    answer = ask(paid, "refunds", amount=100, refund_amount_available=assumed)
    assert answer.status_code == status
    if status == 412:
        assert answer.get_json()["code"] == "refund_amount_changed"
    assert left(app, key, paid)[0] == (400 if status == 201 else 500)


def test_many_at_once_never_send_back_more_than_was_paid(
    app: Flask, key: AnApiKey, ask: Ask, paid: SimpleNamespace
) -> None:
    ready = Barrier(AT_ONCE)

    def asks(_: int) -> int:
        ready.wait()
        return ask(paid, "refunds", amount=200).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = sorted(pool.map(asks, range(AT_ONCE)))
    assert found == [201, 201, *[409] * (AT_ONCE - 2)]
    assert left(app, key, paid)[0] == 100


def test_the_same_key_at_once_is_one_refund(
    app: Flask, key: AnApiKey, ask: Ask, paid: SimpleNamespace
) -> None:
    ready = Barrier(AT_ONCE)

    def asks(_: int) -> tuple[int, str | None]:
        ready.wait()
        answer = ask(paid, "refunds", {"Idempotency-Key": "retour-1"}, amount=200)
        return answer.status_code, answer.get_json().get("id")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(asks, range(AT_ONCE)))
    assert {status for status, _ in found} <= {201, 409}
    assert len({name for status, name in found if status == 201}) == 1
    assert left(app, key, paid)[0] == 300


def test_an_open_order_is_cancelled_once(ask: Ask, sold: Callable[..., SimpleNamespace]) -> None:
    order = sold()
    answer = ask(order, "cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
    again = ask(order, "cancel")
    assert again.status_code in {200, 409}
    assert again.status_code == 200 or again.get_json()["code"] == "finished"


def test_an_order_is_not_cancelled_while_a_payment_may_still_succeed(
    ask: Ask, sold: Callable[..., SimpleNamespace]
) -> None:
    answer = ask(sold(Accepted()), "cancel")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "undecided")


def test_a_paid_order_is_not_cancelled(ask: Ask, paid: SimpleNamespace) -> None:
    answer = ask(paid, "cancel")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "finished")
