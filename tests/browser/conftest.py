"""What a test in a browser may ask for: the whole stack, Chromium in three tempers, and a shopper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from _pytest.nodeid import NodeId
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser import chromium
from tests.browser.shopper import Shopper
from tests.browser.watch import Watch
from tests.databases import Databases
from tests.servers import PostgreSQL
from tests.stack import Stack, running_stack

LOCALES = {"fr": "fr-FR", "en": "en-GB"}
USUAL = {
    "slow_seconds": 1.5,
    "stale_after_seconds": 0.3,
    "lapse_seconds": 180,
    "session_reply": "",
    "session_status": 200,
    "session_delay": 0,
    "lose_next_session_replies": 0,
}
"""What the twin is set to before every test: a shopper of the tests has less patience than one of the world."""
HANDSET = {
    "prompt_seconds": 1,
    "slow_seconds": 2,
    "stale_after_seconds": 0.3,
    "lapse_seconds": 2,
    "reply_delay": 0,
}
USUAL_ELSEWHERE = {
    "tmoney": HANDSET,
    "flooz": HANDSET,
    "moneyfusion": {"slow_seconds": 1.5, "stale_after_seconds": 0.3, "lapse_seconds": 180, "reply_delay": 0},
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep groups together: xdist 3.8 writes a test's group into `_nodeid`, which pytest 9.2 no longer reads.

    Without it every process would start a stack and browsers of its own, and share none between tests.
    """
    for item in items:
        grouped = item.__dict__.get("_nodeid")
        if grouped:
            item._id = NodeId.parse(grouped)  # noqa: SLF001 - where pytest keeps it now


@pytest.fixture(scope="session")
def sqlite_stack(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run portal, sandbox and worker on SQLite."""
    with databases.fresh("sqlite") as url, running_stack(url, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgresql_stack(
    postgresql_server: PostgreSQL, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Run the same on PostgreSQL, whose server is asked for here so that it outlives them."""
    with databases.fresh("postgresql") as url, running_stack(url, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium.PATH is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium.launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def cookieless(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., BrowserContext]]:
    """Start the browsers that refuse cookies: `cookieless(scripts=False)`, each once."""
    with ExitStack() as running:
        found: dict[bool, BrowserContext] = {}

        def context(*, scripts: bool) -> BrowserContext:
            if scripts not in found:
                profile = tmp_path_factory.mktemp("profile")
                found[scripts] = running.enter_context(
                    chromium.refusing_cookies(playwright, profile, scripts=scripts)
                )
            return found[scripts]

        yield context


@dataclass
class Street:
    """Where shoppers come from. `met`: the pages that axe has judged already."""

    browser: Browser
    cookieless: Callable[..., BrowserContext]
    met: set[tuple[str, ...]] = field(default_factory=set)

    @contextmanager
    def shopper(
        self,
        stack: Stack,
        language: str,
        *,
        scripts: bool = True,
        cookies: bool | None = None,
        operator: str = "tmoney-online",
    ) -> Iterator[Shopper]:
        """Send one, who must find nothing wrong in the end; without scripts cookies are refused as well.

        Who reads English likes dark pages, and who refuses cookies has a browser that asks for neither language.
        """
        watch = Watch(met=self.met)
        with self._page(language, scripts=scripts, cookies=scripts if cookies is None else cookies) as page:
            watch.over(page)
            yield Shopper(page, stack, language, scripts, watch, operator)
            watch.require_nothing()

    @contextmanager
    def _page(self, language: str, *, scripts: bool, cookies: bool) -> Iterator[Page]:
        if not cookies:
            with self.cookieless(scripts=scripts).new_page() as page:
                yield page
            return
        scheme: chromium.Scheme = "dark" if language == "en" else "light"
        how = chromium.options(LOCALES[language], scripts=scripts, scheme=scheme)
        with self.browser.new_context(**how) as context:
            yield context.new_page()


@pytest.fixture(scope="session")
def street(browser: Browser, cookieless: Callable[..., BrowserContext]) -> Street:
    return Street(browser, cookieless)


@pytest.fixture
def stack(sqlite_stack: Stack) -> Stack:
    """Give the stack on SQLite, its twin as usual."""
    return as_usual(sqlite_stack)


def as_usual(stack: Stack) -> Stack:
    stack.set("tmoney-online", **USUAL)
    for operator, settings in USUAL_ELSEWHERE.items():
        stack.set(operator, **settings)
    return stack


@pytest.fixture
def shopper(street: Street, stack: Stack) -> Iterator[Callable[..., Shopper]]:
    """Send shoppers to the stack: `shopper("en", scripts=False)`."""
    with ExitStack() as arrived:
        yield lambda language="fr", **how: arrived.enter_context(street.shopper(stack, language, **how))
