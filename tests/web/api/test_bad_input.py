"""Whatever is sent to whichever call, the answer is the documented problem: never a 500, never another store's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal import db
from portal.merchants.models import ApiKey
from portal.web.services import services
from tests.factories import an_api_key
from tests.web.api.operations import Operation, Shop, a_shop, operations

DEEP = b"[" * 100 + b"]" * 100
OPTIONAL = {"cancelOrder", "rotateWebhookSecret", "testWebhookEndpoint", "redeliverWebhook", "createRefund"}
"""Calls that say everything by their address: no body is a right body."""

Wrong = Callable[[Operation], bytes]


@pytest.fixture
def shop(app: Flask) -> Shop:
    return a_shop(app)


def with_body(shop: Shop) -> Iterator[Operation]:
    return (one for one in operations(shop.client) if one.has_body)


def about_something(shop: Shop) -> Iterator[Operation]:
    return (one for one in operations(shop.client) if one.about is not None)


def said(answer: TestResponse, operation: Operation) -> tuple[int, str]:
    """Return status and code of a problem, which must be one that the document knows for the call."""
    assert answer.content_type == "application/problem+json", (operation.id, answer.status_code, answer.text)
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert answer.status_code in operation.statuses, (operation.id, answer.status_code)
    assert {"type", "title", "code"} <= set(problem)
    return answer.status_code, problem["code"]


def beside(operation: Operation, more: str) -> bytes:
    """Return a right body that says one thing more."""
    inside = json.dumps(operation.body)[1:-1]
    return f"{{{inside}{', ' if inside else ''}{more}}}".encode()


BODIES: dict[str, tuple[Wrong, int, str]] = {
    "not UTF-8": (lambda one: beside(one, '"x": "') + b"\xff", 400, "invalid_utf8"),
    "not JSON": (lambda one: beside(one, '"x"'), 400, "invalid_json"),
    "a name twice": (lambda one: beside(one, '"x": 1, "x": 1'), 400, "duplicate_name"),
    "NaN": (lambda one: beside(one, '"x": NaN'), 400, "invalid_number"),
    "an infinity": (lambda one: beside(one, '"x": 1e999'), 400, "invalid_number"),
    "U+0000": (lambda one: beside(one, '"x": "\\u0000"'), 400, "forbidden_character"),
    "half a pair": (lambda one: beside(one, '"x": "\\ud800"'), 400, "forbidden_character"),
    "5000 digits": (lambda one: beside(one, f'"x": {"9" * 5000}'), 400, "integer_too_long"),
    "a hundred levels": (lambda one: beside(one, '"x": ') + DEEP + b"}", 400, "too_deep"),
    "a list": (lambda _: b"[]", 422, "invalid"),
    "a text": (lambda _: b'"a"', 422, "invalid"),
    "null": (lambda _: b"null", 422, "invalid"),
    "more than 64 KB": (lambda one: beside(one, f'"x": "{"x" * 65_536}"'), 413, "too_large"),
}


@pytest.mark.parametrize("wrong", BODIES)
def test_a_body_that_is_wrong_is_the_same_problem_in_every_call(shop: Shop, wrong: str) -> None:
    make, status, code = BODIES[wrong]
    found = {one.id: said(shop.send(one, make(one)), one) for one in with_body(shop)}
    assert len(found) >= 10
    if wrong == "a hundred levels":  # the closing brace is one too many
        found = {name: (answer[0], "too_deep") for name, answer in found.items()}
    assert found == dict.fromkeys(found, (status, code))


def test_ten_megabytes_are_refused_by_every_call(shop: Shop) -> None:
    found = {one.id: said(shop.send(one, b" " * 10_000_000), one) for one in with_body(shop)}
    assert found == dict.fromkeys(found, (413, "too_large"))


def test_no_body_is_said_where_one_is_needed(shop: Shop) -> None:
    found = {one.id: said(shop.send(one, b""), one) for one in with_body(shop) if one.id not in OPTIONAL}
    assert len(found) >= 5
    assert found == dict.fromkeys(found, (400, "empty_body"))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_another_content_type_is_refused_by_every_call(shop: Shop, kind: str) -> None:
    found = {
        one.id: said(shop.send(one, json.dumps(one.body).encode(), **{"Content-Type": kind}), one)
        for one in with_body(shop)
    }
    assert found == dict.fromkeys(found, (415, "unsupported_media_type"))


def test_an_unknown_field_is_refused_by_its_name(shop: Shop) -> None:
    for operation in with_body(shop):
        answer = shop.send(operation, beside(operation, '"montant": 5'))
        assert said(answer, operation) == (422, "invalid")
        assert answer.get_json()["errors"] == {"montant": ["There is no such field."]}, operation.id


def test_an_unknown_parameter_is_refused_by_its_name(shop: Shop) -> None:
    for operation in operations(shop.client):
        answer = shop.call(operation, query_string={"montant": "5"}, json=operation.body or None)
        assert said(answer, operation) == (422, "invalid"), operation.id
        assert list(answer.get_json()["errors"]) == ["montant"], operation.id


@pytest.mark.parametrize(
    "amount", ['"5"', "5.0", "true", "5e0", "-5", "0", "null", "[5]", '{"v":5}', "9" * 17]
)
def test_an_amount_is_a_whole_number_and_nothing_else(shop: Shop, amount: str) -> None:
    for operation in with_body(shop):
        if "amount" not in operation.body or (amount == "null" and operation.id == "createPaymentLink"):
            continue
        body = json.dumps(operation.body | {"amount": 0}).replace('"amount": 0', f'"amount": {amount}')
        answer = shop.send(operation, body.encode())
        assert said(answer, operation) == (422, "invalid"), operation.id
        assert list(answer.get_json()["errors"]) == ["amount"], operation.id


def test_what_is_another_stores_is_not_there(app: Flask, shop: Shop) -> None:
    other = a_shop(app, "kossi")
    found = {}
    for one in about_something(shop):
        body = {"json": one.body} if one.has_body else {}
        found[one.id] = said(shop.call(one, ids=other.ids, **body), one)
    assert len(found) >= 10
    assert found == dict.fromkeys(found, (404, "not_found"))


def test_what_is_of_the_other_mode_is_not_there(app: Flask, shop: Shop) -> None:
    with app.app_context():
        live = an_api_key(shop.merchant, mode="live")
    ours, shop.key = shop.ids, live
    for one in about_something(shop):
        body = {"json": one.body} if one.has_body else {}
        status = said(shop.call(one, ids=ours, **body), one)
        assert status in {(404, "not_found"), (403, "not_live")}, one.id


@pytest.mark.parametrize(
    "name", ["nobody", "ord_", "ord_23456789abcdefghijkm", "%00", "é", "a" * 300, "..%2f"]
)
def test_an_id_that_there_is_not_is_not_found(shop: Shop, name: str) -> None:
    for one in about_something(shop):
        body = {"json": one.body} if one.has_body else {}
        assert said(shop.call(one, ids=dict.fromkeys(shop.ids, name), **body), one)[0] == 404, one.id


@pytest.mark.parametrize("how", ["revoked_at", "expires_at"])
def test_a_key_that_ended_opens_nothing(app: Flask, shop: Shop, how: str) -> None:
    with app.app_context(), db.writing() as tx:
        past = db.moment(tx, services().clock) - timedelta(seconds=1)
        tx.execute(update(ApiKey).where(ApiKey.public_id == shop.key.public_id).values({how: past}))
    found = {one.id: said(shop.call(one), one) for one in operations(shop.client)}
    assert len(found) >= 20
    assert found == dict.fromkeys(found, (401, "unauthorized"))


@pytest.mark.parametrize(
    ("scope", "may"), [("read", {"get"}), ("write", {"post", "patch", "delete"}), ("refunds", set())]
)
def test_a_key_does_what_its_scopes_say(app: Flask, shop: Shop, scope: str, may: set[str]) -> None:
    with app.app_context():
        shop.key = an_api_key(shop.merchant, scopes=[scope])
    for one in operations(shop.client):
        body = {"json": one.body} if one.has_body else {}
        answer = shop.call(one, **body)
        allowed = (
            one.id == "createRefund" if scope == "refunds" else one.method in may and one.id != "createRefund"
        )
        missing = answer.status_code == 403 and answer.get_json()["code"] == "missing_scope"
        assert missing is not allowed, one.id
