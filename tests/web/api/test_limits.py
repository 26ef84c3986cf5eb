from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.security import tokens
from portal.web.api import limits
from portal.web.services import services
from tests.conftest import running, settings_for
from tests.databases import Kind
from tests.factories import AnApiKey, a_merchant, an_api_key

ORDER = {"amount": 500, "reference": "x"}


@pytest.fixture
def limited(fresh_database: Callable[[Kind], str], tmp_path: Path) -> Iterator[Flask]:
    """Give a portal that counts calls in its own memory."""
    with running(settings_for(fresh_database("sqlite"), tmp_path, RATE_LIMITS="1")) as app:
        yield app


def use_up(app: Flask, key: AnApiKey) -> None:
    """Make as many calls as the key may, without their work."""
    with app.app_context():
        inside = services()
        while inside.take(f"api:{tokens.digest(key.secret)}", limits.PER_KEY):
            pass


def keys_of(app: Flask) -> tuple[AnApiKey, AnApiKey]:
    with app.app_context():
        merchant = a_merchant()
        return an_api_key(merchant), an_api_key(merchant)


def test_a_key_that_calls_too_often_is_told_how_long_to_wait(limited: Flask) -> None:
    key, other = keys_of(limited)
    use_up(limited, key)
    client = limited.test_client()
    answer = client.post("/api/v1/orders", json=ORDER, headers=key.headers)
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert answer.get_json()["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert client.get("/api/v1/orders/x", headers=key.headers).status_code == 429
    assert client.post("/api/v1/orders", json=ORDER, headers=other.headers).status_code == 201


def test_an_address_that_tries_wrong_keys_is_stopped_but_its_right_key_is_not(limited: Flask) -> None:
    key, _ = keys_of(limited)
    client = limited.test_client()
    statuses = [
        client.get("/api/v1/orders/x", headers={"Authorization": f"Bearer sk_test_{number:032}"}).status_code
        for number in range(61)
    ]
    assert statuses == [401] * 60 + [429]
    assert client.post("/api/v1/orders", json=ORDER, headers=key.headers).status_code == 201


def test_a_call_that_was_sent_away_is_not_remembered(limited: Flask) -> None:
    key, _ = keys_of(limited)
    use_up(limited, key)
    headers = {**key.headers, "Idempotency-Key": "a"}
    client = limited.test_client()
    assert client.post("/api/v1/orders", json=ORDER, headers=headers).status_code == 429
    with limited.app_context():
        services().limiter.reset()
    answer = client.post("/api/v1/orders", json=ORDER, headers=headers)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer.headers
