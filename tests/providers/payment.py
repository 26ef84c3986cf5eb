"""The room of one payment with any operator: the whole portal on its stage, the operator's words from its vectors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import update
from werkzeug.test import TestResponse

from portal import db
from portal.domain.provider import Provider
from portal.merchants.accounts import Connected
from portal.payments import schedule
from portal.payments.models import Attempt, JournalLine, Notification, Order, ReviewItem
from portal.payments.refund_models import Refund
from portal.web.services import EXTENSION
from portal.webhooks.models import Event
from tests import factories
from tests.factories import AMerchant
from tests.machines.stage import Row, Stage
from tests.providers import vectors
from tests.providers.vectors import Case, Script, Vectors

MONEY = (Order, Attempt, JournalLine, ReviewItem, Event)
EXPIRY = timedelta(hours=1)
WHEN_TO_ASK = {"due_at", "asked_at", "lease_until", "fence", "empty", "empty_since", "last_word"}
"""Columns about asking, which move no money."""


@dataclass
class Payment:
    """One order of a store that takes the operator, and what its operator says about it.

    `option`: which of the vectors' accounts the store has.
    """

    stage: Stage
    slug: str
    account: Connected
    order: SimpleNamespace
    option: str = ""

    @property
    def vectors(self) -> Vectors:
        return vectors.of(self.slug)

    @property
    def provider(self) -> Provider:
        found: Provider = self.stage.app.extensions[EXTENSION].providers[self.slug]
        return found

    @property
    def settles(self) -> bool:
        """Say whether a notification of this account settles; else it only makes us ask."""
        return self.provider.settles_by_notification(self.account)

    @property
    def attempt(self) -> Row:
        return self.stage.attempts(self.order)[-1]

    @property
    def names(self) -> dict[str, str]:
        """Return what stands for the names in a text about this payment."""
        urls = {endpoint.setting: self.account.url(endpoint.setting) for endpoint in self.provider.endpoints}
        notify = f"http://localhost/notify/{self.slug}/{self.account.public_id}"
        told = {
            "reference": self.attempt["reference"],
            "notify_url": notify,
            "site": site(self.stage, self.slug),
        }
        handle = vectors.filled(self.vectors.handle, told | urls)
        return told | {"handle": handle, "secret": "S3CRETOFNOBODY"} | urls

    @property
    def books(self) -> dict[str, Any]:
        """Return all that is money."""
        tables = {table.__tablename__: self.stage.of(table) for table in MONEY}
        for row in tables[Attempt.__tablename__]:
            for column in WHEN_TO_ASK:
                del row[column]
        return tables

    @property
    def line(self) -> tuple[str, str]:
        """Return verdict and reason of the last notification."""
        row = self.stage.of(Notification)[-1]
        return row["verdict"], row["reason"] or ""

    @property
    def stands(self) -> tuple[str, str]:
        """Return the status of the attempt and of the order."""
        return self.attempt["status"], self.stage.now(self.order)["status"]

    def starts(self, start: Case | None = None) -> None:
        """Let the shopper choose the operator, which answers as in that start (by default: it lets them on)."""
        start = start or self.vectors.starts("offered")[0]
        phone = self.vectors.account["charge"]["phone"]
        self.stage.operator.once = Script(start, lambda: self.names)
        clicked = self.stage.client.post(
            f"/pay/{self.order.token}/{self.slug}", data={"phone": phone} if phone else {}
        )
        self.stage.operator.once = []
        assert clicked.status_code == 303

    def hears(self, role: str, **changes: Any) -> TestResponse:
        """Bring the notification of that role."""
        return self.hears_case(self.vectors.notification(role, self.option), **changes)

    def hears_case(
        self, case: Case, *, address: str | None = None, account: str | None = None
    ) -> TestResponse:
        request = vectors.filled(case["request"], self.names)
        call = vectors.call(self.slug, account or self.account.public_id, request)
        return self.stage.client.open(
            call.url,
            method=call.method,
            headers=list(call.headers.items()),
            data=call.body,
            environ_overrides={"REMOTE_ADDR": address or call.address},
        )

    def asks(self, role: str, after: float = schedule.AT_LEAST.total_seconds()) -> None:
        """Let that many seconds pass, and a worker do what is due; the operator answers a question as in that role."""
        self.stage.operator.once = Script(self.vectors.of("ask", role)[0], lambda: self.names)
        self.stage.passes(seconds=after)
        self.stage.tick()
        self.stage.operator.once = []

    def works(self) -> None:
        """Let a worker do all that is due, what earlier tests left included."""
        for _ in range(100):
            if not self.stage.tick():
                return
        raise AssertionError("there is always something due")

    def learns(self, role: str) -> None:
        """Let the operator tell: its notification settles, or makes us ask, and its answer does."""
        heard = self.hears(role)
        assert heard.status_code == 200
        if not self.settles:
            assert self.line[0] == "hearsay"
            self.asks(role)

    def answer(self, verdict: str, reason: str = "") -> tuple[int, str, str]:
        """Return what the vectors say the operator is told."""
        [case] = [
            case
            for case in self.vectors.answers.values()
            if (case["verdict"], case.get("reason", "")) == (verdict, reason)
        ]
        return told(case["answer"])

    @property
    def nobodys(self) -> str:
        """Return the verdict on a word about nothing of ours: one with the operator's own name is kept a while."""
        [said] = self.vectors.notification("paid", self.option)["said"]
        return "deferred" if said.get("handle") else "unknown_reference"


def told(answer: Case) -> tuple[int, str, str]:
    return answer["status"], answer["body"], answer["content_type"]


def seen(answer: TestResponse) -> tuple[int, str, str]:
    return answer.status_code, answer.text, answer.headers["Content-Type"]


def site(stage: Stage, slug: str) -> str:
    """Return where the operator's twin would answer."""
    return f"{stage.app.extensions[EXTENSION].settings.sandbox_url}/{slug}"


def connected(stage: Stage, slug: str, merchant: AMerchant, option: str = "", **given: Any) -> Connected:
    credentials = vectors.filled(vectors.of(slug).credentials(option), {"site": site(stage, slug)})
    return stage.an_account(merchant, operator=slug, credentials=credentials, **given)


def opened(stage: Stage, slug: str) -> SimpleNamespace:
    """Return an open order of the sum that the vectors' charge is about."""
    charge = vectors.of(slug).account["charge"]
    with stage.app.app_context():
        return factories.an_order(
            stage.merchant, amount=charge["amount"], currency=charge["currency"], lasts=EXPIRY
        )


def leave_alone(stage: Stage) -> None:
    """Have nobody asked about what earlier tests left in the same portal."""
    with stage.app.app_context(), db.writing() as tx:
        for table in (Attempt, Refund):
            tx.execute(update(table).values(due_at=None))
