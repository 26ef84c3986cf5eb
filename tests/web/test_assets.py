"""What furnishes every page: files that are never stale, the other language, moments that nobody misreads."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from flask import Flask

from config import ROOT
from portal.web.assets import asset, moment, other_languages


def test_the_address_of_a_file_changes_with_its_content(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)
    file = tmp_path / "a.css"
    addresses = []
    for number, text in enumerate(("a{}", "b{}", "a{}")):
        file.write_text(text, encoding="utf-8")
        file.touch()
        with app.test_request_context():
            addresses.append(asset("a.css"))
        assert addresses[number].startswith("/static/a.css?v=")
    assert addresses[0] == addresses[2] != addresses[1]


def test_a_file_that_is_not_there_is_no_silent_mistake(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(FileNotFoundError):
        asset("css/nothing.css")


def test_a_file_with_its_hash_is_kept_for_a_year(app: Flask) -> None:
    with app.test_request_context():
        address = asset("css/portal.css")
    with app.test_client().get(address) as answer:
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_the_portals_look_weighs_less_than_ten_kilobytes() -> None:
    files = [*(ROOT / "static" / "css").glob("portal.css"), *(ROOT / "static" / "js").glob("copy.js")]
    assert len(files) == 2
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 10 * 1024


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/login", "/login?lang=en"),
        ("/login?next=/portal/orders?a%3D1&lang=fr", "/login?next=%2Fportal%2Forders%3Fa%3D1&lang=en"),
        ("/l/x?a=1&a=2&lang=fr", "/l/x?a=1&a=2&lang=en"),
        ("/caf%C3%A9%22%3E", "/caf%C3%A9%22%3E?lang=en"),
        ("//ailleurs.example/x", "/ailleurs.example/x?lang=en"),
    ],
)
def test_the_same_page_in_the_other_language_keeps_its_query(app: Flask, here: str, there: str) -> None:
    path, _, query = here.partition("?")
    with app.test_request_context(
        base_url="http://localhost", query_string=query, environ_overrides=_at(path)
    ):
        (other,) = other_languages()
    assert (other.code, other.name, other.url) == ("en", "English", there)


def _at(path: str) -> dict[str, str]:
    return {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "HTTP_ACCEPT_LANGUAGE": "fr"}


@pytest.mark.parametrize(
    ("language", "seconds", "told"),
    [
        ("fr", False, "1 févr. 2027, 08:05"),
        ("en", False, "1 Feb 2027, 08:05"),
        ("en", True, "1 Feb 2027, 08:05:09"),
    ],
)
def test_the_day_stands_before_the_month(app: Flask, language: str, told: str, *, seconds: bool) -> None:
    at = datetime(2027, 2, 1, 8, 5, 9, tzinfo=UTC)
    with app.test_request_context(headers={"Accept-Language": language}):
        assert moment(at, seconds=seconds) == told
