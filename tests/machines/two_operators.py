"""The room of one store with two operators, each with a truth of its own, and everybody who meets there."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from portal.domain.states import RefundStatus
from portal.payments.intents import NewRefund
from portal.payments.lifecycle_reviews import Answer, Decided, NotDecidable
from portal.payments.refundable import NotRefundable
from tests.machines import ledger_laws
from tests.machines.books import Book
from tests.machines.commotion import HISTORIES, MEANWHILE, Commotion, GoesWrong
from tests.machines.faults import Crash, broken, deadlock
from tests.machines.honest import ACCIDENTS, MOODS, PAGE, PUSH, Honest
from tests.machines.stage import FOREIGN, Row
from tests.machines.store import Store

AMOUNTS = (500, 1000)
LASTS = (timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=24))
TIMES = (1, 5, 61, 61, 300, 601, 20 * 60, 3600, 25 * 3600, 50 * 3600)
operators = st.sampled_from((PUSH, PAGE))
pick = st.integers(0, 3)  # which order, request, refund or item: 0 is the latest
mishaps = st.sampled_from([*[None] * len(ACCIDENTS), *ACCIDENTS])
bad_luck = st.sampled_from(["crash after", "crash after", "crash before", "never", "lost", "garbled"])
bad_moods = st.sampled_from(MOODS[2:])
meanwhiles = st.sampled_from(MEANWHILE)
accidents = (
    st.none() | st.none() | st.tuples(st.integers(1, 16), st.sampled_from([Crash, Crash, broken, deadlock]))
)
MOST_ORDERS = 4  # few orders live through more


class TwoOperators(Commotion):
    """One store's life with an operator that debits by our call and one with a hosted page."""

    @initialize(
        verify=st.sampled_from(["on", "on", "off"]),
        amount=st.sampled_from(AMOUNTS),
        history=st.sampled_from(["new", *HISTORIES]),
    )
    def begins(self, verify: str, amount: int, history: str) -> None:
        """Let all that others left behind come to its end, then begin with a store of its own and its first order."""
        later = self.stage.clock.now() + timedelta(days=40)
        self.stage.anew().clock.set(later)
        while self.stage.tick():
            pass
        self.store = Store(self.stage.anew_store(), verify)
        self.store.opens()
        self.at: Honest = self.store.at
        self.orders: list[SimpleNamespace] = []
        self.by_hand: Counter[int] = Counter()
        self.opens_an_order(amount, LASTS[-1])
        other = self.stage.anew_store()
        self.stranger = other.an_account(
            other.merchant, operator=PUSH, credentials=dict(self.store.accounts[PUSH].credentials)
        ).public_id
        self._lives_through(history)

    # ---- the shopper

    @rule(amount=st.sampled_from(AMOUNTS), lasts=st.sampled_from(LASTS))
    def opens_an_order(self, amount: int, lasts: timedelta) -> None:
        if len(self.orders) < MOST_ORDERS:
            self.orders.append(self.store.order(amount, lasts))

    @rule(which=pick, operator=operators, mishap=mishaps, meanwhile=meanwhiles, goes_wrong=accidents)
    def clicks(
        self, which: int, operator: str, mishap: str | None, meanwhile: str, goes_wrong: GoesWrong
    ) -> None:
        order, self.at.accident = self._order(which), mishap
        self._meanwhile(order, meanwhile, goes_wrong)
        self._with(goes_wrong, lambda: self.store.clicks(order, operator))
        self._all_happened()

    @rule(operator=operators, lasts=st.sampled_from(LASTS), mishap=bad_luck, mood=bad_moods)
    def is_unlucky(self, operator: str, lasts: timedelta, mishap: str, mood: str) -> None:
        """Order anew, and choose an operator that is in a mood, while something happens to our call."""
        self.opens_an_order(500, lasts)
        self.at.moods[operator] = mood
        self.clicks(0, operator, mishap, "nothing", None)
        for seconds in (5, 61, 61):
            self.the_worker_looks(seconds, None, "nothing", None)

    @rule(which=pick, operator=operators, then=st.sampled_from(["pays", "pays", "waits"]))
    def pays_as_most_do(self, which: int, operator: str, then: str) -> None:
        """Click, go to the page if there is one, settle, and let the worker look."""
        order = self._order(which)
        self.store.clicks(order, operator)
        self.store.goes_to_the_page(order)
        if then == "pays" and self._can_settle():
            self._settle(self._can_settle()[-1], "done", 0)
        self.stage.passes(seconds=6)
        self.stage.tick()

    @rule(which=pick, goes_wrong=accidents)
    def goes_to_the_page(self, which: int, goes_wrong: GoesWrong) -> None:
        self._with(goes_wrong, lambda: self.store.goes_to_the_page(self._order(which)))

    @rule(which=pick, goes_wrong=accidents)
    def leaves(self, which: int, goes_wrong: GoesWrong) -> None:
        self._with(goes_wrong, lambda: self.store.leaves(self._order(which)))

    @rule(which=pick, goes_wrong=accidents)
    def cancels(self, which: int, goes_wrong: GoesWrong) -> None:
        self._with(goes_wrong, lambda: self.store.cancels(self._order(which)))

    @rule(which=pick, way=st.sampled_from(["accept", "cancel"]))
    def comes_back(self, which: int, way: str) -> None:
        attempts = [one for book in self._shelf() for one in book.attempts]
        if attempts:
            before = self._money()
            assert self.store.visits(attempts[-1 - which % len(attempts)], way).status_code == 303
            assert self._money() == before

    # ---- the operators

    @rule(which=pick, to=st.sampled_from(["done", "done", "refused"]), less=st.sampled_from([0, 0, 0, 100]))
    def settles(self, which: int, to: str, less: int) -> None:
        """Let a customer act on the handset or the page, or a payout reach its end."""
        waiting = self._can_settle()
        if waiting:
            self._settle(waiting[-1 - which % len(waiting)], to, less)

    @rule(which=pick)
    def changes_its_mind(self, which: int) -> None:
        """Let what the operator had refused happen after all, and be told."""
        refused = [deal for deal in self._mine() if deal.state == "refused"]
        if refused:
            deal = refused[-1 - which % len(refused)]
            deal.changed, deal.state = True, "done"
            self.store.is_called_back(deal)
            self.the_worker_looks(61, None, "nothing", None)

    @rule(which=pick, times=st.sampled_from([1, 1, 3]), goes_wrong=accidents)
    def calls_back(self, which: int, times: int, goes_wrong: GoesWrong) -> None:
        """Tell the truth about a request, once or more often, until it is acknowledged."""
        deals = self._mine()
        if not deals:
            return
        deal = deals[-1 - which % len(deals)]
        self._with(goes_wrong, lambda: self.store.is_called_back(deal))
        for _ in range(times):
            assert self.store.is_called_back(deal).status_code == 200

    @rule(which=pick, lie=st.sampled_from(["done", "refused", "foreign", "stranger", "secret"]))
    def is_lied_about(self, which: int, lie: str) -> None:
        """Bring a callback that nobody may believe: it moves nothing, at most it makes us ask."""
        deals = self._mine()
        if not deals:
            return
        deal, before = deals[-1 - which % len(deals)], self._money()
        is_claim = deal.operator == PAGE and deal.kind == "payout"
        if lie == "foreign" and deal.operator == PUSH:
            assert self.store.is_called_back(deal, "done", address=FOREIGN).status_code == 403
        elif lie == "stranger" and deal.operator == PUSH:
            self.store.is_called_back(deal, "done", account=self.stranger)
        elif is_claim:
            self.store.is_called_back(deal, "done", secret="a-secret-of-nobody")
        elif deal.operator == PAGE or self.store.verify == "on":
            self.store.is_called_back(deal, lie if lie == "refused" else "done")
        assert self._money() == before

    @rule(operator=operators, mood=st.sampled_from(MOODS))
    def is_in_a_mood(self, operator: str, mood: str) -> None:
        self.at.moods[operator] = mood

    # ---- the store's people

    @rule(
        which=pick,
        part=st.sampled_from([0, 0, 200, 500, 501]),
        people=st.sampled_from([1, 2]),
        then=st.sampled_from(["waits", "sent", "done", "done", "refused"]),
        mishap=mishaps,
        goes_wrong=accidents,
    )
    def asks_back(
        self, *, which: int, part: int, people: int, then: str, mishap: str | None, goes_wrong: GoesWrong
    ) -> None:
        """Let one person or two ask for all (0) or a part of the money back, and perhaps see it through."""
        order = self._order(which)

        def ask() -> None:
            with suppress(NotRefundable):
                self.store.asks_back(order.id, NewRefund(amount=part or None))

        for _ in range(people):
            self._with(goes_wrong if then == "waits" else None, ask)
        if then == "waits":
            return
        self.the_worker_looks(1, mishap, "nothing", goes_wrong)
        if then != "sent" and self._can_settle():
            self._settle(self._can_settle()[-1], then, 0)
            self.calls_back(0, 1, None)
        self.the_worker_looks(61, None, "nothing", None)

    @rule(
        which=pick,
        part=st.sampled_from([0, 200, 500]),
        mishap=mishaps,
        then=st.sampled_from(["sent", "refused"]),
    )
    def asks_back_again(self, which: int, part: int, mishap: str | None, then: str) -> None:
        """Ask for money back, and whatever became of it for more."""
        self.asks_back(which=which, part=part, people=1, then=then, mishap=mishap, goes_wrong=None)
        self.asks_back(which=which, part=part, people=2, then="done", mishap=None, goes_wrong=None)

    @rule(which=pick, way=st.sampled_from(["accept", "dismiss", "refund", "refund"]), goes_wrong=accidents)
    def decides(self, which: int, way: str, goes_wrong: GoesWrong) -> None:
        """Answer a review item by what the operator's own statement says."""
        found = [(book, item) for book in self._shelf() for item in book.reviews if item["decision"] is None]
        if not found:
            return
        book, item = found[-1 - which % len(found)]
        if way == "refund" and item["reason"] != "unconfirmed":
            wanted = NewRefund(attempt_id=item["attempt_id"], review_id=item["id"])
            with suppress(NotRefundable):
                self._with(goes_wrong, lambda: self.store.asks_back(book.order["id"], wanted))
            return
        said = self._said(book, item, way)
        with suppress(NotDecidable):
            self._with(goes_wrong, lambda: self.store.decides(item, said))

    def _said(self, book: Book, item: Row, way: str) -> Decided:
        if item["reason"] != "unconfirmed":
            return Decided(Answer.ACCEPT if way == "accept" else Answer.DISMISS, "vu au relevé")
        reference = next(one["reference"] for one in book.attempts if one["id"] == item["attempt_id"])
        deal = self.at.deal("payment", reference)
        if deal is not None and deal.state == "done":
            return Decided(Answer.RECEIVED, "vu au relevé", deal.moved, deal.token)
        return Decided(Answer.NOT_RECEIVED, "rien au relevé")

    @rule(which=pick, by_hand=st.sampled_from(["sent", "given up"]), goes_wrong=accidents)
    def decides_refund(self, which: int, by_hand: str, goes_wrong: GoesWrong) -> None:
        """Say of a refund what the operator's statement says; send by hand what only a person can, or give up."""
        found = [one for book in self._shelf() for one in book.refunds]
        if not found:
            return
        refund = found[-1 - which % len(found)]
        status, reference = RefundStatus.CANCELLED, None
        if refund["status"] == "unknown":
            deal, _ = ledger_laws.payout_of(refund, self.at)
            if deal is not None and deal.state == "pending":
                return
            is_done = deal is not None and deal.state == "done"
            status = RefundStatus.SUCCEEDED if is_done else RefundStatus.FAILED
            reference = deal.token if deal is not None and is_done else None
        elif refund["status"] == "by_hand" and by_hand == "sent":
            status, reference = RefundStatus.SUCCEEDED, f"HAND{refund['id']}"
        with suppress(NotRefundable):
            self._with(goes_wrong, lambda: self.store.decides_refund(refund, status, reference))
            after = next(one for book in self._shelf() for one in book.refunds if one["id"] == refund["id"])
            if refund["status"] == "by_hand" and after["status"] == "succeeded":
                self.by_hand[refund["order_id"]] += refund["amount"]

    # ---- time and the worker

    @rule(seconds=st.sampled_from(TIMES), mishap=mishaps, meanwhile=meanwhiles, goes_wrong=accidents)
    def the_worker_looks(
        self, seconds: int, mishap: str | None, meanwhile: str, goes_wrong: GoesWrong
    ) -> None:
        self.stage.passes(seconds=seconds)
        self.at.accident = mishap
        self._meanwhile(self.orders[-1], meanwhile, goes_wrong)
        self._with(goes_wrong, self.stage.tick)
        self._all_happened()

    # ---- what must hold

    @invariant()
    def all_is_well(self) -> None:
        shelf = self._shelf()
        ledger_laws.nobody_is_paid_unasked(shelf, self.at)
        for book in shelf:
            ledger_laws.hold(book, self.at, self.by_hand, self.stage.clock.now())

    def teardown(self) -> None:
        """Everybody falls silent, or answers truly at last; time passes: every franc is in the books or on the list."""
        if not hasattr(self, "by_hand"):
            return
        answers = self.at.moods.get(PUSH, "truly")
        self.at.moods = {PUSH: answers, PAGE: answers}
        for hours in (1, 25, 25, 25):
            self.stage.passes(hours=hours)
            while self.stage.tick():
                pass
        self.all_is_well()
        for book in self._shelf():
            self.seen.update([line["fact"] for line in book.journal if line["fact"] != "unconfirmed"])
            self.seen.update([item["reason"] for item in book.reviews if item["reason"] != "contradiction"])
            ledger_laws.everything_is_accounted_for(book, self.at)
            if answers == "truly":
                ledger_laws.what_is_asked_about_is_found(book, self.at)
