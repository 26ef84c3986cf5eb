import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import AnApiKey, a_merchant, an_api_key
from tests.web.api.conftest import Post, before_the_database

FULL = {
    "amount": 12_500,
    "currency": "XOF",
    "reference": "CMD-2026-1001",
    "description": "Deux pagnes d'Assigamé",
    "customer": {"name": "Akofa Mensah", "phone": "90 11 22 33", "email": "akofa@courriel.example"},
    "return_url": "https://boutique.example/merci?panier=7",
    "cancel_url": "https://boutique.example/panier",
    "metadata": {"panier": "7", "caisse": ""},
    "expires_in": 3600,
}


def seconds(order: dict[str, Any]) -> float:
    created, expires = (datetime.fromisoformat(order[name]) for name in ("created_at", "expires_at"))
    return (expires - created).total_seconds()


def test_an_order_is_created_as_it_was_wanted(post: Post, merchant: object) -> None:
    answer = post(**FULL)
    order = answer.get_json()
    assert answer.status_code == 201
    assert answer.content_type == "application/json"
    wanted = FULL | {"customer": {**FULL["customer"], "phone": "+22890112233"}}  # type: ignore[dict-item]
    assert {name: order[name] for name in wanted if name != "expires_in"} == {
        name: value for name, value in wanted.items() if name != "expires_in"
    }
    assert seconds(order) == 3600
    assert (order["object"], order["mode"], order["status"]) == ("order", "test", "open")
    assert (order["source"], order["reference_verified"]) == ("api", True)
    assert (order["money_moved"], order["finished"], order["attempts"]) == ("no", False, [])


def test_amount_and_reference_are_enough(post: Post) -> None:
    order = post(amount=1, reference="x").get_json()
    assert (order["currency"], order["description"], order["customer"]) == ("XOF", "", None)
    assert (order["metadata"], order["return_url"], order["cancel_url"]) == ({}, None, None)
    assert seconds(order) == 24 * 3600


def test_the_customer_is_sent_to_our_own_address(post: Post) -> None:
    assert post().get_json()["checkout_url"].startswith("http://localhost/pay/")


def test_the_answer_says_where_the_order_is(post: Post, client: FlaskClient, key: AnApiKey) -> None:
    answer = post()
    found = client.get(answer.headers["Location"], headers=key.headers)
    assert found.get_json() == answer.get_json()


def test_a_reference_need_not_be_unique(post: Post) -> None:
    assert post(reference="same").get_json()["id"] != post(reference="same").get_json()["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 1),
        ("amount", 9_999_999_999),
        ("expires_in", 60),
        ("expires_in", 2_592_000),
        ("reference", "é" * 100),
        ("description", "x" * 255),
        ("description", "deux\nlignes"),
        ("metadata", {str(number): "x" * 500 for number in range(50)}),
        ("metadata", {"n" * 40: "😀"}),
        ("customer", {}),
        ("customer", {"phone": "+228 90 11 22 33"}),
        ("return_url", "http://localhost:3000/merci"),
        ("return_url", "https://boutique.example/" + "x" * 1975),
    ],
)
def test_what_is_just_within_is_taken(post: Post, field: str, value: object) -> None:
    assert post(**{field: value}).status_code == 201


def each(field: str, values: list[object]) -> list[tuple[str, object, str]]:
    """Return cases in which the field itself is named."""
    return [(field, value, field) for value in values]


@before_the_database
@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        *each("amount", ["500", 500.0, 500.5, True, False, None, [500], {}, "", 0, -1, 10**10]),
        *each("currency", ["EUR", "xof", "", 952, None]),
        *each("reference", ["", "x" * 101, 7, None, []]),
        *each("description", ["x" * 256, 7, None]),
        *each("expires_in", [59, 2_592_001, -1, 60.0, "3600", True, None, 10**17]),
        *each("metadata", [[], "x", None, 7]),
        ("metadata", {str(number): "" for number in range(51)}, "metadata"),
        ("metadata", {"colour": 7}, "metadata.colour"),
        ("metadata", {"colour": None}, "metadata.colour"),
        ("metadata", {"colour": {"of": "cloth"}}, "metadata.colour"),
        ("metadata", {"colour": "x" * 501}, "metadata.colour"),
        ("metadata", {"n" * 41: "x"}, "metadata." + "n" * 41),
        ("metadata", {"": "x"}, "metadata"),
        *each("customer", ["Akofa", [], None, 7]),
        ("customer", {"phone": "+33612345678"}, "customer.phone"),
        ("customer", {"phone": "not a phone"}, "customer.phone"),
        ("customer", {"phone": 90112233}, "customer.phone"),
        ("customer", {"email": "nobody"}, "customer.email"),
        ("customer", {"email": "a@" + "b" * 260 + ".example"}, "customer.email"),
        ("customer", {"name": "x" * 101}, "customer.name"),
        ("customer", {"pin": "1234"}, "customer.pin"),
        ("return_url", "https://evil.example/", "return_url"),
        ("return_url", "https://boutique.example/" + "x" * 1976, "return_url"),
        ("return_url", "", "return_url"),
        ("return_url", 7, "return_url"),
        ("cancel_url", "https://boutique.example@evil.example/", "cancel_url"),
        ("amuont", 500, "amuont"),
        ("mode", "live", "mode"),
        ("merchant_id", 1, "merchant_id"),
    ],
)
def test_what_is_not_right_is_refused_by_its_name(
    post: Post, count_orders: Callable[[], int], field: str, value: object, named: str
) -> None:
    answer = post(**{field: value})
    refusal = answer.get_json()
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert refusal["code"] == "invalid"
    assert list(refusal["errors"]) == [named]
    assert count_orders() == 0


