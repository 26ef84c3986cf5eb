"""The room of a merchant's browser: it keeps cookies, follows forms, and sends the token that a page gave it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal import db
from portal.merchants.models import Merchant, User
from tests.factories import AMerchant

PASSWORD = "trois mots secrets"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """What came back; `text` as a person reads it, entities resolved."""

    status: int
    text: str
    location: str
    headers: Any

    @property
    def errors(self) -> list[str]:
        """Return what the summary at the head of a form asks to change."""
        summary = re.search(r'<div class="summary".*?</div>', self.text, re.DOTALL)
        return re.findall(r"<li><a [^>]*>(.*?)</a>", summary[0]) if summary else []

    def value(self, name: str) -> str:
        """Return what stands in the input of that name."""
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.text)
        assert field, f"no input {name}"
        found = re.search(r'value="([^"]*)"', field[0])
        assert found, field[0]
        return found[1]


class Browser:
    """One browser; `language` is what it asks for."""

    def __init__(self, app: Flask, language: str = "fr") -> None:
        """Open it, without cookies."""
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.language = language

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path, headers={"Accept-Language": self.language}))

    def post(self, path: str, *, on: str | None = None, **fields: Any) -> Page:
        """Send the form of the page `on` (by default: of the path itself)."""
        token = TOKEN.search(self.get(on or path).text)
        return self.post_without_token(path, csrf_token=token[1] if token else "", **fields)

    def post_without_token(self, path: str, **fields: Any) -> Page:
        headers = {"Accept-Language": self.language}
        return self._page(self.client.post(path, data=fields, headers=headers))

    def _page(self, response: Any) -> Page:
        # The newlines of a form are the browser's; of the text only its words count.
        text = html.unescape(response.get_data(as_text=True))
        return Page(response.status_code, text, response.headers.get("Location", ""), response.headers)

    def sign_up(self, email: str, *, store: str = "Chez Akofa", password: str = PASSWORD) -> Page:
        typed = {"store": store, "email": email, "phone": "90 11 22 33", "password": password}
        return self.post("/signup", **typed)

    def log_in(self, email: str, *, password: str = PASSWORD, path: str = "/login") -> Page:
        return self.post(path, email=email, password=password)

    def log_out(self) -> Page:
        return self.post("/logout", on="/portal/orders")

    def is_in(self) -> bool:
        """Say whether the portal opens."""
        return self.get("/portal/orders").status == 200


def merchant_browser(app: Flask, email: str = "akofa@boutique.example") -> Browser:
    """Return the browser of a new merchant who is signed in."""
    browser = Browser(app)
    browser.sign_up(email)
    browser.log_in(email)
    return browser


def store_of(email: str = "akofa@boutique.example") -> AMerchant:
    """Return that merchant's store, as the factories want it; inside an application context."""
    columns = (Merchant.id, Merchant.public_id, Merchant.name, Merchant.live, Merchant.return_hosts)
    with db.reading() as connection:
        row = connection.execute(select(*columns).where(Merchant.contact_email == email)).one()
    return AMerchant(row.id, row.public_id, row.name, row.live, tuple(row.return_hosts))


def go_live(email: str = "akofa@boutique.example") -> None:
    """Let the store take real money; inside an application context."""
    with db.writing() as tx:
        tx.execute(update(Merchant).where(Merchant.contact_email == email).values(live=True))


def end_sessions(email: str) -> None:
    """Raise the version of that person's sessions; inside an application context."""
    with db.writing() as tx:
        changed = update(User).where(User.email == email)
        tx.execute(changed.values(session_version=User.session_version + 1))
