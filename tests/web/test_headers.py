"""Every answer's headers: a strict policy, no frames, a request id, nothing kept in a cache."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from tests.machines.stage import Stage

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PATHS = [
    "/pay/nobody",
    "/l/nobody",
    "/r/nobody",
    "/notify/tmoney-online/nobody",
    "/healthz",
    "/nowhere",
    "/login",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_whole_policy(stage: Stage, path: str) -> None:
    headers = stage.client.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 12
    assert "Server" not in headers


def test_two_requests_have_two_ids(stage: Stage) -> None:
    assert len({stage.client.get("/healthz").headers["X-Request-Id"] for _ in range(2)}) == 2


def test_the_policy_holds_for_a_page_with_an_order(stage: Stage) -> None:
    order = stage.order()
    answer = stage.looks(order)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


def test_static_files_may_be_kept_for_a_year(stage: Stage) -> None:
    with closing(stage.client.get("/static/css/checkout.css")) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Security-Policy"] == POLICY


def test_https_is_insisted_on_where_the_portal_is_reached_by_it(stage_with: Callable[..., Stage]) -> None:
    plain, secure = stage_with(), stage_with(PUBLIC_URL="https://pay.example")
    assert "Strict-Transport-Security" not in plain.client.get("/healthz").headers
    answer = secure.client.get("/healthz?lang=en")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_capabilities_stay_out_of_the_log(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    order = stage.order()
    capfd.readouterr()
    stage.looks(order)
    logged = capfd.readouterr()
    assert order.token not in logged.out + logged.err
