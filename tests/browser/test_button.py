"""The button on a shop's page: it opens the checkout in a window, and tells a listed site once how it ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser import chromium
from tests.browser.shop_window import SETTLED, ShopWindow, shop_window
from tests.browser.shopper import ORDER, SOON
from tests.browser.stand import Stand
from tests.browser.watch import Watch
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("merchants")]


@pytest.fixture
def shop(stack: Stack) -> Iterator[ShopWindow]:
    with shop_window(stack) as shop:
        yield shop


@pytest.fixture
def merchant(browser: Browser, stack: Stack) -> Iterator[Stand]:
    """Sign the demo's merchant in; in the end no site is listed, as before."""
    with browser.new_context(**chromium.options("fr-FR")) as context:
        stand = Stand(context.new_page(), stack, "fr")
        stand.open("/login")
        stand.sign_in("merchant", "")
        yield stand
        lists(stand, "")


@pytest.fixture
def listed(merchant: Stand, shop: ShopWindow) -> ShopWindow:
    lists(merchant, shop.url)
    return shop


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(**chromium.options("fr-FR")) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def lists(merchant: Stand, sites: str) -> None:
    merchant.open("/portal/settings")
    merchant.submit(sites=sites)


def order_on(window: Page) -> str:
    found = ORDER.search(window.locator(".help").inner_text())
    assert found, window.url
    return found[0]


def test_a_listed_site_is_told_once_that_its_order_was_paid(page: Page, listed: ShopWindow) -> None:
    listed.shows(page, listed.stack.payment_link)
    window = listed.opens(page, "#link")
    watch = Watch()
    watch.over(window)
    window.click("main form button")
    listed.pays(window)
    order = order_on(window)
    assert listed.told(page, ends=1) == [{"on": "link", "order": order, "status": "paid"}]
    assert listed.stack.order(order)["status"] == "paid"

    watch.look(window, "fr", scripts=True)
    watch.require_nothing()
    window.reload()
    assert len(listed.told(page, ends=1)) == 1

    with window.expect_event("close"):
        window.get_by_role("button", name="Fermer et revenir à la boutique").click()
    assert urlsplit(page.url).netloc == urlsplit(listed.url).netloc


def test_nobody_else_can_say_that_it_ended(page: Page, listed: ShopWindow) -> None:
    listed.shows(page, listed.stack.payment_link)
    listed.opens(page, "#link")
    page.evaluate("postMessage({order: 'ord_x', status: 'paid'}, '*')")
    page.wait_for_timeout(SETTLED)
    assert page.evaluate("[heard.length, ends.length]") == [1, 0]


def test_one_window_serves_who_presses_the_button_twice(page: Page, listed: ShopWindow) -> None:
    listed.shows(page, listed.stack.payment_link)
    window = listed.opens(page, "#link")
    with window.expect_navigation():
        page.click("#link")
    assert page.context.pages == [page, window]
    window.click("main form button")
    listed.pays(window)
    assert len(listed.told(page, ends=1)) == 1


def test_an_operator_whose_page_cuts_the_window_off_leaves_the_shopper_the_way_back(
    page: Page, listed: ShopWindow
) -> None:
    def cut_off(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        route.fulfill(response=answer, headers=answer.headers | {"cross-origin-opener-policy": "same-origin"})

    back = f"{listed.stack.sandbox_url}/?lang=fr"
    order = listed.stack.open_order(site=listed.url, return_url=back)
    page.context.route(re.compile(re.escape(f"{listed.stack.sandbox_url}/tmoney-online/")), cut_off)
    listed.shows(page, order["checkout_url"])
    window = listed.opens(page, "#link")
    listed.pays(window)
    expect(window.get_by_role("link", name="Revenir à la boutique")).to_be_visible()
    expect(window.get_by_role("button", name="Fermer et revenir à la boutique")).to_be_hidden()
    window.wait_for_url(re.compile(f"order_id={order['id']}&status=paid$"), timeout=SOON)
    assert page.evaluate("[heard.length, ends.length]") == [0, 0]


def test_an_order_of_the_shops_program_ends_in_its_window_too(page: Page, listed: ShopWindow) -> None:
    back = f"{listed.stack.sandbox_url}/?lang=fr"
    order = listed.stack.open_order(site=listed.url, return_url=back)
    listed.shows(page, order["checkout_url"])
    window = listed.opens(page, "#link")
    window.get_by_role("button", name="Annuler et revenir à la boutique").click()
    assert listed.told(page, ends=1) == [{"on": "link", "order": order["id"], "status": "cancelled"}]
    expect(window.get_by_role("link", name="Revenir à la boutique")).to_be_hidden()
    expect(window.get_by_role("button", name="Fermer et revenir à la boutique")).to_be_visible()


def test_a_form_opens_the_window_with_all_that_was_typed(
    page: Page, merchant: Stand, listed: ShopWindow
) -> None:
    listed.shows(page, merchant.new_link("Don", prefill=True))
    window = listed.opens(page, "#form button")
    expect(window.locator("[name=reference]")).to_have_value('Café "8" + été')
    assert parse_qs(urlsplit(window.url).query)["opener"] == [listed.url]
    assert page.url.startswith(listed.url)


def test_a_site_that_is_not_listed_is_told_nothing(page: Page, shop: ShopWindow) -> None:
    shop.shows(page, shop.stack.payment_link)
    window = shop.opens(page, "#link")
    window.click("main form button")
    shop.pays(window)
    assert shop.stack.order(order_on(window))["status"] == "paid"
    assert window.evaluate("opener") is None
    page.wait_for_timeout(SETTLED)
    assert page.evaluate("[heard.length, ends.length]") == [0, 0]


def test_where_the_browser_blocks_the_window_the_shopper_pays_in_the_same_one(
    page: Page, context: BrowserContext, listed: ShopWindow
) -> None:
    page.add_init_script("window.open = () => null;")  # as browsers answer that block it
    listed.shows(page, listed.stack.payment_link)
    page.click("#link")
    page.wait_for_url(re.compile(re.escape(listed.stack.payment_link)))
    page.click("main form button")
    listed.pays(page)
    assert context.pages == [page]
    expect(page.get_by_role("button", name="Fermer et revenir à la boutique")).to_have_count(0)


def test_a_shopper_who_wants_a_tab_of_their_own_gets_it(page: Page, listed: ShopWindow) -> None:
    listed.shows(page, listed.stack.payment_link)
    with page.context.expect_page() as opening:
        page.click("#link", modifiers=["Control"])
    opening.value.wait_for_load_state()
    assert "opener=" not in opening.value.url


@pytest.mark.parametrize("button", ["#link", "#form button"])
def test_without_scripts_the_link_and_the_form_lead_there(
    browser: Browser, merchant: Stand, listed: ShopWindow, button: str
) -> None:
    link = merchant.new_link("Deux pagnes", "500", prefill=True)
    with browser.new_context(**chromium.options("fr-FR", scripts=False)) as context:
        page = context.new_page()
        listed.shows(page, link)
        page.click(button)
        page.wait_for_url(re.compile(re.escape(link)))
        if button != "#link":
            expect(page.locator("[name=reference]")).to_have_value('Café "8" + été')
        page.click("main form button")
        listed.pays(page)
        assert listed.stack.order(order_on(page))["status"] == "paid"
