"""The shop of docs/examples sells one thing through the sandbox, and releases it once, whatever befalls its webhooks.

The first two tries come by themselves, at once and after five seconds. The next would be five minutes later, so these
tests ask for it as the shop's owner may: `POST /webhook-deliveries/{id}/redeliver`, which begins a new round. Nothing
of the schedule is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from tests.browser import chromium
from tests.browser.shop import ExampleShop, example_shop
from tests.browser.shopper import CODE, PIN
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("merchants")]

SOON = 15_000
NOBODYS_SECRET = "whsec_" + "bm9ib2R5J3Mgc2VjcmV0IG9mIDMyIGJ5dGVzISE="


@pytest.fixture
def shop(stack: Stack, tmp_path: Path) -> Iterator[ExampleShop]:
    with example_shop(stack, tmp_path) as shop:
        yield shop


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(**chromium.options("fr", scripts=True)) as context:
        yield context.new_page()


def buys(page: Page, shop: ExampleShop) -> str:
    """Go from the shop's page to the operator's; return Cross's number of the order."""
    page.goto(shop.url)
    page.get_by_role("button", name="Acheter pour 500 F CFA").click()
    page.wait_for_url(f"{shop.stack.portal_url}/pay/**")
    [number] = [word for word in page.locator(".help").inner_text().split() if word.startswith("ord_")]
    page.locator(".wallet[formaction$='/tmoney-online']").click()
    page.wait_for_selector("[name=pin]")
    return number.rstrip(".")


def pays(page: Page, shop: ExampleShop) -> None:
    """Pay at the operator's, and be led back to the shop by Cross."""
    page.fill("[name=phone]", "90 00 00 00")
    page.fill("[name=pin]", PIN)
    page.locator("main form button").first.click()
    page.fill("[name=otp]", CODE)
    page.locator("main form button").first.click()
    page.locator("main a.button").click()
    page.wait_for_url(f"{shop.stack.portal_url}/**")
    expect(page.get_by_text("Payé").first).to_be_visible(timeout=SOON)


def comes_back(page: Page, shop: ExampleShop) -> None:
    page.wait_for_url(f"{shop.url}/orders/**", timeout=SOON)


def tells(shop: ExampleShop, event_id: str, event: Mapping[str, Any], secret: str) -> int:
    """Post what claims to be a webhook; return what the shop answers."""
    body, now = json.dumps(event), datetime.now(UTC)
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, now, body),
    }
    return requests.post(f"{shop.url}/webhooks/cross", body.encode(), headers=headers, timeout=10).status_code


def test_goods_are_released_once_although_three_webhooks_met_a_shop_that_could_not_write(
    page: Page, shop: ExampleShop
) -> None:
    with shop.open():
        number = buys(page, shop)
        with shop.disk_busy():
            pays(page, shop)
            comes_back(page, shop)
            expect(page.get_by_text("Nous attendons la confirmation")).to_be_visible()
            event = shop.paid_event(number)
            shop.redeliver(shop.delivery_of(event, tried=2))
            down = shop.delivery_of(event, tried=3)
            assert [one["status"] for one in down["attempts"]] == [500, 500, 500]
            assert (down["status"], shop.released()) == ("pending", [])
        taken = shop.delivery_of(event, tried=4)  # due five seconds after the third
        assert (taken["status"], taken["attempts"][-1]["status"]) == ("delivered", 204)
        [(released, voucher)] = shop.released()
        assert released == number
        expect(page.locator("#voucher")).to_have_text(voucher, timeout=SOON)

        shop.redeliver(taken)
        again = shop.delivery_of(event, tried=5)
        assert (again["event_id"], again["attempts"][-1]["status"]) == (event["id"], 204)
        assert shop.released() == [(number, voucher)]


def test_goods_are_released_once_although_the_shop_was_away_while_it_was_paid(
    page: Page, shop: ExampleShop
) -> None:
    """It catches up as it comes back; the webhook that then arrives as well finds everything done."""
    with ExitStack() as evening:
        evening.enter_context(shop.open())
        number = buys(page, shop)
        evening.close()
        pays(page, shop)
        event = shop.paid_event(number)
        shop.redeliver(shop.delivery_of(event, tried=2))
        down = shop.delivery_of(event, tried=3)
        assert [one["error"] for one in down["attempts"]] == ["no answer: ConnectionRefusedError"] * 3
        assert shop.released() == []
    with shop.open():
        [(released, voucher)] = shop.released()
        assert released == number
        taken = shop.delivery_of(event, tried=4)
        assert (taken["status"], taken["attempts"][-1]["status"]) == ("delivered", 204)
        assert shop.released() == [(number, voucher)]


def test_a_forged_webhook_releases_nothing_and_a_true_one_that_comes_twice_releases_once(
    page: Page, shop: ExampleShop
) -> None:
    with shop.open():
        number = buys(page, shop)
        paid: dict[str, Any] = {"type": "order.paid", "data": {"id": number, "amount": 500}}
        secret = shop.endpoint["secret"]
        assert tells(shop, "evt_forged", paid, NOBODYS_SECRET) == 400
        assert requests.post(f"{shop.url}/webhooks/cross", json=paid, timeout=10).status_code == 400
        less = {"type": "order.paid", "data": {"id": number, "amount": 1}}
        assert tells(shop, "evt_less", less, secret) == 204
        assert (
            tells(shop, "evt_other", {"type": "order.paid", "data": {"id": "ord_x", "amount": 500}}, secret)
            == 204
        )
        assert shop.released() == []
        assert [tells(shop, "evt_true", paid, secret) for _ in range(2)] == [204, 204]
        assert tells(shop, "evt_true_too", paid, secret) == 204
        assert [order for order, _voucher in shop.released()] == [number]