def test_every_mistake_is_named_at_once(post: Post) -> None:
    refusal = post(body=b'{"amount": 0, "customer": {"phone": "x", "pin": 1}, "z": 1}').get_json()
    assert set(refusal["errors"]) == {"amount", "reference", "customer.phone", "customer.pin", "z"}


@before_the_database
@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null", b"true"])
def test_what_is_no_object_is_refused(post: Post, body: bytes) -> None:
    answer = post(body=body)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["body"])


@before_the_database
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"{", "invalid_json"),
        (b'{"amount": 500, "reference": "\xff"}', "invalid_utf8"),
        (b'{"amount": 500, "amount": 5, "reference": "x"}', "duplicate_name"),
        (b'{"amount": NaN, "reference": "x"}', "invalid_number"),
        (b'{"amount": ' + b"9" * 5000 + b', "reference": "x"}', "integer_too_long"),
        (b'{"amount": 500, "reference": "\\u0000"}', "forbidden_character"),
        (b'{"amount": 500, "reference": "\\ud800"}', "forbidden_character"),
        (b'{"\\u0000": 500}', "forbidden_character"),
        (b"[" * 60_000, "too_deep"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_own_code(post: Post, body: bytes, code: str) -> None:
    answer = post(body=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)


@before_the_database
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json", "text/json", ""],
)
def test_another_content_type_is_not_taken(post: Post, content_type: str) -> None:
    answer = post(body=b'{"amount": 500, "reference": "x"}', headers={"Content-Type": content_type})
    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_be_written_as_people_write_it(post: Post, content_type: str) -> None:
    answer = post(body=b'{"amount": 500, "reference": "x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 201


def test_a_body_of_64_kilobytes_is_read_and_a_larger_one_is_not(post: Post) -> None:
    start, end = b'{"amount": 500, "reference": "x"', b"}"
    fits = start + b" " * (64 * 1024 - len(start) - len(end)) + end
    assert post(body=fits).status_code == 201
    answer = post(body=fits + b" ")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("beyond", [b" ", b'{"amount": 5}', b" " * 300_000])
def test_a_body_that_comes_in_pieces_is_not_cut_off_at_the_limit(
    client: FlaskClient, key: AnApiKey, beyond: bytes
) -> None:
    body = b'{"amount": 500, "reference": "x"}'.ljust(64 * 1024)

    def send(sent: bytes) -> int:
        """Send without a Content-Length, as `Transfer-Encoding: chunked` arrives here."""
        headers = {**key.headers, "Content-Type": "application/json"}
        environ = {"wsgi.input": io.BytesIO(sent), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
        return client.post("/api/v1/orders", headers=headers, environ_overrides=environ).status_code

    assert send(body) == 201
    assert send(body + beyond) == 413


def test_a_live_key_creates_nothing_until_its_store_may_take_real_money(
    app: Flask, client: FlaskClient, count_orders: Callable[[], int]
) -> None:
    with app.app_context():
        key = an_api_key(a_merchant(live=False), mode="live")
    answer = client.post("/api/v1/orders", json={"amount": 500, "reference": "x"}, headers=key.headers)
    assert (answer.status_code, answer.get_json()["code"], count_orders()) == (403, "not_live", 0)


def test_a_live_key_of_a_live_store_creates_live_orders(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        key = an_api_key(a_merchant(live=True, return_hosts=["boutique.example"]), mode="live")
    fields = {"amount": 500, "reference": "x", "return_url": "https://boutique.example/"}
    assert client.post("/api/v1/orders", json=fields, headers=key.headers).get_json()["mode"] == "live"
    here = client.post(
        "/api/v1/orders", json=fields | {"return_url": "http://localhost/"}, headers=key.headers
    )
    assert list(here.get_json()["errors"]) == ["return_url"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from([*FULL, "else"]), JSON))
def test_no_body_is_answered_with_an_error_of_ours(post: Post, fields: dict[str, Any]) -> None:
    assert post(**fields).status_code in {201, 400, 422}
