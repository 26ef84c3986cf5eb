"""The room of money on its way back through any operator: the whole portal, the operator's words from its vectors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.test import TestResponse

from portal import db
from portal.payments import refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.refund_models import Refund
from portal.web.services import EXTENSION
from tests.machines.stage import Row
from tests.providers import vectors
from tests.providers.payment import Payment
from tests.providers.vectors import Case, Script


@dataclass
class Refunding:
    """One refund of a paid order, of the sum that the vectors' payout is about."""

    payment: Payment
    secret: str = "not-sent-yet"

    def __post_init__(self) -> None:
        """Have a merchant wish for it."""
        stage, order = self.payment.stage, self.payment.order
        inside = stage.app.extensions[EXTENSION]
        wish = NewRefund(amount=self.payment.vectors.account.get("payout", {}).get("amount"))
        with stage.app.app_context(), db.writing() as tx:
            refunds.request(tx, stage.clock, inside.directory, order.id, wish, source=Source("person", "Ama"))

    @property
    def row(self) -> Row:
        return self.payment.stage.of(Refund, Refund.order_id == self.payment.order.id)[-1]

    @property
    def names(self) -> dict[str, str]:
        """Return what stands for the names in a text about this refund."""
        names = self.payment.names | {"reference": self.row["reference"], "secret": self.secret}
        return names | {"handle": vectors.filled(self.payment.vectors.payout_handle, names)}

    @property
    def returned(self) -> tuple[str, int]:
        """Return the refund's status, and how much of the order is back."""
        return self.row["status"], self.payment.stage.now(self.payment.order)["amount_refunded"]

    def works(self, case: Case, after: float = 60) -> None:
        """Let a worker do what is due after so many seconds; the operator answers as in that case."""
        operator = self.payment.stage.operator
        operator.once = Script(case, lambda: self.names)
        operator.calls.clear()
        self.payment.stage.passes(seconds=after)
        self.payment.stage.tick()
        operator.once = []
        for call in operator.calls:
            if found := re.search(r"refund=([A-Za-z0-9_-]+)", str(call.body)):
                self.secret = found[1]

    @property
    def sendings(self) -> int:
        """Return how often the operator was told to send, when a worker worked last."""
        [url] = {case["calls"][-1]["url"] for case in self.payment.vectors.of("payout", "lost")}
        asked = [(call.url or "").partition("?")[0] for call in self.payment.stage.operator.calls]
        return asked.count(vectors.filled(url, self.names))

    def hears(self, case: Case) -> TestResponse:
        """Bring the notification of that case, as if it were about this refund."""
        request = vectors.filled(case["request"], self.names)
        call = vectors.call(self.payment.slug, self.payment.account.public_id, request)
        return self.payment.stage.client.open(
            call.url,
            method=call.method,
            headers=list(call.headers.items()),
            data=call.body,
            environ_overrides={"REMOTE_ADDR": call.address},
        )
