"""The receipt: reached from the paid page, kept as an address or a QR code, opened by anyone who doubts it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS, PAID

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-doubts")]

GOOD = BY_DIGITS["00"]


@pytest.mark.parametrize(("language", "scripts"), [("fr", True), ("en", True), ("en", False)])
def test_a_paid_order_has_a_receipt_that_anyone_can_verify(
    shopper: Callable[..., Shopper], language: str, *, scripts: bool
) -> None:
    someone = shopper(language, scripts=scripts)
    someone.open_link()
    someone.pay(GOOD)
    someone.reads(PAID)
    someone.press("Voir le reçu")
    someone.reads("Reçu de paiement")
    someone.reads(PAID)
    image = someone.page.get_by_role("img", name=someone.says("Code QR de ce reçu"))
    expect(image).to_be_visible()
    assert image.evaluate("picture => picture.complete && picture.naturalWidth > 100")
    address = someone.page.locator(".hint .code").inner_text()
    assert someone.page.url.split("?")[0] == address
    seen_by_anyone = requests.get(address, timeout=10)
    assert seen_by_anyone.status_code == 200
    assert GOOD.phone.replace(" ", "") not in seen_by_anyone.text.replace(" ", "")
