"""Every page: its headers, its languages, its warning."""

import re

import pytest

from portal.sandbox.pages import HEADERS
from tests.sandbox.stage import ACCOUNT, Stage

PATHS = [
    "/",
    "/healthz",
    "/journal",
    "/nowhere",
    "/static/sandbox.css",
    f"{ACCOUNT}/online.php",
    f"{ACCOUNT}/page/x",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(stage: Stage, path: str) -> None:
    answer = stage.browser.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    # It would cut off the shop's page that opened the checkout in this window.
    assert "Cross-Origin-Opener-Policy" not in answer.headers
    answer.close()


def test_nothing_but_a_file_is_stored(stage: Stage) -> None:
    assert stage.browser.get("/").headers["Cache-Control"] == "no-store"
    with stage.browser.get("/static/sandbox.css") as css:
        assert css.headers["Cache-Control"] != "no-store"


def test_pages_hold_no_inline_code(stage: Stage) -> None:
    shopper = stage.open()
    pages = [stage.browser.get("/").text, stage.browser.get("/nowhere").text, shopper.sees()]
    shopper.identifies()
    pages.append(shopper.sees())
    for page in pages:
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Bac à sable des opérateurs"), ("en", "operators’ sandbox")]
)
def test_the_front_page_explains_in_both_languages(stage: Stage, language: str, words: str) -> None:
    page = stage.browser.get("/", query_string={"lang": language}).text
    assert words in page
    assert page.count('<th scope="row">') == 14


def test_an_error_is_a_page_that_says_that_it_is_a_test(stage: Stage) -> None:
    for path, method, status in (("/nowhere", "GET", 404), (f"{ACCOUNT}/online.php", "PUT", 405)):
        answer = stage.browser.open(path, method=method, query_string={"lang": "en"})
        assert answer.status_code == status
        assert "This is a test." in answer.text


def test_405_names_what_is_allowed(stage: Stage) -> None:
    assert "POST" in stage.browser.put(f"{ACCOUNT}/online.php").headers["Allow"]


def test_healthz_answers(stage: Stage) -> None:
    assert stage.browser.get("/healthz").text == "OK"
