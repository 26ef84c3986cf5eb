"""The room of the shopper: a person with a small phone who opens a link, reads, presses, and comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.watch import Watch
from tests.journeys.endings import Ending, spoken
from tests.stack import Stack

SOON = 15_000
"""Milliseconds in which a waiting page must have noticed what has happened (it looks after 2, 5, 9 and 14 s)."""
PUSHED = ("tmoney", "flooz")
"""Operators that ask on the handset: there is no page of theirs."""
ORDER = re.compile(r"ord_\w+")
PIN, CODE = "1234", "123456"


@dataclass
class Shopper:
    """One person on one page, who reads `language`; without `scripts` their browser runs none."""

    page: Page
    stack: Stack
    language: str
    scripts: bool
    watch: Watch
    operator: str = "tmoney-online"

    # ---- reading

    def says(self, text: str, **values: str) -> str:
        """Return a text of the code in this shopper's language."""
        return spoken(text, self.language, **values)

    def reads(self, text: str, within: int = SOON, **values: str) -> None:
        """Require that the page says so in this shopper's language, and that nothing is wrong with it."""
        said = self.page.get_by_text(self.says(text, **values))
        expect(said.filter(visible=True).first).to_be_visible(timeout=within)
        self.look()

    def does_not_read(self, text: str) -> None:
        expect(self.page.get_by_text(self.says(text))).to_have_count(0)

    def look(self) -> None:
        """Judge the page."""
        self.page.wait_for_load_state()
        self.watch.look(self.page, self.language, scripts=self.scripts)

    @property
    def order_id(self) -> str:
        found = ORDER.search(self.page.locator(".help").inner_text())
        assert found, self.page.url
        return found[0]

    @property
    def order(self) -> dict[str, Any]:
        """Return the order on the page as the shop's program sees it."""
        return self.stack.order(self.order_id)

    @property
    def token(self) -> str:
        found = re.search(r"/pay/(\w+)", self.page.url)
        assert found, self.page.url
        return found[1]

    @property
    def checkout(self) -> str:
        return f"{self.stack.portal_url}/pay/{self.token}"

    # ---- going

    def open(self, url: str) -> None:
        """Type the address; a shopper whose browser asks for neither language presses the name of theirs."""
        self.page.goto(url)
        if self.page.evaluate("document.documentElement.lang") != self.language:
            self.follow(self.page.locator(f"footer a[lang={self.language}]"))
        self.look()

    def press(self, text: str, **values: str) -> None:
        """Press the button or follow the link that says so."""
        self.follow(self._named(self.says(text, **values)))

    def follow(self, pressed: Locator) -> None:
        """Press what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            pressed.click()

    def _named(self, name: str) -> Locator:
        button, link = self.page.get_by_role("button", name=name), self.page.get_by_role("link", name=name)
        return button.or_(link).first

    # ---- paying

    def open_link(self) -> None:
        """Open the demo's payment link and continue to the checkout."""
        self.open(self.stack.payment_link)
        self.press("Continuer")
        self.look()

    @property
    def wallet(self) -> Locator:
        """Return the button of this shopper's operator."""
        return self.page.locator(f".wallet[formaction$='/{self.operator}']")

    def choose(self, ending: Ending | None = None) -> None:
        """Type the number where one is wanted, press the wallet, and go on to the operator's page if it has one.

        A form that no script sends is sent by a press; an address forwards by itself.
        """
        if ending is not None and self.operator != "tmoney-online":
            self.page.fill("[name=phone]", ending.phone)
        self.follow(self.wallet)
        if self.operator == "tmoney-online" and not self.scripts:
            self.look()
            self.press("Continuer")
        if self.operator not in PUSHED:
            self.page.wait_for_selector("[name=pin], [name=otp], .note")

    def look_at_the_operators(self) -> None:
        """Judge the operator's page; not every operator is told the shopper's language."""
        self.page.wait_for_load_state()
        speaks = self.language
        if self.operator != "tmoney-online":
            speaks = self.page.evaluate("document.documentElement.lang")
        self.watch.look(self.page, speaks, scripts=self.scripts)

    def identify(self, ending: Ending) -> None:
        """Type phone and PIN at the operator's."""
        self.look_at_the_operators()
        self.page.fill("[name=phone]", ending.phone)
        self.page.fill("[name=pin]", PIN)
        self.follow(self.page.locator("main form button").first)

    def enter_code(self) -> None:
        self.look_at_the_operators()
        self.page.fill("[name=otp]", CODE)
        self.follow(self.page.locator("main form button").first)

    def confirm(self) -> None:
        """Press "Confirmer" on the operator's page of success."""
        self.look_at_the_operators()
        self.follow(self.page.locator("main a.button"))

    def pay(self, ending: Ending) -> None:
        """Do at the operator's what a willing shopper does, and come back to the checkout."""
        checkout = self.checkout
        self.choose(ending)
        if self.operator in PUSHED:
            return
        match ending.digits:
            case "03":
                for _ in range(3):
                    self.identify(ending)
            case "04":
                self.identify(ending)
                self.look_at_the_operators()
                self.open(checkout)
            case "01" | "02":
                self.identify(ending)
                self.enter_code()
            case _:
                self.identify(ending)
                self.enter_code()
                self.confirm()
        self.page.wait_for_url(f"{self.stack.portal_url}/**")
