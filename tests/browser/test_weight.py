"""The pages on which a shopper chooses and waits must arrive over a weak network: two requests, 14 KB in all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

MOST_BYTES = 14 * 1024
MOST_REQUESTS = 2
NOBODY_ACTS = "90 00 00 04"
LONG = "Deux pagnes tissés à la main, teints à l'indigo de Kpalimé"

Record = Callable[[str, object], None]


@dataclass
class Line:
    """What comes over the wire to a browser that begins with an empty cache, as Chromium counts it.

    `sizes`: bytes of each answer, status line and headers with the body; what the cache had is none.
    """

    page: Page
    sizes: list[int] = field(default_factory=list)

    def listen(self) -> None:
        network = self.page.context.new_cdp_session(self.page)
        network.on("Network.loadingFinished", self._arrived)
        network.send("Network.enable")

    def _arrived(self, event: dict[str, Any]) -> None:
        if not event["requestId"].startswith("data:") and event["encodedDataLength"]:
            self.sizes.append(int(event["encodedDataLength"]))

    def opens(self, url: str) -> None:
        """Open the page, and count from there."""
        self.sizes.clear()
        self.page.goto(url, wait_until="networkidle")

    def held(self, what: str, record_property: Record) -> None:
        """Require that no more came than may come for one page."""
        weight, sizes = sum(self.sizes), ", ".join(map(str, self.sizes))
        record_property("shown", f"{what}: {weight} bytes ({sizes}) in {len(self.sizes)} requests")
        assert 0 < len(self.sizes) <= MOST_REQUESTS
        assert 2_000 < weight <= MOST_BYTES


@pytest.fixture
def line(browser: Browser) -> Iterator[Line]:
    with browser.new_context(**chromium.options("fr")) as context:
        line = Line(context.new_page())
        line.listen()
        yield line


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_with_four_operators_is_light(
    line: Line, stack: Stack, record_property: Record, language: str
) -> None:
    order = stack.open_order(description=LONG)
    line.opens(f"{order['checkout_url']}?lang={language}")
    assert line.page.locator(".wallet").count() == 4
    line.held("checkout page", record_property)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("operator", ["tmoney", "moneyfusion"])
def test_the_page_that_waits_is_light_for_who_comes_from_there(
    line: Line, stack: Stack, record_property: Record, operator: str, language: str
) -> None:
    checkout = f"{stack.open_order(description=LONG)['checkout_url']}?lang={language}"
    line.opens(checkout)
    line.page.fill("#phone", NOBODY_ACTS)
    line.sizes.clear()
    line.page.click(f".wallet[formaction$='/{operator}']")
    if operator == "moneyfusion":
        line.page.wait_for_url(f"{stack.sandbox_url}/**", wait_until="networkidle")
        line.opens(checkout)
    line.page.wait_for_load_state("networkidle")
    assert line.page.locator("form[action$='/ask']").count() == 1
    line.held(f"page that waits for {operator}", record_property)
