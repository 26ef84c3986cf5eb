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


def test_every_answer_says_what_is_left_of_the_limit(limited: Flask) -> None:
    key, other = keys_of(limited)
    client = limited.test_client()
    left = [
        int(client.get("/api/v1/orders", headers=key.headers).headers["RateLimit-Remaining"])
        for _ in range(3)
    ]
    assert left == [2999, 2998, 2997]
    answer = client.get("/api/v1/orders/x", headers=other.headers)
    assert answer.headers["RateLimit-Limit"] == "3000"
    assert answer.headers["RateLimit-Policy"] == '"key";q=3000;w=60'
    assert 1 <= int(answer.headers["RateLimit-Reset"]) <= 60
    assert answer.headers["RateLimit"] == f'"key";r=2999;t={answer.headers["RateLimit-Reset"]}'
    use_up(limited, key)
    answer = client.get("/api/v1/orders", headers=key.headers)
    assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (429, "0")
    assert "RateLimit" not in client.get("/api/v1/openapi.json").headers


def test_two_processes_share_the_limit_through_redis(
    fresh_database: Callable[[Kind], str], tmp_path: Path, redis_url: str
) -> None:
    url = fresh_database("sqlite")
    changes = {"RATE_LIMITS": "1", "REDIS_URL": redis_url}
    with (
        running(settings_for(url, tmp_path, **changes)) as one,
        running(settings_for(url, tmp_path, **changes)) as two,
    ):
        key, _ = keys_of(one)
        seen = [
            app.test_client().get("/api/v1/orders", headers=key.headers).headers["RateLimit-Remaining"]
            for app in (one, two, one)
        ]
    assert seen == ["2999", "2998", "2997"]


def test_no_page_of_another_site_may_call(limited: Flask) -> None:
    """A key in a page would be everybody's: the API answers no preflight."""
    key, _ = keys_of(limited)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    client = limited.test_client()
    for answer in (
        client.options("/api/v1/orders", headers=asked),
        client.get("/api/v1/orders", headers={**key.headers, "Origin": "https://shop.example"}),
    ):
        assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []
