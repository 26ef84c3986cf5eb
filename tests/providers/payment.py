"""The room of one payment with any operator: the whole portal on its stage, the operator's words from its vectors."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from werkzeug.test import TestResponse

from portal.domain.provider import Provider
from portal.merchants.accounts import Connected
from portal.payments.models import Attempt, Event, JournalLine, Notification, Order, ReviewItem
from portal.web.services import EXTENSION
from tests.factories import AMerchant
from tests.machines.stage import Row, Stage
from tests.providers import vectors
from tests.providers.vectors import Case, Vectors

MONEY = (Order, Attempt, JournalLine, ReviewItem, Event)


@dataclass
class Payment:
    """One order of a store that takes the operator, and what its operator says about it."""

    stage: Stage
    slug: str
    account: Connected
    order: SimpleNamespace

    @property
    def vectors(self) -> Vectors:
        return vectors.of(self.slug)

    @property
    def provider(self) -> Provider:
        found: Provider = self.stage.app.extensions[EXTENSION].providers[self.slug]
        return found

    @property
    def attempt(self) -> Row:
        return self.stage.attempts(self.order)[-1]

    @property
    def names(self) -> dict[str, str]:
        urls = {endpoint.setting: self.account.url(endpoint.setting) for endpoint in self.provider.endpoints}
        return {"reference": self.attempt["reference"]} | urls

    @property
    def books(self) -> dict[str, Any]:
        """Return all that is money."""
        return {table.__tablename__: self.stage.of(table) for table in MONEY}

    @property
    def line(self) -> tuple[str, str]:
        """Return verdict and reason of the last notification."""
        row = self.stage.of(Notification)[-1]
        return row["verdict"], row["reason"] or ""

    def starts(self, start: Case | None = None) -> None:
        """Let the shopper choose the operator, which answers as in that start (by default: it lets them on)."""
        start = start or self.vectors.starts("offered")[0]
        account = {
            endpoint.setting: self.account.url(endpoint.setting) for endpoint in self.provider.endpoints
        }
        self.stage.operator.once = [vectors.reply(one) for one in vectors.filled(start["replies"], account)]
        assert self.stage.clicks(self.order, self.slug).status_code == 303

    def hears(self, role: str, **changes: Any) -> TestResponse:
        """Bring the notification of that role."""
        return self.hears_case(self.vectors.notification(role), **changes)

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

    def answer(self, verdict: str, reason: str = "") -> tuple[int, str, str]:
        """Return what the vectors say the operator is told."""
        [case] = [
            case
            for case in self.vectors.answers.values()
            if (case["verdict"], case.get("reason", "")) == (verdict, reason)
        ]
        return told(case["answer"])


def told(answer: Case) -> tuple[int, str, str]:
    return answer["status"], answer["body"], answer["content_type"]


def seen(answer: TestResponse) -> tuple[int, str, str]:
    return answer.status_code, answer.text, answer.headers["Content-Type"]


def connected(stage: Stage, slug: str, merchant: AMerchant, **given: Any) -> Connected:
    return stage.an_account(
        merchant, operator=slug, credentials=vectors.of(slug).account["credentials"], **given
    )
