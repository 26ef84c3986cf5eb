"""Pages that a shopper only passes through, held still for once: ours that forwards, the operator's that leads back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

LANGUAGES = ("fr", "en")


def nothing(route: Route) -> None:
    route.fulfill(status=204)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forwarding_page_is_a_page_like_any_other(shopper: Callable[..., Shopper], language: str) -> None:
    someone = shopper(language)
    someone.open_link()
    someone.page.route(
        "**/checkout.js*", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    someone.follow(someone.wallet)
    someone.reads("Continuez chez %(operator)s", operator="Mixx by Yas")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("digits", ["01", "02", "03"])
def test_the_operators_last_page_is_a_page_like_any_other(
    shopper: Callable[..., Shopper], language: str, digits: str
) -> None:
    someone, ending = shopper(language), BY_DIGITS[digits]
    someone.open_link()
    someone.page.route("**/return/**", nothing)
    someone.choose()
    for _ in range(3 if digits == "03" else 1):
        someone.identify(ending)
    if digits != "03":
        someone.enter_code()
    someone.page.wait_for_selector("main a.button")
    someone.look()
    assert someone.page.url.startswith(someone.stack.sandbox_url)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sandboxs_own_pages_are_too(shopper: Callable[..., Shopper], language: str) -> None:
    someone = shopper(language)
    someone.watch.answers.add(404)
    for path in ("/", "/nowhere"):
        someone.page.goto(f"{someone.stack.sandbox_url}{path}?lang={language}")
        someone.look()
