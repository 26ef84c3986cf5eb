"""The room of what a merchant may see, each page in each state: the way in, orders, links, keys, settings, the API."""

from __future__ import annotations

from tests.browser import chromium
from tests.browser.stand import Picture, Stand, opened
from tests.browser.webhook_gallery import WEBHOOKS


def sent(path: str, **typed: str) -> Picture:
    """Return the picture of a form that was sent so and must be corrected."""
    name = path.strip("/").replace("portal/", "").replace("/", "-")
    endpoint = {"/signup": "auth.signup", "/login": "auth.login"}[path]

    def send(stand: Stand) -> None:
        stand.open(path)
        stand.submit(**typed)

    return Picture(f"{name}-wrong", endpoint, send)


def link_wrong(stand: Stand) -> None:
    stand.open("/portal/links/new")
    stand.submit(title="", amount="12,5", expires_on="2020-01-01")


def first_link(stand: Stand) -> None:
    stand.open("/portal/links")
    stand.page.locator("main td a").first.click()


def new_secret(stand: Stand) -> None:
    stand.new_link("Cotisation", prefill=True)
    stand.page.locator("details.offer > summary").click()
    with stand.page.expect_navigation():
        stand.page.locator("details.offer button").click()


def new_key(stand: Stand) -> None:
    stand.open("/portal/keys")
    stand.submit(name="Mon site")


def settings_wrong(stand: Stand) -> None:
    stand.open("/portal/settings")
    stand.submit(name="", return_hosts="pas un domaine", sites="boutique.example")


def law_written(stand: Stand) -> None:
    stand.open("/portal/law")
    stand.submit(
        terms="Livraison à Lomé en deux jours.\n\nRetour sous 7 jours, dans l'emballage d'origine.",
        privacy="Nous ne montrons vos données à personne.",
        keep_days="730",
    )


def law_wrong(stand: Stand) -> None:
    stand.open("/portal/law")
    stand.submit(keep_days="7")


def imprint(stand: Stand) -> None:
    law_written(stand)
    stand.page.locator("main a[href*='/s/']").click()


def order(which: str) -> Picture:
    return Picture(
        f"order-{which.replace(' ', '-')}",
        "portal_orders.show",
        lambda stand: stand.open(f"/portal/orders/{stand.early[f'{which} id']}"),
        "merchant",
    )


def paid(stand: Stand, digits: str) -> None:
    """Let a shopper with a browser of their own pay with a number of that ending, and open the order's page."""
    browser = stand.page.context.browser
    assert browser
    with browser.new_context(**chromium.options(stand.language, scripts=False)) as context:
        shopper = Stand(context.new_page(), stand.stack, stand.language)
        shopper.pay(digits)
        stand.open(f"/portal/orders/{shopper.order_id}")


def to_decide(stand: Stand) -> None:
    """Open every answer to money that does not fit its order."""
    paid(stand, "08")
    for offer in stand.page.locator("details.offer > summary").all():
        offer.click()


def answer_wrong(stand: Stand) -> None:
    paid(stand, "08")
    send(stand, "answer")


def refund_wrong(stand: Stand) -> None:
    paid(stand, "00")
    send(stand, "refunds", amount="999 999")


def refund_by_hand(stand: Stand) -> None:
    paid(stand, "00")
    send(stand, "refunds", amount="200", reason="article abîmé")
    stand.page.locator("#refunds ~ ol details.offer > summary").first.click()


def send(stand: Stand, which: str, **typed: str) -> None:
    """Unfold the first form whose address ends so, fill it, send it, and wait for the page that answers."""
    offer = stand.page.locator("details.offer", has=stand.page.locator(f"form[action$='/{which}']")).first
    offer.locator("summary").click()
    for name, text in typed.items():
        offer.locator(f"[name={name}]").fill(text)
    with stand.page.expect_navigation():
        offer.locator("button").click()


def with_refunds(stand: Stand) -> None:
    refund_by_hand(stand)
    stand.open("/portal/refunds")


def with_reviews(stand: Stand) -> None:
    paid(stand, "08")
    stand.open("/portal/reviews")


WAY_IN = (
    Picture("signup", "auth.signup", opened("/signup")),
    sent("/signup", store="", email="akofa", phone="12", password="court"),
    Picture("login", "auth.login", opened("/login")),
    sent("/login", email="akofa@boutique.example", password="faux faux faux"),
    Picture("api-docs", "api_docs.read", opened("/api/docs")),
    Picture("api-docs-embedding", "embedding_docs.read", opened("/api/docs/embedding")),
)

PORTAL = (
    Picture("orders", "portal_orders.index", opened("/portal/orders"), "merchant"),
    Picture("orders-none-found", "portal_orders.index", opened("/portal/orders?q=zzz"), "merchant"),
    Picture("orders-empty", "portal_orders.index", opened("/portal/orders"), "newcomer"),
    *(order(which) for which in ("open", "waiting", "paid", "review", "unheard")),
    Picture("order-to-decide", "portal_orders.show", to_decide, "merchant"),
    Picture("order-answer-wrong", "portal_reviews.answer", answer_wrong, "merchant"),
    Picture("order-refund-wrong", "portal_refunds.ask_for", refund_wrong, "merchant"),
    Picture("order-refund-by-hand", "portal_orders.show", refund_by_hand, "merchant"),
    Picture("reviews", "portal_reviews.index", with_reviews, "merchant"),
    Picture("reviews-empty", "portal_reviews.index", opened("/portal/reviews"), "newcomer"),
    Picture("refunds", "portal_refunds.index", with_refunds, "merchant"),
    Picture(
        "refunds-none-found", "portal_refunds.index", opened("/portal/refunds?status=failed"), "merchant"
    ),
    Picture("refunds-empty", "portal_refunds.index", opened("/portal/refunds"), "newcomer"),
    Picture("links", "portal_links.index", opened("/portal/links"), "merchant"),
    Picture("links-empty", "portal_links.index", opened("/portal/links"), "newcomer"),
    Picture("links-new", "portal_links.new", opened("/portal/links/new"), "merchant"),
    Picture("links-new-wrong", "portal_links.new", link_wrong, "merchant"),
    Picture("link-detail", "portal_links.show", first_link, "merchant"),
    Picture("link-new-secret", "portal_links.show", new_secret, "merchant"),
    Picture("keys", "portal_keys.index", opened("/portal/keys"), "merchant"),
    Picture("keys-empty", "portal_keys.index", opened("/portal/keys"), "newcomer"),
    Picture("keys-new", "portal_keys.index", new_key, "newcomer"),
    Picture("law", "portal_law.index", law_written, "merchant"),
    Picture("law-wrong", "portal_law.index", law_wrong, "merchant"),
    Picture("imprint", "imprint.show", imprint, "merchant"),
    Picture("settings", "portal_settings.index", opened("/portal/settings"), "merchant"),
    Picture("settings-wrong", "portal_settings.index", settings_wrong, "merchant"),
)

MERCHANT = (*WAY_IN, *PORTAL, *WEBHOOKS)

NO_PICTURE = {
    "static": "files, no page",
    "button.script": "a script for the shops' pages",
    "auth.front": "only leads on",
    "portal_orders.home": "only leads on",
    "portal_refunds.decide": "its form to correct looks like that of a refund",
    "returns.come_back": "only leads on",
    "notify.receive": "for operators' programs",
    "receipts.picture": "part of the receipt's picture",
    "receipts.paper": "a file to keep",
    "metrics.show": "for programs",
    "portal_links.picture": "part of the link's picture",
    "health.alive": "for programs",
    "health.ready": "for programs",
}
"""Views without a page of their own, and why."""
