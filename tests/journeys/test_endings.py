"""Every ending of the shopper's number, from the payment link to the last word, on both kinds of database."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic as clock

import pytest

from tests.databases import Kind
from tests.journeys.conftest import Shop
from tests.journeys.endings import ENDINGS, UNHEARD_START, Ending, row, spoken
from tests.journeys.walker import Walker

LANGUAGES = ("fr", "en")
Record = Callable[[str, object], None]


class Payment:
    """One shopper paying by the link, in one language and with one number."""

    def __init__(self, shop: Shop, language: str, ending: Ending) -> None:
        self.shop, self.wire, self.language, self.ending = shop, shop.wire, language, ending
        self.walker = Walker(shop.wire.fetch, f"{shop.link}?lang={language}")
        self.walker.press(self.says("Continuer"))
        self.checkout = self.walker.page.url

    @property
    def page(self) -> str:
        return self.walker.page.text.replace("\u202f", " ").replace("\u00a0", " ")

    def says(self, text: str, **values: str) -> str:
        return spoken(text, self.language, **values)

    def choose(self) -> None:
        """Press the wallet."""
        self.walker.press(to="/tmoney-online")

    def pay(self) -> None:
        """Press the wallet, and do at the operator's what a willing shopper does."""
        self.choose()
        self.walker.press(self.says("Continuer"))
        for _ in range(3 if self.ending.digits == "03" else 1):
            self.walker.press(phone=self.ending.phone, pin="1234")
        if any("otp" in form.fields for form in self.walker.page.forms):
            self.walker.press(otp="123456")

    def come_back(self) -> None:
        """Go where the operator's page leads; from one that leads nowhere, open the checkout again."""
        leave = [url for url in self.walker.page.links.values() if "/return/" in url]
        self.walker.open(leave[0] if leave else self.checkout)

    def order(self) -> dict[str, object]:
        """Return the order as the shop's program sees it."""
        found = re.search(r"ord_\w+", self.page)
        assert found, self.page
        answer = self.wire.fetch_as(self.shop.headers, f"/api/v1/orders/{found[0]}")
        return dict(answer.json or {})


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.digits)
def test_a_payment_ends_as_its_number_says(
    shop: Shop, ending: Ending, database_kind: Kind, record_property: Record
) -> None:
    began, language = clock(), LANGUAGES[int(ending.digits) % 2]
    payment = Payment(shop, language, ending)
    if ending.digits == "10":
        shop.wire.set(lose_next_session_replies=1)
        payment.choose()
        assert payment.says(UNHEARD_START) in payment.page
    payment.pay()
    shop.wire.passes(seconds=0)
    payment.come_back()
    if ending.digits in {"04", "05", "09"}:
        assert payment.walker.page.refresh is not None, "the page that waits looks again by itself"
        shop.wire.passes(**({"hours": 24} if ending.digits == "09" else {"minutes": 3}))
        payment.walker.wait()
    shop.wire.passes(seconds=2)
    payment.walker.open(payment.checkout)
    reads = payment.says(ending.reads)
    order = payment.order()
    record_property(
        "shown", row(f"without a socket, {database_kind}", ending, language, order, clock() - began)
    )
    assert reads in payment.page
    assert (order["status"], order["money_moved"]) == (ending.status, ending.money_moved)
    assert payment.walker.page.language == language


def sent(shop: Shop) -> list[object]:
    return [entry["status"] for entry in shop.wire.journal("out")]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.digits)
def test_the_operator_is_answered_as_its_protocol_wants(shop: Shop, ending: Ending) -> None:
    payment = Payment(shop, "fr", ending)
    payment.pay()
    shop.wire.passes(minutes=3)
    shop.wire.passes(seconds=5)
    assert sent(shop) == list(ending.told)
