"""The button's script: small, at one address for every shop, and the one thing that other sites may read."""

from __future__ import annotations

import gzip
from contextlib import closing

import pytest
from werkzeug.test import TestResponse

from tests.machines.stage import Stage

MOST_BYTES = 2_048
ELSEWHERE = {"Origin": "https://boutique.example"}


def script(stage: Stage, **headers: str) -> TestResponse:
    with closing(stage.client.get("/button.js", headers=ELSEWHERE | headers)) as answer:
        answer.get_data()
        return answer


def test_the_script_weighs_at_most_two_kilobytes_as_it_is_sent(stage: Stage) -> None:
    answer = script(stage)
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert 500 < len(answer.data) <= MOST_BYTES
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert len(gzip.compress(answer.data)) < len(answer.data)


def test_a_page_of_any_site_may_load_it(stage: Stage) -> None:
    headers = script(stage).headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Credentials" not in headers
    assert "Set-Cookie" not in headers


def test_what_is_mended_there_arrives_within_the_hour(stage: Stage) -> None:
    cache = script(stage).headers["Cache-Control"]
    assert "max-age=3600" in cache
    assert "immutable" not in cache
    assert "no-store" not in cache


def test_a_script_that_is_still_the_same_is_not_sent_again(stage: Stage) -> None:
    tag = script(stage).headers["ETag"]
    again = script(stage, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/healthz",
        "/nowhere",
        "/api/docs",
        "/api/docs/embedding",
        "/api/v1/orders",
        "/l/nobody",
    ],
)
def test_nothing_else_may_be_read_from_elsewhere_or_keeps_its_opener(stage: Stage, path: str) -> None:
    for answer in (stage.client.get(path, headers=ELSEWHERE), stage.client.options(path, headers=ELSEWHERE)):
        assert [name for name, _value in answer.headers if name.startswith("Access-Control")] == []
        if "Location" not in answer.headers:
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_manual_shows_the_examples_that_are_run(stage: Stage) -> None:
    page = stage.client.get("/api/docs/embedding")
    assert page.status_code == 200
    for words in (
        "export function signedAddress",
        "function signed_address",
        "def signed_address",
        "openssl dgst",
    ):
        assert words in page.text
    assert "http://localhost/button.js" in page.text
