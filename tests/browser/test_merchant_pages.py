"""Every page of a merchant is fit for everyone, in both languages, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.browser.portal_gallery import MERCHANT
from tests.browser.stand import Picture, Stand, Who
from tests.browser.watch import Watch
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("merchants")]

LANGUAGES = ("fr", "en")
FOR_PROGRAMMERS = {"api_docs.read", "embedding_docs.read"}
"""The API's manuals are in English alone."""
ANY_ORDER = ("open", "waiting", "paid", "review", "unheard")
"""States of orders that other tests bring about; here a page of each must merely be there to be judged."""


class Desk:
    """One language's browsers, one for each kind of person, watched as they go."""

    def __init__(self, browser: Browser, stack: Stack, language: str) -> None:
        self.stack, self.language = stack, language
        self.watch = Watch(answers={422})
        self._browser = browser
        self._pages: dict[Who, Page] = {}
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()

    def stand(self, who: Who) -> Stand:
        if who not in self._pages:
            how = chromium.options(self.language, scripts=True)
            page = self._pages[who] = self._open.enter_context(self._browser.new_context(**how)).new_page()
            self.watch.over(page)
            page.goto(f"{self.stack.portal_url}/login?lang={self.language}")
            Stand(page, self.stack, self.language).sign_in(who, f"desk-{self.language}@boutique.example")
        return Stand(self._pages[who], self.stack, self.language, self.orders)

    @property
    def orders(self) -> dict[str, str]:
        made: str = self.stack.open_order()["id"]
        return {f"{state} id": made for state in ANY_ORDER}


@pytest.fixture(scope="module", params=LANGUAGES)
def desk(request: pytest.FixtureRequest, browser: Browser, sqlite_stack: Stack) -> Iterator[Desk]:
    desk = Desk(browser, sqlite_stack, request.param)
    yield desk
    desk.close()


@pytest.mark.parametrize("picture", MERCHANT, ids=lambda picture: picture.name)
def test_nothing_is_wrong_with_the_page(desk: Desk, picture: Picture) -> None:
    stand = desk.stand(picture.who)
    picture.way(stand)
    language = "en" if picture.endpoint in FOR_PROGRAMMERS else desk.language
    desk.watch.look(stand.page, language, scripts=True)
    desk.watch.require_nothing()
