"""The room of what a merchant may see, each page in each state: the way in, orders, links, keys, settings, the API."""

from __future__ import annotations

from tests.browser.stand import Picture, Stand, opened


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


def new_key(stand: Stand) -> None:
    stand.open("/portal/keys")
    stand.submit(name="Mon site")


def settings_wrong(stand: Stand) -> None:
    stand.open("/portal/settings")
    stand.submit(name="", return_hosts="pas un domaine")


def order(which: str) -> Picture:
    return Picture(
        f"order-{which.replace(' ', '-')}",
        "portal_orders.show",
        lambda stand: stand.open(f"/portal/orders/{stand.early[f'{which} id']}"),
        "merchant",
    )


WAY_IN = (
    Picture("signup", "auth.signup", opened("/signup")),
    sent("/signup", store="", email="akofa", phone="12", password="court"),
    Picture("login", "auth.login", opened("/login")),
    sent("/login", email="akofa@boutique.example", password="faux faux faux"),
    Picture("api-docs", "api_docs.read", opened("/api/docs")),
)

PORTAL = (
    Picture("orders", "portal_orders.index", opened("/portal/orders"), "merchant"),
    Picture("orders-none-found", "portal_orders.index", opened("/portal/orders?q=zzz"), "merchant"),
    Picture("orders-empty", "portal_orders.index", opened("/portal/orders"), "newcomer"),
    *(order(which) for which in ("open", "waiting", "paid", "review", "unheard")),
    Picture("links", "portal_links.index", opened("/portal/links"), "merchant"),
    Picture("links-empty", "portal_links.index", opened("/portal/links"), "newcomer"),
    Picture("links-new", "portal_links.new", opened("/portal/links/new"), "merchant"),
    Picture("links-new-wrong", "portal_links.new", link_wrong, "merchant"),
    Picture("link-detail", "portal_links.show", first_link, "merchant"),
    Picture("keys", "portal_keys.index", opened("/portal/keys"), "merchant"),
    Picture("keys-empty", "portal_keys.index", opened("/portal/keys"), "newcomer"),
    Picture("keys-new", "portal_keys.index", new_key, "newcomer"),
    Picture("settings", "portal_settings.index", opened("/portal/settings"), "merchant"),
    Picture("settings-wrong", "portal_settings.index", settings_wrong, "merchant"),
)

MERCHANT = (*WAY_IN, *PORTAL)

NO_PICTURE = {
    "static": "files, no page",
    "auth.front": "only leads on",
    "portal_orders.home": "only leads on",
    "returns.come_back": "only leads on",
    "notify.receive": "for operators' programs",
    "receipts.picture": "part of the receipt's picture",
    "portal_links.picture": "part of the link's picture",
    "api-docs.openapi_json": "for programs",
    "orders.show": "for programs",
    "health.alive": "for programs",
    "health.ready": "for programs",
}
"""Views without a page of their own, and why."""
