"""A small shop that sells one thing with Cross: create the order, be told that it is paid, release the goods once.

Read `buy`, `webhook`, `settle` and `catch_up`: the rest is what any shop has. README.md says how to run it.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import requests
from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from requests.adapters import HTTPAdapter
from standardwebhooks import Webhook, WebhookVerificationError
from urllib3 import Retry
from werkzeug.wrappers import Response

PRICE, GOODS = 500, "Café de Kpalimé 250 g"
CART = re.compile(r"[\w-]{22}")
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, cross_id TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS releases (order_id TEXT PRIMARY KEY REFERENCES orders, voucher TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL);
"""
AGAIN = Retry(total=3, backoff_factor=0.5, status_forcelist=(409, 429, 502, 503, 504), allowed_methods=None)
"""Asking again is safe: an order bears an Idempotency-Key, so that it is made once however often it is asked for."""

shop = Blueprint("shop", __name__)


def create_app() -> Flask:
    """Return the shop, which has learnt by then what it was not told while it was away."""
    app = Flask(__name__)
    app.config.update(
        CROSS_URL=os.environ.get("CROSS_URL", "http://127.0.0.1:8000"),
        API_KEY=os.environ["CROSS_API_KEY"],
        WEBHOOK_SECRET=os.environ["CROSS_WEBHOOK_SECRET"],
        DATABASE=os.environ.get("SHOP_DATABASE", "shop.db"),
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    app.register_blueprint(shop)
    with app.app_context():
        with closing(connect()) as db:
            db.executescript(SCHEMA)
        try:
            catch_up()
        except requests.RequestException as error:
            app.logger.warning("Cross does not answer (%s): its webhooks will come all the same", error)
    return app


@shop.get("/")
def front() -> str:
    """Offer the goods. The cart's name is in the form, so that pressing twice buys once."""
    return render_template("front.html", goods=GOODS, price=PRICE, cart=secrets.token_urlsafe(16))


@shop.post("/buy")
def buy() -> Response | tuple[str, int]:
    """Write down the order, have Cross make its own under our name for it, and lead there. The price is ours."""
    cart = request.form.get("cart", "")
    if not CART.fullmatch(cart):
        abort(400)
    with step() as db:
        db.execute("INSERT OR IGNORE INTO orders (id) VALUES (?)", (cart,))
    wanted = {"amount": PRICE, "currency": "XOF", "reference": cart, "description": GOODS}
    wanted["return_url"] = wanted["cancel_url"] = url_for("shop.order", cart=cart, _external=True)
    try:
        made = cross("POST", "/orders", json=wanted, headers={"Idempotency-Key": cart})
    except requests.RequestException:
        current_app.logger.exception("no order at Cross")
        return render_template("front.html", goods=GOODS, price=PRICE, cart=cart, failed=True), 503
    with step() as db:
        db.execute("UPDATE orders SET cross_id = ? WHERE id = ?", (made["id"], cart))
    return redirect(made["checkout_url"], code=303)


@shop.get("/orders/<cart>")
def order(cart: str) -> str:
    """Show our own state. What the shopper brought in the address is a hint for the page, never proof."""
    return render_template("order.html", goods=GOODS, hint=request.args.get("status", ""), **state(cart))


@shop.get("/orders/<cart>/state")
def state(cart: str) -> dict[str, Any]:
    """Say whether the goods are released, for the page that waits."""
    query = "SELECT voucher FROM orders LEFT JOIN releases ON order_id = id WHERE id = ?"
    with closing(connect()) as db:
        found = db.execute(query, (cart,)).fetchone() or abort(404)
    return {"voucher": found["voucher"]}


@shop.post("/webhooks/cross")
def webhook() -> Response:
    """Take what Cross tells: verified first, answered only once it is written down."""
    try:
        event = Webhook(current_app.config["WEBHOOK_SECRET"]).verify(
            request.get_data(), dict(request.headers)
        )
    except (WebhookVerificationError, ValueError):  # ValueError: headers or a body that cannot even be read
        abort(400)
    settle(request.headers["webhook-id"], event)
    return Response(status=204)


def settle(event_id: str, event: Mapping[str, Any]) -> None:
    """Release the goods of an order that was paid, once: whatever comes twice, and by whichever way, changes nothing.

    The order is known by Cross's id for it, not by the reference: whoever pays a payment link may write any of those.
    """
    with step() as db:
        if not db.execute("INSERT OR IGNORE INTO events VALUES (?)", (event_id,)).rowcount:
            return
        if event["type"] != "order.paid" or event["data"]["amount"] != PRICE:
            return
        ours = db.execute("SELECT id FROM orders WHERE cross_id = ?", (event["data"]["id"],)).fetchone()
        if ours is not None:
            voucher = secrets.token_hex(8).upper()
            db.execute("INSERT OR IGNORE INTO releases VALUES (?, ?)", (ours["id"], voucher))


def catch_up() -> None:
    """Read on in Cross's list of events from where we stood: what no webhook has brought yet."""
    with closing(connect()) as db:
        place = db.execute("SELECT cursor FROM place").fetchone()
    after, more = (place["cursor"] if place else None), True
    while more:
        page = cross("GET", "/events", params={"type": "order.paid", "after": after})
        for event in page["data"]:
            settle(event["id"], event)
        after, more = page["next_cursor"], page["has_more"]
        if after:
            with step() as db:
                db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (after,))


def cross(method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """Call the API; raise RequestException where it does not answer as hoped."""
    config = current_app.config
    with requests.Session() as session:
        session.mount(config["CROSS_URL"], HTTPAdapter(max_retries=AGAIN))
        sent = {"Authorization": f"Bearer {config['API_KEY']}", **(headers or {})}
        url = f"{config['CROSS_URL']}/api/v1{path}"
        answer = session.request(method, url, headers=sent, timeout=10, **more)
        answer.raise_for_status()
        return dict(answer.json())


def connect() -> sqlite3.Connection:
    """Open the shop's own database; each statement is final, but within a `step`."""
    found = sqlite3.connect(current_app.config["DATABASE"], timeout=2, isolation_level=None)
    found.row_factory = sqlite3.Row
    return found


@contextmanager
def step() -> Iterator[sqlite3.Connection]:
    """Write together what belongs together, or nothing of it; the disk has it when this ends."""
    with closing(connect()) as db, db:
        db.execute("BEGIN IMMEDIATE")
        yield db
