"""The room of one store's verbs: what its shopper, its people and its operators do, straight at the portal's rooms."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import SimpleNamespace

from werkzeug.test import TestResponse

from portal import db
from portal.domain.states import RefundStatus
from portal.merchants.accounts import Connected
from portal.payments import lifecycle, lifecycle_refunds, lifecycle_reviews, paying, refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.lifecycle import NotPossible
from portal.payments.lifecycle_refunds import Decision
from portal.payments.lifecycle_reviews import Decided
from portal.payments.paying import Choice, NotOffered
from portal.web.services import EXTENSION, Services
from tests import factories
from tests.machines.honest import CREDENTIALS, PAGE, PUSH, Deal, Honest, callback
from tests.machines.stage import LISTED, Row, Stage

PERSON = Source("person", "akofa")
PHONE = "+22890112233"
GUARD = timedelta(minutes=20)


@dataclass
class Store:
    """A store that takes TMoney push and MoneyFusion. `verify`: whether TMoney's callbacks are hearsay."""

    stage: Stage
    verify: str = "on"
    accounts: dict[str, Connected] = field(default_factory=dict)

    def opens(self) -> None:
        """Connect the store with both operators."""
        for operator in (PUSH, PAGE):
            credentials = dict(CREDENTIALS[operator])
            if operator == PUSH:
                credentials["verify_by_asking"] = self.verify
            self.accounts[operator] = self.stage.an_account(
                self.stage.merchant, operator=operator, credentials=credentials
            )

    @property
    def at(self) -> Honest:
        operator = self.stage.operator
        assert isinstance(operator, Honest)
        return operator

    @cached_property
    def inside(self) -> Services:
        found: Services = self.stage.app.extensions[EXTENSION]
        return found

    def order(self, amount: int, lasts: timedelta) -> SimpleNamespace:
        with self.stage.app.app_context():
            return factories.an_order(self.stage.merchant, amount=amount, lasts=lasts)

    # ---- the shopper

    def clicks(self, order: SimpleNamespace, operator: str) -> None:
        """Choose an operator; an order that cannot be paid now says so."""
        choice = Choice(order.token, operator, "fr", PHONE)
        with self.stage.app.app_context(), suppress(NotPossible, NotOffered):
            paying.pay(self.stage.clock, self.inside.directory, self.inside.calls, choice)

    def goes_to_the_page(self, order: SimpleNamespace) -> None:
        """Be handed the hosted page: from then on it can be paid."""
        with self.stage.app.app_context(), db.writing() as tx:
            attempt = lifecycle.hand_out(tx, self.stage.clock, order.id, GUARD)
        if attempt is not None:
            self.at.handed_out.add(attempt["reference"])

    def leaves(self, order: SimpleNamespace) -> None:
        with self.stage.app.app_context(), suppress(NotPossible), db.writing() as tx:
            lifecycle.leave(tx, self.stage.clock, order.id)

    def cancels(self, order: SimpleNamespace) -> None:
        with self.stage.app.app_context(), suppress(NotPossible), db.writing() as tx:
            lifecycle.cancel(tx, self.stage.clock, order.id, PERSON)

    # ---- the operator

    def is_called_back(
        self,
        deal: Deal,
        state: str | None = None,
        *,
        account: str = "",
        address: str = LISTED,
        secret: str = "",
    ) -> TestResponse:
        """Bring an operator's callback about a request, as it stands or as it is said to stand."""
        whose = account or self.accounts[deal.operator].public_id
        url = f"/notify/{deal.operator}/{whose}"
        if deal.operator == PAGE and deal.kind == "payout":
            url += f"?refund={secret or deal.name}"
        return self.stage.client.post(
            url,
            data=json.dumps(callback(deal, state)),
            content_type="application/json",
            environ_overrides={"REMOTE_ADDR": address},
        )

    # ---- time and the worker

    def looks(self, seconds: float) -> None:
        """Let time pass, and the worker look."""
        self.stage.passes(seconds=seconds)
        self.stage.tick()

    def asked(self, reference: str) -> int:
        """Return how often the operator was asked about a payment or a payout of ours."""
        return sum(name == reference for name, _ in self.at.asked)

    # ---- the store's people

    def asks_back(self, order_id: int, wanted: NewRefund) -> Row:
        """Request a refund; raise NotRefundable."""
        with self.stage.app.app_context(), db.writing() as tx:
            return refunds.request(
                tx, self.stage.clock, self.inside.directory, order_id, wanted, source=PERSON
            )

    def decides(self, item: Row, said: Decided) -> None:
        """Answer a review item; raise NotDecidable."""
        with self.stage.app.app_context(), db.writing() as tx:
            lifecycle_reviews.answer(tx, self.stage.clock, item["id"], said, PERSON)

    def decides_refund(self, refund: Row, status: RefundStatus, reference: str | None = None) -> None:
        """Say what became of a refund; raise NotRefundable."""
        said = Decision(status, "relevé du jour", reference)
        with self.stage.app.app_context(), db.writing() as tx:
            lifecycle_refunds.decide(tx, self.stage.clock, refund["id"], said, PERSON)

    def visits(self, attempt: Row, way: str) -> TestResponse:
        return self.stage.client.get(f"/return/{attempt['token']}/{way}")
