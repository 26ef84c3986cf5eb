"""What a merchant takes away to share a link: text that is safe to paste, a code to print, a secret shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from portal.security import signed_links
from portal.web.portal import sharing
from tests.web.browsing import Browser, Page
from tests.web.portal.test_links import make

HOSTILE = "https://pay.example/\"'><script>alert(1)</script>&x"
FREE = {"amount": None, "currency": "XOF", "prefill": True}
FIXED = {"amount": 2_500, "currency": "XOF", "prefill": False}


class Elements(HTMLParser):
    """What a browser makes of a text: its elements with their attributes, and what stands in the text areas."""

    def __init__(self, text: str) -> None:
        """Read the text."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.areas: dict[str, str] = {}
        self._area = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        if tag == "textarea":
            self._area = dict(attributes)["id"] or ""
            self.areas[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.areas[self._area] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def french(app: Flask) -> Iterator[None]:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        yield


@pytest.mark.usefixtures("french")
def test_no_value_breaks_out_of_what_is_pasted() -> None:
    made = sharing.snippets(FREE, HOSTILE, HOSTILE)
    assert Elements(made.link).found == [("a", {"href": HOSTILE})]
    assert Elements(made.form).all("form") == [{"action": HOSTILE, "method": "get"}]
    assert Elements(made.form).all("script") == []
    assert Elements(made.script).found == [
        ("script", {"src": HOSTILE, "defer": None}),
        ("a", {"href": HOSTILE, "data-cross": None}),
    ]


@pytest.mark.usefixtures("french")
def test_a_form_asks_for_what_the_address_may_say() -> None:
    def asked(link: dict[str, Any]) -> list[str | None]:
        form = Elements(sharing.snippets(link, "https://pay.example/l/x", "").form)
        return [field["name"] for field in form.all("input")]

    assert asked(FREE) == ["amount", "reference"]
    assert asked(FREE | {"amount": 500}) == ["reference"]
    assert asked(FIXED) == []
    assert asked(FREE | {"prefill": False}) == []


def test_the_page_shows_the_texts_as_they_are_to_be_pasted_whatever_the_title(
    app: Flask, browser: Browser
) -> None:
    title = "</textarea>\"'><script>alert(1)</script>"
    shown = browser.client.get(make(browser, title=title, amount="2500").location).text
    page = Elements(shown)
    assert all("src" in one for one in page.all("script"))
    [address] = [one["value"] for one in page.all("input") if one.get("id") == "link-address"]
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        right = sharing.snippets(FIXED, str(address), "http://localhost/button.js")
    texts = {name: text.strip() for name, text in page.areas.items()}
    assert texts["snippet-link"] == right.link
    assert texts["snippet-form"] == right.form
    assert texts["snippet-script"] == right.script


@pytest.mark.usefixtures("french")
def test_what_is_shown_to_be_copied_is_escaped_once_more(app: Flask) -> None:
    """A text that names an entity must reach the merchant's page with it."""
    made = sharing.snippets(FIXED, "https://pay.example/?a=1&lt=2", "")
    escaped = app.jinja_env.from_string("<textarea id=a>{{ text }}</textarea>").render(text=made.link)
    assert "<a" not in escaped
    assert "&amp;amp;lt=2" in escaped


# ---- the code to print


def test_the_code_is_a_picture_of_either_kind_to_keep(browser: Browser) -> None:
    address = make(browser, amount="500").location
    begins = {"svg": (b"<svg", "image/svg+xml"), "png": (b"\x89PNG\r\n\x1a\n", "image/png")}
    for kind, (beginning, content_type) in begins.items():
        answer = browser.client.get(f"{address}/qr.{kind}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
        assert answer.data.startswith(beginning)
        assert "private" in answer.headers["Cache-Control"]
        assert re.fullmatch(rf"inline; filename=qr-[a-z0-9-]+\.{kind}", answer.headers["Content-Disposition"])
        same = browser.client.get(f"{address}/qr.{kind}", headers={"If-None-Match": answer.headers["ETag"]})
        assert same.status_code == 304
    assert browser.get(f"{address}/qr.gif").status == 404


def test_two_links_have_two_codes() -> None:
    for kind in sharing.QR_TYPES:
        one, other = (sharing.qr_code(f"https://pay.example/l/{slug}", kind) for slug in ("a", "b"))
        assert one != other
        assert one == sharing.qr_code("https://pay.example/l/a", kind)


def test_the_codes_and_the_secret_of_another_store_do_not_exist(browser: Browser, stranger: Browser) -> None:
    address = make(browser, amount="500", prefill="y").location
    for kind in ("svg", "png"):
        assert stranger.get(f"{address}/qr.{kind}").status == 404
    before = rotate(browser, address)
    assert stranger.post(address, on="/portal/settings").status == 404
    assert pays_at(browser, address, before) == 200  # nothing was replaced


# ---- the secret


def rotate(browser: Browser, address: str) -> str:
    """Ask for a new secret and return it."""
    page = browser.post(address)
    assert page.status == 200
    return secret_on(page)


def secret_on(page: Page) -> str:
    found = re.search(r'<input[^>]*id="secret"[^>]*value="([^"]+)"', page.text)
    assert found
    return found[1]


def pays_at(browser: Browser, address: str, secret: str) -> int:
    """Return what a shopper is answered at an address that was signed with the secret."""
    found = re.search(r"http://localhost/l/([a-z0-9-]+)", browser.get(address).text)
    assert found
    sig = signed_links.sign(secret, signed_links.Asked(slug=found[1], reference="F-7"))
    return Browser(browser.app).get(f"/l/{found[1]}?{urlencode({'reference': 'F-7', 'sig': sig})}").status


def test_a_new_secret_is_shown_once_and_the_one_before_is_refused_at_once(browser: Browser) -> None:
    address = make(browser, kind="free", prefill="y").location
    first = rotate(browser, address)
    assert pays_at(browser, address, first) == 200
    assert first not in browser.get(address).text
    second = rotate(browser, address)
    assert second != first
    assert (pays_at(browser, address, first), pays_at(browser, address, second)) == (403, 200)


def test_an_answer_with_a_secret_is_kept_nowhere(browser: Browser, capfd: pytest.CaptureFixture[str]) -> None:
    address = make(browser, kind="free", prefill="y").location
    capfd.readouterr()
    page = browser.post(address)
    assert page.headers["Cache-Control"] == "no-store"
    logged = capfd.readouterr()
    assert secret_on(page) not in logged.out + logged.err


def test_a_secret_is_replaced_only_by_a_form_of_the_page(browser: Browser) -> None:
    address = make(browser, kind="free", prefill="y").location
    secret = rotate(browser, address)
    assert browser.post_without_token(address).status in {400, 403}
    assert pays_at(browser, address, secret) == 200


# ---- the sites that are told of the end


def test_the_links_page_names_the_sites_that_are_told_of_the_end(browser: Browser) -> None:
    address = make(browser, amount="500").location
    assert "Aucun site n'apprend encore la fin du paiement." in browser.get(address).text
    sites = "https://boutique.example/panier\nhttp://localhost:5000"
    saved = {
        "name": "Chez Akofa",
        "contact_email": "akofa@boutique.example",
        "language": "fr",
        "sites": sites,
    }
    assert browser.post("/portal/settings", **saved).status == 303
    text = browser.get(address).text
    assert "<code>https://boutique.example</code>, <code>http://localhost:5000</code>" in text
    assert "Aucun site n'apprend" not in text
