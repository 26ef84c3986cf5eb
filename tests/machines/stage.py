"""The room of the whole portal under a hand-wound clock, with an operator that does as it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from config import Settings
from portal import db
from portal.app import create_app
from portal.merchants.accounts import Connected
from portal.payments.models import Attempt, JournalLine, Notification, Order, ReviewItem
from portal.web.services import EXTENSION
from portal.webhooks.models import Event
from portal.worker import Worker
from tests import factories
from tests.factories import AMerchant
from tests.machines.clocks import NOON, SettableClock
from tests.machines.operator import FakeOperator

OPERATOR = "tmoney-online"
LISTED = "127.0.0.1"
"""From where the sandbox's notifications come (SANDBOX_NOTIFY_FROM outside production)."""
FOREIGN = "203.0.113.66"

Row = dict[str, Any]


@dataclass
class Stage:
    """One portal; a verb for everything that shoppers, operators and time can do to it."""

    app: Flask
    clock: SettableClock = field(default_factory=SettableClock)
    operator: FakeOperator = field(default_factory=FakeOperator)
    earlier: int = 0
    """The last line of the inbox before this stage was entered."""

    def anew(self) -> Stage:
        """Return the same portal at noon, for a store nobody knows yet."""
        self.clock.set(NOON)
        self.operator.forget()
        return self.anew_store()

    def anew_store(self) -> Stage:
        """Return the same portal, now, for a store nobody knows yet."""
        return Stage(self.app, self.clock, self.operator, max(words(self.inbox(), "id"), default=0))

    @property
    def database_url(self) -> str:
        return str(self.app.config["SQLALCHEMY_DATABASE_URI"])

    @property
    def kind(self) -> str:
        return self.database_url.partition(":")[0].partition("+")[0]

    @cached_property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    @cached_property
    def merchant(self) -> AMerchant:
        with self.app.app_context():
            return factories.a_merchant()

    @cached_property
    def account(self) -> Connected:
        return self.an_account(self.merchant)

    @cached_property
    def worker(self) -> Worker:
        return Worker(self.clock, self.app.extensions[EXTENSION].directory)

    def an_account(self, merchant: AMerchant, **given: Any) -> Connected:
        with self.app.app_context():
            return factories.an_account(merchant, **given)

    def order(self, **given: Any) -> SimpleNamespace:
        """Open an order of a store that takes TMoney Online."""
        self.account  # noqa: B018 - connects the store
        with self.app.app_context():
            return factories.an_order(self.merchant, **given)

    def tick(self) -> int:
        """Let a worker do everything that is due."""
        with self.app.app_context():
            return self.worker.tick()

    def passes(self, **time: float) -> None:
        self.clock.passes(timedelta(**time))

    # ---- the shopper

    def looks(self, order: SimpleNamespace, path: str = "", **headers: str) -> TestResponse:
        return self.client.get(f"/pay/{order.token}{path}", headers=headers)

    def clicks(self, order: SimpleNamespace, operator: str = OPERATOR, **headers: str) -> TestResponse:
        return self.client.post(f"/pay/{order.token}/{operator}", headers=headers)

    def leaves(self, order: SimpleNamespace) -> TestResponse:
        return self.client.post(f"/pay/{order.token}/leave")

    def cancels(self, order: SimpleNamespace) -> TestResponse:
        return self.client.post(f"/pay/{order.token}/cancel")

    def starts(self, order: SimpleNamespace) -> Row:
        """Click, be sent to the operator's page, and return the attempt."""
        self.clicks(order)
        assert self.looks(order, "/go").status_code == 200
        return self.attempts(order)[-1]

    # ---- the operator

    def notifies(
        self,
        reference: str,
        *,
        account: str | None = None,
        address: str = LISTED,
        method: str = "GET",
        headers: Any = (),
        **changes: str,
    ) -> TestResponse:
        """Bring TMoney Online's notification: of a right payment of 500 francs, but for the changes."""
        said = notification(reference, **changes)
        url = f"/notify/{OPERATOR}/{account or self.account.public_id}?{urlencode(said)}"
        peer = {"REMOTE_ADDR": address}
        return self.client.open(url, method=method, headers=list(headers), environ_overrides=peer)

    # ---- what the books say

    def of(self, table: Any, *where: Any) -> list[Row]:
        """Return the table's rows, oldest first."""
        columns = [column.label(key) for key, column in table.__mapper__.columns.items()]
        query = select(*columns).where(*where).order_by(*table.__table__.primary_key)
        with self.app.app_context(), db.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def now(self, order: SimpleNamespace) -> Row:
        """Return the order as it stands."""
        return self.of(Order, Order.id == order.id)[0]

    def attempts(self, order: SimpleNamespace) -> list[Row]:
        return self.of(Attempt, Attempt.order_id == order.id)

    def attempts_of(self, attempt: Row) -> list[Row]:
        """Return the attempt as it stands."""
        return self.of(Attempt, Attempt.id == attempt["id"])

    def journal(self, order: SimpleNamespace) -> list[Row]:
        return self.of(JournalLine, JournalLine.order_id == order.id)

    def facts(self, order: SimpleNamespace) -> list[str]:
        return [line["fact"] for line in self.journal(order)]

    def reviews(self, order: SimpleNamespace) -> list[str]:
        return [item["reason"] for item in self.of(ReviewItem, ReviewItem.order_id == order.id)]

    def events(self, order: SimpleNamespace) -> list[str]:
        return [event["type"] for event in self.of(Event, Event.order_id == order.id)]

    def inbox(self) -> list[Row]:
        return self.of(Notification, Notification.id > self.earlier)

    def verdicts(self) -> list[str]:
        return [row["verdict"] for row in self.inbox()]


def notification(reference: str, **changes: str) -> dict[str, str]:
    """Return the query of a notification (protocol page, section 4): a right payment of 500 francs."""
    return {
        "purchaseref": reference,
        "amount": "500",
        "currency": "952",
        "status": "OK",
        "clientid": "TM22890112233",
        "cname": "Ama KOFFI",
        "mobile": "22890112233",
        "paymentref": "PAY1",
        "payid": "7700112233",
        "timestamp": "1469024554",
        "error": "",
        "ipaddr": "41.207.0.1",
    } | changes


@contextmanager
def on_stage(settings: Settings, operator: FakeOperator | None = None) -> Iterator[Stage]:
    """Give a portal with those settings, and close its connections afterwards."""
    clock, operator = SettableClock(), operator or FakeOperator()
    app = create_app(settings, clock=clock, http=operator.client())
    if settings.database_url.startswith("sqlite"):
        with app.app_context():
            event.listen(db.db.engine, "connect", _without_waiting_for_the_disk)
    yield Stage(app, clock, operator)
    with app.app_context():
        db.db.engine.dispose()


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    """Forgo what only a power cut would make a difference to: these data outlive no test."""
    connection.execute("PRAGMA synchronous=OFF")


def words(rows: Sequence[Row], column: str) -> list[Any]:
    """Return one column of the rows."""
    return [row[column] for row in rows]
