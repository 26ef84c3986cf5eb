import json
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from portal import db
from portal.merchants import idempotency, keys
from portal.merchants.idempotency import Call
from portal.web.services import services
from tests.counting import counting
from tests.factories import AMerchant, AnApiKey, a_merchant, an_account, an_api_key, an_attempt
from tests.web.api.conftest import Post, before_the_database

ORDER = {"amount": 500, "reference": "x"}
KEY = {"Idempotency-Key": "panier-7"}
Count = Callable[[], int]

only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def same(answer: TestResponse, first: TestResponse) -> bool:
    """Say whether it is the first answer, byte for byte."""
    kept = ("Content-Type", "Location")
    return (answer.status_code, answer.data, [answer.headers[name] for name in kept]) == (
        first.status_code,
        first.data,
        [first.headers[name] for name in kept],
    )


def test_the_same_call_again_gets_the_first_answer_and_creates_nothing(
    post: Post, count_orders: Count
) -> None:
    first, again = post(headers=KEY), post(headers=KEY)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    assert same(again, first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_orders() == 1


def test_the_first_answer_is_given_even_when_the_order_has_moved_on(
    app: Flask, post: Post, merchant: AMerchant
) -> None:
    first = post(headers=KEY)
    with app.app_context():
        an_attempt(SimpleNamespace(id=1), an_account(merchant))
    assert same(post(headers=KEY), first)


def test_another_body_with_the_same_key_is_a_mistake(post: Post, count_orders: Count) -> None:
    post(headers=KEY)
    answer = post(headers=KEY, amount=501)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")
    assert count_orders() == 1


def test_bodies_are_compared_by_the_letter(post: Post) -> None:
    post(body=b'{"amount": 500, "reference": "x"}', headers=KEY)
    assert post(body=b'{"amount":500,"reference":"x"}', headers=KEY).status_code == 422


def test_without_a_key_each_call_is_another(post: Post, count_orders: Count) -> None:
    post()
    post()
    assert count_orders() == 2


def test_the_same_key_in_another_store_or_mode_is_another_call(
    app: Flask, client: FlaskClient, count_orders: Count
) -> None:
    with app.app_context():
        merchant = a_merchant(live=True)
        callers = [an_api_key(merchant), an_api_key(merchant, mode="live"), an_api_key(a_merchant(name="B"))]
    for caller in callers:
        answer = client.post("/api/v1/orders", json=ORDER, headers={**caller.headers, **KEY})
        assert answer.status_code == 201
    assert count_orders() == 3


@pytest.mark.parametrize("wrong", [b"{", b"", b'{"amount": 0, "reference": "x"}', b'{"amount": 500}'])
def test_what_failed_before_anything_was_created_may_be_mended_under_the_same_key(
    post: Post, wrong: bytes
) -> None:
    assert post(body=wrong, headers=KEY).status_code in {400, 422}
    assert post(headers=KEY).status_code == 201


@before_the_database
@pytest.mark.parametrize("unreadable", ["", "x" * 256, "\xe9", "a\tb"])
def test_a_key_that_nobody_could_read_is_refused(post: Post, count_orders: Count, unreadable: str) -> None:
    answer = post(headers={"Idempotency-Key": unreadable})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_key_invalid")
    assert count_orders() == 0


def test_a_key_may_have_255_characters(post: Post) -> None:
    headers = {"Idempotency-Key": "~ " * 127 + "!"}
    assert same(post(headers=headers), post(headers=headers))


@only_postgresql
def test_while_the_first_call_is_in_flight_the_second_is_told_to_wait(
    app: Flask, engine: Engine, post: Post, key: AnApiKey, count_orders: Count
) -> None:
    call = Call(method="POST", path="/api/v1/orders", key=KEY["Idempotency-Key"], body_digest="")
    with app.app_context():
        clock = services().clock
    with engine.connect() as other, other.begin():
        idempotency.enter(other, clock, key.secret, call)
        answer = post(headers=KEY)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency_key_in_flight")
    assert answer.headers["Retry-After"] == "1"
    assert count_orders() == 0
    assert post(headers=KEY).status_code == 201, "what was in flight is not remembered"


def test_many_at_once_create_one_order(app: Flask, key: AnApiKey, count_orders: Count) -> None:
    answers: list[TestResponse] = []
    ready = threading.Barrier(8)

    def call() -> TestResponse:
        client = app.test_client()
        return client.post("/api/v1/orders", json=ORDER, headers={**key.headers, **KEY})

    def call_thrice() -> None:
        ready.wait()
        answers.extend(call() for _ in range(3))

    threads = [threading.Thread(target=call_thrice) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 24
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert count_orders() == 1


# ---- what it costs


def test_creating_an_order_is_at_most_four_statements_and_one_commit(post: Post, engine: Engine) -> None:
    post()  # the key's use is written down now
    for headers in (KEY, {}):
        with counting(engine) as seen:
            assert post(headers=headers).status_code == 201
        assert seen.statements <= 4
        assert seen.commits == 1


@only_postgresql
def test_the_first_use_of_a_key_costs_no_more(post: Post, engine: Engine) -> None:
    with counting(engine) as seen:
        assert post(headers=KEY).status_code == 201
    assert (seen.statements <= 4, seen.commits) == (True, 1)


def test_a_replay_is_one_statement_and_writes_nothing(post: Post, engine: Engine) -> None:
    post(headers=KEY)
    with counting(engine) as seen:
        assert post(headers=KEY).headers["Idempotent-Replayed"] == "true"
    assert (seen.statements, seen.writes) == (1, [])


@pytest.mark.parametrize("fields", [{"amount": 0}, {"return_url": "https://evil.example/"}])
def test_what_is_refused_writes_nothing(post: Post, engine: Engine, fields: dict[str, object]) -> None:
    with counting(engine) as seen:
        assert post(headers=KEY, **fields).status_code == 422
    assert (seen.writes, seen.commits) == ([], 0)


def test_the_kept_answer_is_the_one_that_was_sent(post: Post) -> None:
    first = post(headers=KEY, description="Assigamé 😀")
    assert json.loads(post(headers=KEY, description="Assigamé 😀").data) == first.get_json()


def test_the_same_idempotency_key_under_a_replaced_api_key_is_still_the_same_call(
    app: Flask, merchant: AMerchant, key: AnApiKey, post: Post
) -> None:
    first = post(headers={"Idempotency-Key": "panier-7"})
    with app.app_context(), db.writing() as tx:
        made = keys.replace(
            tx,
            services().clock,
            merchant_id=merchant.id,
            public_id=key.public_id,
            overlap=timedelta(days=1),
        )
    assert made is not None
    again = post(headers={"Idempotency-Key": "panier-7", "Authorization": f"Bearer {made[1]}"})
    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
