"""The room of what a merchant may see about webhooks, each page in each state."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.stand import Picture, Stand, opened

NOBODY = "http://127.0.0.1:9/webhooks"
"""Where nobody listens: each try is refused at once."""
TOLD = 15_000
"""Milliseconds in which the worker has tried."""


def made(stand: Stand) -> None:
    """Make an endpoint; the page shows its secret. Earlier ones are deleted first: a store has only so many."""
    stand.open("/portal/webhooks")
    while stand.page.locator("main td a").count():
        stand.page.locator("main td a").first.click()
        stand.page.locator("a[href$='/delete']").click()
        with stand.page.expect_navigation():
            stand.page.locator("button.danger").click()
    stand.open("/portal/webhooks/new")
    stand.submit(url=NOBODY, description="Boutique en ligne")


def detail(stand: Stand) -> None:
    made(stand)
    stand.open("/portal/webhooks")
    stand.page.locator("main td a").first.click()


def pressed(stand: Stand, which: str) -> None:
    """Press the button of the endpoint's form whose address ends so."""
    detail(stand)
    with stand.page.expect_navigation():
        stand.page.locator(f"form[action$='/{which}'] button").click()


def tried(stand: Stand) -> None:
    """Send a ping, and look until it was tried."""
    pressed(stand, "ping")
    for _look in range(TOLD // 500):
        if stand.page.locator(".story li").count():
            break
        stand.page.wait_for_timeout(500)
        stand.page.reload()
    expect(stand.page.locator(".story li").first).to_be_visible()


def failing(stand: Stand) -> None:
    tried(stand)
    stand.open("/portal/webhooks")


def sent(stand: Stand) -> None:
    tried(stand)
    stand.open("/portal/webhooks/deliveries")


def new_wrong(stand: Stand) -> None:
    stand.open("/portal/webhooks/new")
    stand.page.check("[name=told][value=some]")
    stand.submit(url="boutique.example")


def changed_wrong(stand: Stand) -> None:
    detail(stand)
    stand.page.locator("section[aria-labelledby=edit] [name=url]").fill("")
    with stand.page.expect_navigation():
        stand.page.locator("section[aria-labelledby=edit] button").click()


def again_wrong(stand: Stand) -> None:
    detail(stand)
    offer = stand.page.locator("details.offer")
    offer.locator("summary").click()
    with stand.page.expect_navigation():
        offer.locator("button").click()


def to_delete(stand: Stand) -> None:
    detail(stand)
    stand.page.locator("a[href$='/delete']").click()


WEBHOOKS = (
    Picture("webhooks-empty", "portal_webhooks.index", opened("/portal/webhooks"), "newcomer"),
    Picture("webhooks", "portal_webhooks.index", failing, "merchant"),
    Picture("webhook-new", "portal_webhooks.new", opened("/portal/webhooks/new"), "merchant"),
    Picture("webhook-new-wrong", "portal_webhooks.new", new_wrong, "merchant"),
    Picture("webhook-made", "portal_webhooks.new", made, "merchant"),
    Picture("webhook-detail", "portal_webhooks.show", detail, "merchant"),
    Picture("webhook-changed-wrong", "portal_webhooks.show", changed_wrong, "merchant"),
    Picture("webhook-off", "portal_webhooks.show", lambda stand: pressed(stand, "switch"), "merchant"),
    Picture("webhook-rotated", "portal_webhooks.rotate", lambda stand: pressed(stand, "rotate"), "merchant"),
    Picture("webhook-again-wrong", "portal_webhooks.again", again_wrong, "merchant"),
    Picture("webhook-delete", "portal_webhooks.delete", to_delete, "merchant"),
    Picture("webhook-deliveries", "portal_deliveries.index", sent, "merchant"),
    Picture(
        "webhook-deliveries-empty",
        "portal_deliveries.index",
        opened("/portal/webhooks/deliveries"),
        "newcomer",
    ),
    Picture(
        "webhook-deliveries-none-found",
        "portal_deliveries.index",
        opened("/portal/webhooks/deliveries?status=failed"),
        "merchant",
    ),
    Picture("webhook-delivery", "portal_deliveries.show", tried, "merchant"),
)
