"""The room of everybody at once: shoppers, operator, merchant, time, worker and accidents, in any order."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from portal import db
from portal.payments import lifecycle
from portal.payments.ledger import Source
from portal.payments.lifecycle import NotPossible
from tests.machines import books, laws
from tests.machines.books import Book
from tests.machines.faults import Accident, Crash, accident, broken, deadlock
from tests.machines.forgeries import FORGERIES, forge
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.machines.stage import Stage, notification
from tests.machines.truth import LETTERS, Truth, Word

AMOUNTS = (100, 500, 9_999_999_999)
LASTS = (timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=24), timedelta(days=30))
TIMES = (1, 31, 59, 61, 179, 181, 19 * 60, 20 * 60, 3600, 25 * 3600, 31 * 86400)
REPLIES: tuple[Reply | None, ...] = (
    None, None, None, says("NOK:UNKNOWN_MERCHANT"), says("<html></html>"), silence, cut,
    promises(35, b"OK:1"), says(b"OK:" + b"1" * 3_000_000),
)  # fmt: skip
ERRORS = ("", "CANCEL", "AUTHENTICATION", "PAYMENT_FAILED", "EXPIRED_SESSION")
MEANWHILE = ("nothing", "nothing", "click", "paid", "failed", "gives up", "cancel", "leave", "expires")
pick = st.integers(0, 3)
"""Which order or attempt: 0 is the latest."""
payments = st.integers(0, 4)

accidents = st.none() | st.tuples(st.integers(1, 16), st.sampled_from([Crash, broken, deadlock]))
crashes = st.none() | st.tuples(st.integers(1, 16), st.just(Crash))


class Everybody(RuleBasedStateMachine):
    """One store's life. `stage` is given by the test, on one kind of database."""

    stage: ClassVar[Stage]

    @initialize()
    def begins(self) -> None:
        """Let all that others left behind come to its end, then begin with a store of its own."""
        later = self.stage.clock.now() + timedelta(days=40)
        self.stage.anew().clock.set(later)
        while self.stage.tick():
            pass
        # Only now: SQLite gives the numbers of lines that were pruned to new ones.
        self.at = self.stage.anew_store()
        self.truth = Truth()
        self.orders: list[SimpleNamespace] = []
        self.opens_an_order(amount=500, lasts=LASTS[-1], reply=None)
        other = self.stage.anew_store()
        self.other_account = other.account.public_id

    # ---- the merchant

    @rule(amount=st.sampled_from(AMOUNTS), lasts=st.sampled_from(LASTS), reply=st.sampled_from(REPLIES))
    def opens_an_order(self, amount: int, lasts: timedelta, reply: Reply | None) -> None:
        self.orders.append(self.at.order(amount=amount, lasts=lasts))
        self.clicks(which=0, reply=reply, meanwhile="nothing", goes_wrong=None)

    # ---- the shopper

    @rule(
        which=pick, reply=st.sampled_from(REPLIES), meanwhile=st.sampled_from(MEANWHILE), goes_wrong=accidents
    )
    def clicks(
        self, which: int, reply: Reply | None, meanwhile: str, goes_wrong: tuple[int, Accident] | None
    ) -> None:
        order = self._order(which)
        before, asked = self._book(order), len(self.at.operator.calls)
        self.at.operator.once = [reply] if reply else []
        surprises: list[AssertionError] = []
        self.at.operator.meanwhile = lambda: self._meanwhile(order, meanwhile, surprises)
        self._with(goes_wrong, lambda: self.at.clicks(order))
        self.at.operator.once, self.at.operator.meanwhile = [], None
        assert surprises == []
        more = len(self._book(order).attempts) - len(before.attempts)
        assert more <= (0 if before.live else 1)
        assert len(self.at.operator.calls) - asked <= more

    @rule(which=pick, goes_wrong=crashes)
    def goes_to_the_operators_page(self, which: int, goes_wrong: tuple[int, Accident] | None) -> None:
        order = self._order(which)
        answer = self._with(goes_wrong, lambda: self.at.looks(order, "/go"))
        if answer is None or answer.status_code != 200:
            return
        [live] = self._book(order).live
        assert live["status"] == "waiting"
        assert f'value="{live["reference"]}"' in answer.text
        assert f'value="{live["continuation"]["fields"]["sessionid"]}"' in answer.text
        self.truth.handed_out.add(live["reference"])

    @rule(which=pick, goes_wrong=crashes)
    def leaves(self, which: int, goes_wrong: tuple[int, Accident] | None) -> None:
        order = self._order(which)
        self._with(goes_wrong, lambda: self.at.leaves(order))

    @rule(which=pick, by=st.sampled_from(["shopper", "merchant"]), goes_wrong=crashes)
    def cancels(self, which: int, by: str, goes_wrong: tuple[int, Accident] | None) -> None:
        order = self._order(which)
        was = self._book(order).order["status"]
        cancel = self.at.cancels if by == "shopper" else self._merchant_cancels
        self._with(goes_wrong, lambda: cancel(order))
        book = self._book(order)
        if was != "cancelled" and book.order["status"] == "cancelled":
            laws.no_page_may_be_open(book, self.truth, self.at.clock.now())

    @rule(which=pick, then=st.sampled_from(["cancels", "forgets"]))
    def gives_up(self, which: int, then: str) -> None:
        """Leave the page; cancel when it can no longer be open, or forget the order until its time has passed."""
        order = self._order(which)
        self.at.leaves(order)
        if then == "cancels":
            self.at.passes(minutes=20)
            self.cancels(which=which, by="shopper", goes_wrong=None)
        else:
            self.at.clock.set(max(self.at.clock.now(), order.expires_at))
            self.at.tick()

    @rule(which=pick, way=st.sampled_from(["accept", "decline", "cancel"]))
    def comes_back(self, which: int, way: str) -> None:
        before, reference = books.read(self.at), self._reference(which)
        token = next(found["token"] for book in before if (found := book.attempt(reference)))
        answer = self.at.client.get(f"/return/{token}/{way}")
        assert answer.status_code == 303
        assert books.read(self.at) == before

    @rule(which=pick)
    def looks(self, which: int) -> None:
        before = books.read(self.at)
        assert self.at.looks(self._order(which)).status_code == 200
        assert books.read(self.at) == before

    # ---- the operator

    @rule(which=pick, payment=payments, times=st.sampled_from([1, 1, 3]), goes_wrong=accidents)
    def says_paid(
        self, which: int, payment: int, times: int, goes_wrong: tuple[int, Accident] | None
    ) -> None:
        reference = self._reference(which)
        order = next(book.order for book in books.read(self.at) if book.attempt(reference))
        for number in range(times):
            said = {"amount": str(order["amount"]), "paymentref": f"P{payment}"}
            self._says(reference, None if number else goes_wrong, **said)

    @rule(
        which=pick,
        amount=st.sampled_from(AMOUNTS),
        currency=st.sampled_from(["952", "840"]),
        payment=payments,
        goes_wrong=accidents,
    )
    def says_paid_otherwise(
        self, which: int, amount: int, currency: str, payment: int, goes_wrong: tuple[int, Accident] | None
    ) -> None:
        said = {"amount": str(amount), "currency": currency, "paymentref": f"P{payment}"}
        self._says(self._reference(which), goes_wrong, **said)

    @rule(which=pick, error=st.sampled_from(ERRORS), goes_wrong=accidents)
    def says_not_paid(self, which: int, error: str, goes_wrong: tuple[int, Accident] | None) -> None:
        self._says(self._reference(which), goes_wrong, status="NOK", error=error, amount="500")

    @rule(which=pick, forgery=st.sampled_from(sorted(FORGERIES)), goes_wrong=crashes)
    def is_forged(self, which: int, forgery: str, goes_wrong: tuple[int, Accident] | None) -> None:
        before = books.read(self.at)
        reference = self._reference(which)
        answer = self._with(goes_wrong, lambda: forge(self.at, forgery, reference, self.other_account))
        assert answer is None or answer.status_code == FORGERIES[forgery]
        assert books.read(self.at) == before

    # ---- time and the worker

    @rule(seconds=st.sampled_from(TIMES))
    def time_passes(self, seconds: int) -> None:
        self.at.passes(seconds=seconds)

    @rule(goes_wrong=crashes)
    def the_worker_looks(self, goes_wrong: tuple[int, Accident] | None) -> None:
        self._with(goes_wrong, self.at.tick)

    # ---- what must hold

    @invariant()
    def all_is_well(self) -> None:
        inbox, shelf = self.at.inbox(), books.read(self.at)
        self.truth.settle({row["id"]: row["verdict"] for row in inbox})
        laws.nothing_thanked_is_lost(inbox, shelf, self.truth)
        for book in shelf:
            laws.hold(book, self.truth)

    def teardown(self) -> None:
        """Let the worker finish: then nothing that was thanked for may still wait."""
        if hasattr(self, "truth"):
            self.at.passes(minutes=11)
            self.at.tick()
            self.all_is_well()
            assert self.truth.pending == []

    # ---- how

    def _order(self, which: int) -> SimpleNamespace:
        return self.orders[-1 - which % len(self.orders)]

    def _book(self, order: SimpleNamespace) -> Book:
        return next(book for book in books.read(self.at) if book.order["id"] == order.id)

    def _references(self) -> list[str]:
        return [attempt["reference"] for book in books.read(self.at) for attempt in book.attempts]

    def _reference(self, which: int) -> str:
        known = self._references()
        return known[-1 - which % len(known)]

    def _with(self, goes_wrong: tuple[int, Accident] | None, step: Any) -> Any:
        """Take the step, during which something may go wrong; None where we died of it."""
        if goes_wrong is None:
            return step()
        try:
            with accident(self.at.app, *goes_wrong):
                return step()
        except Crash:
            return None

    def _merchant_cancels(self, order: SimpleNamespace) -> None:
        with self.at.app.app_context(), suppress(NotPossible), db.writing() as tx:
            lifecycle.cancel(tx, self.at.clock, order.id, Source("person", "akofa"))

    def _says(self, reference: str, goes_wrong: tuple[int, Accident] | None, **said: str) -> None:
        """Bring the word until it is acknowledged, as the operator does."""
        before = len(self.at.inbox())
        answer = self._with(goes_wrong, lambda: self.at.notifies(reference, **said))
        if answer is None:
            assert len(self.at.inbox()) == before
            answer = self.at.notifies(reference, **said)
        assert answer.status_code == 200
        inbox = self.at.inbox()
        assert len(inbox) == before + 1
        full = notification(reference, **said)
        currency = LETTERS.get(full["currency"], full["currency"])
        self.truth.hears(
            Word(
                inbox[-1]["id"], reference, full["status"], int(full["amount"]), currency, full["paymentref"]
            )
        )

    def _meanwhile(self, order: SimpleNamespace, what: str, surprises: list[AssertionError]) -> None:
        """Happen while the portal waits for the operator's answer to a click, which must not hear of surprises."""
        try:
            self._happens(order, what)
        except AssertionError as surprise:
            surprises.append(surprise)

    def _happens(self, order: SimpleNamespace, what: str) -> None:
        [live] = self._book(order).live
        match what:
            case "click":
                self.at.clicks(order)
            case "paid":
                self._says(live["reference"], None, status="OK", amount=str(order.amount))
            case "failed":
                self._says(live["reference"], None, status="NOK", error="CANCEL")
            case "gives up":
                self.at.passes(seconds=61)
                self.at.tick()
            case "cancel":
                assert self.at.cancels(order).status_code == 409
            case "leave":
                self.at.leaves(order)
            case "expires":
                self.at.passes(days=31)
                self.at.tick()
