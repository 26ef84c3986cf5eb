"""The room of a merchant's desk: orders that were paid in every way, and what a browser finds on their pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from portal import db
from portal.domain.events import Accepted, AttemptEvent, Paid
from portal.domain.money import Money
from portal.leases import Claim
from portal.merchants import accounts
from portal.merchants.accounts import Connected
from portal.payments import lifecycle_asking
from portal.payments.models import Attempt, Order, ReviewItem
from portal.payments.refund_models import Refund
from portal.web.services import services
from tests.factories import AMerchant, an_account, an_attempt, an_order
from tests.web.browsing import Browser, Page

PAGE = "tmoney-online"
PUSH = "tmoney"
WALLET = "+22890112233"


@dataclass
class Desk:
    """One store's desk: the browser of its merchant, and verbs for what happens to its orders."""

    app: Flask
    browser: Browser
    store: AMerchant

    def account(self, operator: str = PAGE, mode: str = "test") -> Connected:
        with self.app.app_context():
            with db.reading() as connection:
                found = accounts.enabled(connection, services().directory, self.store.id, mode)
            known = [one for one in found if one.operator == operator]
            return known[0] if known else an_account(self.store, operator=operator, mode=mode)

    def sells(
        self, *events: AttemptEvent, operator: str = PAGE, mode: str = "test", **given: Any
    ) -> SimpleNamespace:
        """Open an order; those events happen to a try of it."""
        account = self.account(operator, mode)
        with self.app.app_context():
            order = an_order(self.store, mode=mode, **given)
            if events:
                an_attempt(order, account, phone=WALLET, then=events)
        return order

    def is_paid(self, *amounts: int, **given: Any) -> SimpleNamespace:
        """Open an order of 500 francs that each of those sums was paid for."""
        given.setdefault("reference", "CMD-1001")
        account = self.account(given.get("operator", PAGE), given.get("mode", "test")).public_id
        paid = [
            Paid(Money(amount), f"{account}-{given['reference']}-{place}", payer=WALLET)
            for place, amount in enumerate(amounts)
        ]
        return self.sells(Accepted(), *paid, **given)

    def is_unconfirmed(self, operator: str = PAGE) -> SimpleNamespace:
        """Open an order whose payment was begun two days ago, and never heard of again."""
        order = self.sells(Accepted(), operator=operator)
        [attempt] = self.attempts(order)
        with self.app.app_context():
            with db.writing() as tx:
                old = db.moment(tx, services().clock) - timedelta(days=2)
                tx.execute(update(Order).where(Order.id == order.id).values(expires_at=old))
            with db.writing() as tx:
                lifecycle_asking.give_up(tx, services().clock, Claim(attempt["id"], 0))
        return order

    def attempts(self, order: SimpleNamespace) -> list[dict[str, Any]]:
        return self._rows(Attempt, Attempt.order_id == order.id)

    def refunds(self, order: SimpleNamespace) -> list[dict[str, Any]]:
        return self._rows(Refund, Refund.order_id == order.id)

    def reviews(self, order: SimpleNamespace) -> list[dict[str, Any]]:
        return self._rows(ReviewItem, ReviewItem.order_id == order.id)

    def now(self, order: SimpleNamespace) -> dict[str, Any]:
        return self._rows(Order, Order.id == order.id)[0]

    def _rows(self, table: Any, where: Any) -> list[dict[str, Any]]:
        columns = [column.label(key) for key, column in table.__mapper__.columns.items()]
        with self.app.app_context(), db.reading() as connection:
            rows = connection.execute(select(*columns).where(where).order_by(table.id)).mappings()
            return [dict(row) for row in rows]

    # ---- at the browser

    def page(self, order: SimpleNamespace) -> Page:
        return self.browser.get(path(order))

    def asks_back(self, order: SimpleNamespace, amount: str = "", **typed: str) -> Page:
        """Send the form to refund, as the page gave it but for what is typed."""
        page = self.page(order).text
        sent = {"once": once(page), "review": "", "amount": amount, "reason": ""} | typed
        return self.browser.post(f"{path(order)}/refunds", on=path(order), **sent)

    def decides(self, order: SimpleNamespace, status: str, **typed: str) -> Page:
        """Send a person's word about the order's last refund."""
        refund = self.refunds(order)[-1]["public_id"]
        sent = {"status": status, "evidence": "SMS de 12:04", "payment_reference": "TM-77"} | typed
        return self.browser.post(f"/portal/refunds/{refund}/decide", on=path(order), **sent)

    def answers(self, order: SimpleNamespace, answer: str, **typed: str) -> Page:
        """Send a person's answer to the order's last review item."""
        item = self.reviews(order)[-1]["public_id"]
        sent = {"answer": answer, "evidence": "ligne 12 du relevé"} | typed
        return self.browser.post(f"/portal/reviews/{item}/answer", on=path(order), **sent)


def path(order: SimpleNamespace) -> str:
    return f"/portal/orders/{order.public_id}"


def once(page: str) -> str:
    """Return the one-time value of the page's last form to refund; empty where it has none."""
    found = re.findall(r'name="once"[^>]*value="([^"]+)"', page)
    return found[-1] if found else ""
