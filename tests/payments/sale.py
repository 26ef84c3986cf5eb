"""The room of a sale whose money may go back: paid by TMoney's push, which can send it, or by a page, which cannot."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from portal import db
from portal.domain.events import Accepted, AttemptEvent, Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.merchants.accounts import Connected
from portal.payments import lifecycle, lifecycle_refunds, refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.lifecycle_refunds import Decision
from portal.payments.refund_models import Refund
from portal.web.services import EXTENSION
from tests import factories
from tests.machines.stage import OPERATOR, Row, Stage
from tests.providers import vectors
from tests.providers.payment import connected, leave_alone
from tests.providers.vectors import Case, Script

SENDS = "tmoney"
WALLET = "+22890990990"
PERSON = Source("person", "akofa@boutique.example")


@dataclass
class Sale:
    """One order, its store's account, and the attempts that it was paid by."""

    stage: Stage
    account: Connected
    order: SimpleNamespace
    attempts: list[SimpleNamespace]

    @property
    def now(self) -> Row:
        return self.stage.now(self.order)

    @property
    def refunds(self) -> list[Row]:
        return self.stage.of(Refund, Refund.order_id == self.order.id)

    @property
    def statuses(self) -> list[str]:
        return [refund["status"] for refund in self.refunds]

    def request(self, amount: int | None = None, **given: Any) -> Row:
        """Ask for money to be sent back; raise NotRefundable."""
        directory = self.stage.app.extensions[EXTENSION].directory
        new = NewRefund(amount=amount, **given)
        with self.stage.app.app_context(), db.writing() as tx:
            return refunds.request(tx, self.stage.clock, directory, self.order.id, new, source=PERSON)

    def decide(
        self, status: RefundStatus, evidence: str = "relevé du 3 mars", reference: str | None = None
    ) -> None:
        """Say what became of the last refund; raise NotRefundable."""
        said = Decision(status, evidence, reference)
        with self.stage.app.app_context(), db.writing() as tx:
            lifecycle_refunds.decide(tx, self.stage.clock, self.refunds[-1]["id"], said, PERSON)

    def happens(self, *events: AttemptEvent) -> None:
        """Let the operator say that about a further attempt."""
        with self.stage.app.app_context():
            self.attempts.append(
                factories.an_attempt(self.order, self.account, phone=WALLET, then=[Accepted(), *events])
            )

    def arrives(self, paid: Paid) -> None:
        """Let money of the last attempt arrive, late or once more."""
        account, reference = self.account.id, self.attempts[-1].reference
        with self.stage.app.app_context(), db.writing() as tx:
            lifecycle.apply(tx, self.stage.clock, account, reference, paid, source=Source("notification"))

    def works(self, case: Case | None = None, **time: float) -> None:
        """Let that time pass and a worker do what is due; the operator answers as in that case, else never."""
        self.stage.passes(**time)
        refund = self.refunds[-1]
        names = {"reference": refund["reference"]}
        urls = {one.setting: self.account.url(one.setting) for one in self.provider.endpoints}
        self.stage.operator.once = Script(case, lambda: names | urls) if case else []
        self.stage.tick()
        self.stage.operator.once = []

    @property
    def provider(self) -> Any:
        return self.stage.app.extensions[EXTENSION].providers[self.account.operator]


def payout(role: str, place: int = 0) -> Case:
    """Return how TMoney answers a credit of 300 francs in that role."""
    return vectors.of(SENDS).of("payout", role)[place]


def answer(role: str) -> Case:
    """Return what TMoney says when it is asked about that credit."""
    return vectors.of(SENDS).of("ask_payout", role)[0]


def a_sale(stage: Stage, *payments: int, operator: str = SENDS, **given: Any) -> Sale:
    """Return an order of 500 francs that so much was paid for, each sum by a payment of its own."""
    leave_alone(stage)
    account = stage.account if operator == OPERATOR else connected(stage, operator, stage.merchant)
    with stage.app.app_context():
        sale = Sale(stage, account, factories.an_order(stage.merchant, **given), [])
    for place, amount in enumerate(payments):
        paid = Paid(Money(amount), f"{sale.order.public_id}-{place}", payer=WALLET)
        if sale.attempts:
            sale.arrives(paid)
        else:
            sale.happens(paid)
    return sale
