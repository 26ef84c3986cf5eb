"""The room of commotion: what happens while the portal waits for a reply, what goes wrong, what operators settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.exc import OperationalError

from portal.payments.intents import NewRefund
from portal.payments.refundable import NotRefundable
from tests.machines import books
from tests.machines.books import Book
from tests.machines.faults import Accident, Crash, accident
from tests.machines.honest import PAGE, PUSH, Deal, Honest
from tests.machines.stage import Stage
from tests.machines.store import Store

MEANWHILE = (
    *("nothing",) * 4, "click", "other click", "settled", "told", "a minute", "a refund", "another worker", "leave",
)  # fmt: skip
HISTORIES = ("new", "paid", "left and paid", "paid twice", "sent back")
"""What may have happened to a store's first order before anything is left to chance."""
GoesWrong = tuple[int, Accident] | None


class Commotion(RuleBasedStateMachine):
    """One store's life, without its rules. `stage` is given by the test, on one kind of database."""

    stage: ClassVar[Stage]
    seen: ClassVar[Counter[str]]
    """How often what was reached, by facts and reasons."""

    store: Store
    at: Honest
    orders: list[SimpleNamespace]
    surprises: list[BaseException]

    def _lives_through(self, history: str) -> None:
        order = self.orders[0]
        if history in {"left and paid", "paid twice"}:
            self.store.clicks(order, PAGE)
            self.store.goes_to_the_page(order)
            self.store.leaves(order)
        if history != "new":
            self.store.clicks(order, PUSH)
            for deal in self._mine()[-1:] if history != "paid twice" else self._mine():
                self._settle(deal, "done", 0)
            self.store.looks(6)
        if history == "sent back":
            self.store.asks_back(order.id, NewRefund())
            self.store.looks(1)
            self._settle(self._mine()[-1], "done", 0)
            self.store.looks(61)

    def _order(self, which: int) -> SimpleNamespace:
        return self.orders[-1 - which % len(self.orders)]

    def _shelf(self) -> list[Book]:
        return books.read(self.store.stage)

    def _money(self) -> list[Any]:
        """Return all but when to ask next, and what is remembered of asking."""
        return [(book.order, book.journal, book.reviews, book.events) for book in self._shelf()]

    def _mine(self) -> list[Deal]:
        return list(self.at.deals.values())

    def _can_settle(self) -> list[Deal]:
        """Return what waits at the operators; a hosted page can be paid only by who has it."""
        return [
            deal
            for deal in self._mine()
            if deal.state == "pending"
            and (deal.operator == PUSH or deal.kind == "payout" or deal.name in self.at.handed_out)
        ]

    def _settle(self, deal: Deal, to: Any, less: int) -> None:
        if to == "done" and deal.kind == "payment":
            deal.moved -= less
            found = [book.attempt(deal.name) for book in self._shelf()]
            deal.changed = any(one is not None and one["confirmed"] for one in found)
        deal.state = to

    def _with(self, goes_wrong: GoesWrong, step: Callable[[], Any]) -> None:
        """Take the step, during which something may go wrong: an exception of ours, or our death."""
        try:
            if goes_wrong is None:
                step()
                return
            with accident(self.stage.app, *goes_wrong):
                step()
        except Crash:
            return
        except (RuntimeError, OperationalError):  # broken, deadlock: whoever called us is told
            if goes_wrong is None:
                raise

    def _meanwhile(self, order: SimpleNamespace, what: str, goes_wrong: GoesWrong) -> None:
        """Let it happen while the portal waits for the operator's next reply."""
        self.surprises = []

        def happens() -> None:
            try:
                self._with(goes_wrong and (0, Crash), lambda: self._happens(order, what))
            except Exception as surprise:  # noqa: BLE001 - the portal must not hear of it, we do
                self.surprises.append(surprise)

        self.at.meanwhile = happens if what != "nothing" else None

    def _all_happened(self) -> None:
        self.at.meanwhile, self.at.accident = None, None
        assert self.surprises == []

    def _happens(self, order: SimpleNamespace, what: str) -> None:
        match what:
            case "click":
                self.store.clicks(order, PUSH)
            case "other click":
                self.store.clicks(order, PAGE)
            case "settled" if self._can_settle():
                self._settle(self._can_settle()[-1], "done", 0)
            case "told" if self._mine():
                self.store.is_called_back(self._mine()[-1])
            case "a minute":
                self.stage.passes(seconds=61)
                self.stage.tick()
            case "a refund":
                with suppress(NotRefundable):
                    self.store.asks_back(order.id, NewRefund())
            case "another worker":
                self.stage.tick()
            case "leave":
                self.store.leaves(order)
