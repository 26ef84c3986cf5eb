"""The page on which a shopper chooses must arrive over a weak network: two requests, 14 KB with their headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

MOST_BYTES = 14 * 1024
MOST_REQUESTS = 2


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_checkout_page_is_light(
    browser: Browser, stack: Stack, record_property: Callable[[str, object], None], language: str
) -> None:
    order = stack.open_order(description="Deux pagnes tissés à la main, teints à l'indigo de Kpalimé")
    arrived: list[dict[str, Any]] = []
    asked: list[str] = []
    with browser.new_context(**chromium.options(language)) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        network.on("Network.loadingFinished", lambda event: arrived.append(event))  # noqa: PLW0108 - Playwright marks what it calls
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(f"{order['checkout_url']}?lang={language}", wait_until="networkidle")
    fetched = [url for url in asked if not url.startswith("data:")]
    # Chromium counts what came over the wire: status line and headers with the body.
    weight = sum(int(event["encodedDataLength"]) for event in arrived)
    sizes = ", ".join(str(int(event["encodedDataLength"])) for event in arrived)
    record_property(
        "shown", f"checkout page: {weight} bytes ({sizes}) in {len(fetched)} requests, cold cache"
    )
    assert 0 < len(fetched) <= MOST_REQUESTS, fetched
    assert 2_000 < weight <= MOST_BYTES
