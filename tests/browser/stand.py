"""The room of a photographer's stand: one page, and the ways to bring it into a state worth a picture."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page, expect

from tests.browser.shopper import CODE, ORDER, PIN
from tests.stack import Stack

Who = Literal["stranger", "merchant", "newcomer"]
"""Nobody in particular, without scripts; the demo's merchant; a merchant who has just signed up."""

TMONEY_ONLINE = "tmoney-online"
PASSWORD = "trois mots secrets"
LED_BACK = frozenset({"01", "02"})
"""Endings after which the operator's page leads back by itself; after the others somebody presses "Confirmer"."""
GIVEN_UP = 75_000
"""Milliseconds after which a waiting page has noticed that its order's minute is over."""


@dataclass
class Stand:
    """Where a picture is taken. `early`: checkouts of orders opened long before, by what became of them."""

    page: Page
    stack: Stack
    language: str
    early: Mapping[str, str] = field(default_factory=dict)

    def open(self, path: str) -> None:
        """Go to a page of the portal."""
        self.page.goto(path if "://" in path else f"{self.stack.portal_url}{path}")

    def order(self, **wanted: object) -> str:
        """Open an order's checkout; return its address."""
        checkout: str = self.stack.open_order(**wanted)["checkout_url"]
        self.open(checkout)
        return checkout

    # ---- the shopper

    def choose(self, **wanted: object) -> str:
        """Go as far as the page that forwards to the operator."""
        checkout = self.order(**wanted)
        self.page.click(".wallet[formaction$='/tmoney-online']")
        return checkout

    def arrive(self, **wanted: object) -> str:
        """Go as far as the operator's page."""
        checkout = self.choose(**wanted)
        self.page.click("form[data-auto] button")
        self.page.wait_for_selector("[name=pin]")
        return checkout

    def identify(self, digits: str, pin: str = PIN) -> None:
        self.page.fill("[name=phone]", f"90 00 00 {digits}")
        self.page.fill("[name=pin]", pin)
        self.page.locator("main form button").first.click()

    def enter_code(self) -> None:
        self.page.fill("[name=otp]", CODE)
        self.page.locator("main form button").first.click()

    def pay(self, digits: str, **wanted: object) -> str:
        """Pay with a number of that ending, and stand on the checkout when the operator has spoken."""
        checkout = self.arrive(**wanted)
        self.identify(digits)
        self.enter_code()
        if digits not in LED_BACK:
            self.page.click("main a.button")
        self.page.wait_for_url(f"{self.stack.portal_url}/**")
        self.await_end()
        return checkout

    def await_end(self) -> None:
        """Look until the page no longer waits."""
        expect(self.page.locator(".wait")).to_have_count(0, timeout=GIVEN_UP)

    def come_back(self, way: str) -> None:
        """Choose, and come back by that way without the operator having said a word."""
        self.choose()
        accept = self.page.locator("input[name=accepturl]").get_attribute("value") or ""
        self.open(accept.replace("/accept", f"/{way}"))

    @contextmanager
    def set(self, settings: Mapping[str, object], usual: Mapping[str, object]) -> Iterator[None]:
        """Let the twin behave so during the body."""
        self.stack.set(TMONEY_ONLINE, **settings)
        try:
            yield
        finally:
            self.stack.set(TMONEY_ONLINE, **usual)

    def click_elsewhere(self, checkout: str, operator: str) -> None:
        """Start a payment from another browser, and do not wait for it."""
        threading.Thread(target=requests.post, args=(f"{checkout}/{operator}",), daemon=True).start()

    # ---- the merchant

    def sign_in(self, who: Who, newcomer: str) -> None:
        """Let them in at the login page that is open; a newcomer signs up first, with that address."""
        email, password = self.stack.email, self.stack.password
        if who == "stranger":
            return
        if who == "newcomer":
            email, password = newcomer, PASSWORD
            self.open("/signup")
            self.submit(store="Chez Akofa", email=email, phone="90 11 22 33", password=password)
        self.submit(email=email, password=password)

    @property
    def order_id(self) -> str:
        """Return the number of the order that the page names."""
        found = ORDER.search(self.page.locator(".help").inner_text())
        assert found, self.page.url
        return found[0]

    def submit(self, **typed: str) -> None:
        """Fill the form of the page, send it, and wait for the page that answers."""
        for name, text in typed.items():
            self.page.locator(f"main [name={name}]").fill(text)
        with self.page.expect_navigation():
            self.page.locator("main form p.actions button").first.click()

    def new_link(self, title: str, amount: str = "", *, prefill: bool = False) -> str:
        """Make a payment link in the portal, the signed-in merchant's; return its public address."""
        self.open("/portal/links/new")
        self.page.check(f"[name=kind][value={'fixed' if amount else 'free'}]")
        if prefill:
            self.page.check("[name=prefill]")
        self.submit(title=title, amount=amount)
        return self.page.locator("#link-address").input_value()

    def write(self, statement: str, *values: Any) -> None:
        """Change the database behind everyone's back, as only time could."""
        file = urlsplit(self.stack.environment["DATABASE_URL"]).path.removeprefix("/")
        with closing(sqlite3.connect(f"/{file.lstrip('/')}", timeout=10)) as connection, connection:
            assert connection.execute(statement, values).rowcount == 1, statement


Way = Callable[[Stand], object]


@dataclass(frozen=True)
class Picture:
    """One page in one state. `endpoint`: the portal's view that shows it, or `sandbox`."""

    name: str
    endpoint: str
    way: Way
    who: Who = "stranger"


def opened(path: str) -> Way:
    """Return the way to a page that needs no more than its address."""
    return lambda stand: stand.open(path)


def slug_of(address: str) -> str:
    """Return the name of a payment link in its address."""
    found = re.search(r"/l/([^?/]+)", address)
    assert found, address
    return found[1]
