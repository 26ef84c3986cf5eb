"""The room of a shop's page on another origin: it has the button, and writes down what it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, render_template_string, request
from playwright.sync_api import Page

from tests.browser.shopper import CODE, PIN, SOON
from tests.clients.served import served
from tests.stack import Stack

PAGE = """<!doctype html>
<html lang="fr"><title>Boutique</title>
<h1>Boutique</h1>
<a id="link" href="{{ to }}" data-cross>Payer</a>
<form id="form" action="{{ to }}" method="get" data-cross>
<input name="reference" aria-label="Référence" value="Café &quot;8&quot; + été"><button>Payer</button>
</form>
<script>
var ends = [], heard = [];
addEventListener("message", event => heard.push(event.data));
document.addEventListener("cross:end", event => ends.push({on: event.target.id, ...event.detail}));
</script>
<script src="{{ portal }}/button.js" defer></script>
"""
SETTLED = 500
"""Milliseconds after which whatever a page would say has been said."""


@dataclass(frozen=True)
class ShopWindow:
    """The shop as a shopper sees it; `url` is its origin."""

    url: str
    stack: Stack

    def shows(self, page: Page, to: str) -> None:
        """Open the shop's page, whose button leads to the address."""
        page.goto(f"{self.url}/?to={to}")

    def opens(self, page: Page, button: str) -> Page:
        """Press the button, and return the window that it opens."""
        with page.expect_popup() as opening:
            page.click(button)
        window = opening.value
        window.wait_for_load_state()
        return window

    def told(self, page: Page, *, ends: int) -> list[Mapping[str, Any]]:
        """Return what the page was told of ends, once there were so many and no more came."""
        page.wait_for_function("least => ends.length >= least", arg=ends, timeout=SOON)
        page.wait_for_timeout(SETTLED)
        found: list[Mapping[str, Any]] = page.evaluate("ends")
        return found

    def pays(self, window: Page) -> None:
        """Pay in that window from the checkout's page on, and stand on the page that says so."""
        window.click(".wallet[formaction$='/tmoney-online']")
        window.wait_for_selector("[name=pin], form[data-auto] button")
        if window.locator("form[data-auto] button").count():
            window.click("form[data-auto] button")
        window.fill("[name=phone]", "90 00 00 00")
        window.fill("[name=pin]", PIN)
        window.locator("main form button").first.click()
        window.fill("[name=otp]", CODE)
        window.locator("main form button").first.click()
        window.click("main a.button")
        window.wait_for_url(f"{self.stack.portal_url}/**")
        window.wait_for_selector(".done", timeout=SOON)


@contextmanager
def shop_window(stack: Stack) -> Iterator[ShopWindow]:
    """Serve the shop's page during the body, by a name that makes it another site than the portal."""
    app = Flask(__name__)

    @app.get("/")
    def front() -> str:
        return render_template_string(PAGE, to=request.args["to"], portal=stack.portal_url)

    with served(app) as address:
        yield ShopWindow(address.replace("127.0.0.1", "localhost"), stack)
