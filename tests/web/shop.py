"""The room of a store that takes every operator: its orders, tries and shoppers, and how its operators did lately."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, insert, select
from werkzeug.test import TestResponse

from portal import db
from portal.domain.events import AttemptEvent
from portal.merchants import onboarding
from portal.merchants.models import OperatorAccount
from portal.payments.weather import Weather
from portal.web.services import EXTENSION, Services
from tests import factories
from tests.journeys.page import Page
from tests.machines.stage import Stage

PUSHES = ("tmoney", "flooz")
HOSTED = "moneyfusion"
TAKEN = '{"status": 0, "message": "en cours", "mrorrefid": "MR1"}'
"""Flooz takes a debit."""


@dataclass
class Shop:
    """The store of a stage, connected to every operator."""

    stage: Stage

    @property
    def services(self) -> Services:
        found: Services = self.stage.app.extensions[EXTENSION]
        return found

    @cached_property
    def accounts(self) -> dict[str, Any]:
        """Return its accounts by operator, in the order in which they were connected."""
        merchant, inside = self.stage.merchant, self.services
        with self.stage.app.app_context(), db.writing() as tx:
            onboarding.connect_test_accounts(tx, inside.clock, inside.directory, merchant.id)
            query = select(*OperatorAccount.__table__.columns).where(
                OperatorAccount.merchant_id == merchant.id
            )
            rows = tx.execute(query.order_by(OperatorAccount.id)).mappings().all()
            return {row["operator"]: inside.directory.account(dict(row)) for row in rows}

    def opens(self) -> Shop:
        """Forget how operators did for the shops of other tests, whose hour this is too."""
        with self.stage.app.app_context(), db.writing() as tx:
            tx.execute(delete(Weather))
        return self

    def order(self, **given: Any) -> SimpleNamespace:
        self.accounts  # noqa: B018 - connects the store
        with self.stage.app.app_context():
            return factories.an_order(self.stage.merchant, **given)

    def tried(
        self, order: SimpleNamespace, operator: str, *then: AttemptEvent, **given: Any
    ) -> SimpleNamespace:
        """Try to pay the order, and let that happen to the attempt."""
        with self.stage.app.app_context():
            return factories.an_attempt(order, self.accounts[operator], then=then, **given)

    def did(self, operator: str, *, ended: int = 10, paid: int = 10, median: int | None = 20) -> None:
        """Let the worker have counted this of the operator just now; an earlier test's count gives way."""
        values = {
            "ended": ended,
            "paid": paid,
            "median_seconds": median,
            "counted_at": self.stage.clock.now(),
        }
        with self.stage.app.app_context(), db.writing() as tx:
            tx.execute(delete(Weather).where(Weather.operator == operator))
            tx.execute(insert(Weather).values(operator=operator, mode="test", **values))

    # ---- the shopper

    def sees(self, order: SimpleNamespace, path: str = "", language: str = "fr") -> Page:
        return read(self.stage.looks(order, path, **{"Accept-Language": language}))

    def presses(self, order: SimpleNamespace, operator: str, phone: str | None = None) -> TestResponse:
        typed = {} if phone is None else {"phone": phone}
        return self.stage.client.post(f"/pay/{order.token}/{operator}", data=typed)

    def asks(self, order: SimpleNamespace, **headers: str) -> TestResponse:
        return self.stage.client.post(f"/pay/{order.token}/ask", headers=headers)


def read(answer: TestResponse) -> Page:
    """Return the page as a person reads it."""
    return Page("http://localhost", answer.text, answer.status_code)


def words(page: Page) -> str:
    """Return its text, with plain spaces."""
    return html.unescape(page.text).replace("\u00a0", " ").replace("\u202f", " ")


def wallets(page: Page) -> Sequence[str]:
    """Return the operators whose buttons the page has, in its order."""
    actions = [button.action for form in page.forms for button in form.buttons if "/pay/" in button.action]
    return [
        action.rpartition("/")[2] for action in actions if not action.endswith(("cancel", "ask", "leave"))
    ]
