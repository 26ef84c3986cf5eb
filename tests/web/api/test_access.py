from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from portal import db
from portal.clock import Clock
from portal.merchants import keys
from portal.merchants.models import ApiKey
from tests.counting import counting
from tests.factories import AMerchant, AnApiKey, a_merchant, an_api_key, an_order
from tests.web.api.conftest import Post

ORDER = {"amount": 500, "reference": "x"}


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer sk_prod_23456789abcdefghijkmnpqrst",
        "Bearer sk_test_" + "a" * 5000,
        "Bearer sk_test_\xe9",
        "Basic c2tfdGVzdF9hOg==",
        "sk_test_23456789abcdefghijkmnpqrst",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_key_nobody_is_let_in(client: FlaskClient, authorization: str | None, method: str) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    path = "/api/v1/orders" if method == "POST" else "/api/v1/orders/ord_23456789abcdefghijkm"
    answer = client.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("secret", ["sk_test_23456789abcdefghijkmnpqrst", "sk_live_" + "z" * 32])
def test_a_key_that_nobody_has_is_told_so(post: Post, secret: str) -> None:
    answer = post(headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_who_may_not_enter_is_not_told_what_is_wrong_with_the_body(client: FlaskClient) -> None:
    wrong = {"Authorization": "Bearer sk_test_23456789abcdefghijkmnpqrst"}
    for headers in ({}, wrong):
        assert client.post("/api/v1/orders", data=b"{", headers=headers).status_code == 401


def test_the_word_bearer_may_be_written_small(post: Post, key: AnApiKey) -> None:
    assert post(headers={"Authorization": f"bearer {key.secret}"}).status_code == 201


def test_a_revoked_key_ends_at_once(app: Flask, post: Post, merchant: AMerchant, key: AnApiKey) -> None:
    assert post().status_code == 201
    with app.app_context(), db.writing() as tx:
        keys.revoke(tx, Clock(), merchant_id=merchant.id, public_id=key.public_id)
    assert post().status_code == 401


def test_an_answer_given_before_is_no_way_around_a_revoked_key(
    app: Flask, post: Post, merchant: AMerchant, key: AnApiKey
) -> None:
    post(headers={"Idempotency-Key": "a"})
    with app.app_context(), db.writing() as tx:
        keys.revoke(tx, Clock(), merchant_id=merchant.id, public_id=key.public_id)
    assert post(headers={"Idempotency-Key": "a"}).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(["write"], 201), (["write", "read", "refunds"], 201), (["read", "refunds"], 403)],
)
def test_creating_needs_the_scope_write(
    app: Flask, client: FlaskClient, merchant: AMerchant, scopes: list[str], status: int
) -> None:
    with app.app_context():
        key = an_api_key(merchant, scopes=scopes)
    answer = client.post("/api/v1/orders", json=ORDER, headers=key.headers)
    assert answer.status_code == status
    assert status == 201 or answer.get_json()["code"] == "missing_scope"


@pytest.mark.parametrize(("scopes", "status"), [(["read"], 200), (["write", "refunds"], 403)])
def test_looking_needs_the_scope_read(
    app: Flask, client: FlaskClient, merchant: AMerchant, scopes: list[str], status: int
) -> None:
    with app.app_context():
        key, order = an_api_key(merchant, scopes=scopes), an_order(merchant)
    assert client.get(f"/api/v1/orders/{order.public_id}", headers=key.headers).status_code == status


def test_an_answer_given_before_is_no_way_around_a_missing_scope(
    app: Flask, client: FlaskClient, merchant: AMerchant, post: Post
) -> None:
    post(headers={"Idempotency-Key": "a"})
    with app.app_context():
        reader = an_api_key(merchant, scopes=["read"])
    headers = {**reader.headers, "Idempotency-Key": "a"}
    assert client.post("/api/v1/orders", json=ORDER, headers=headers).status_code == 403


def last_use(engine: Engine) -> object:
    with engine.connect() as connection:
        return connection.scalar(select(ApiKey.last_used_at))


def test_a_use_of_the_key_is_written_down_once_a_minute(post: Post, engine: Engine) -> None:
    assert last_use(engine) is None
    post()
    first = last_use(engine)
    assert first is not None
    post()
    assert last_use(engine) == first


def test_reading_writes_nothing_but_that(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey, engine: Engine
) -> None:
    with app.app_context():
        order = an_order(merchant)
    path = f"/api/v1/orders/{order.public_id}"
    with counting(engine) as first:
        client.get(path, headers=key.headers)
    with counting(engine) as second:
        client.get(path, headers=key.headers)
    assert [text.split()[1] for text in first.writes] == ["api_keys"]
    assert second.writes == []
    assert second.statements == 2


def test_an_order_belongs_to_the_store_of_its_key(
    app: Flask, client: FlaskClient, count_orders: Callable[[], int]
) -> None:
    with app.app_context():
        mine, theirs = a_merchant(name="Mine"), a_merchant(name="Theirs")
        key, other = an_api_key(mine), an_api_key(theirs)
    made = client.post("/api/v1/orders", json=ORDER, headers=key.headers).headers["Location"]
    assert client.get(made, headers=key.headers).status_code == 200
    assert client.get(made, headers=other.headers).status_code == 404
    assert count_orders() == 1
