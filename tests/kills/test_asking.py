"""A worker or a person's process killed anywhere leaves books from which the repeat ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import update

from portal import db
from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.payments import lifecycle, refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.models import Attempt, JournalLine, Order, ReviewItem
from portal.payments.refund_models import Refund
from portal.web.services import EXTENSION
from portal.webhooks.models import Event
from tests import factories
from tests.kills.conftest import Ended, Processes
from tests.kills.teller import AMOUNT
from tests.machines.clocks import NOON
from tests.machines.stage import Row, Stage

MOST_POINTS = 200
WHEN_A_LEASE_IS_OVER = timedelta(seconds=91)
TOLD = {
    Order: ("status", "amount_paid", "amount_refunded", "paid_late", "reviews", "refunds"),
    Attempt: ("status", "confirmed", "failure_code", "fee", "phone", "rail"),
    JournalLine: ("fact", "source", "before", "after", "amount", "currency", "detail"),
    ReviewItem: ("reason", "decision", "decided_by", "evidence"),
    Refund: ("status", "answered", "amount", "failure_code"),
    Event: ("type",),
}
"""What must be the same whenever it happened."""


def books(stage: Stage, order: SimpleNamespace) -> list[list[tuple[Any, ...]]]:
    """Return what is written about the order, but for names and times."""
    found = []
    for table, columns in TOLD.items():
        mine = table.id == order.id if table is Order else table.order_id == order.id  # type: ignore[attr-defined]
        found.append([tuple(row[one] for one in columns) for row in stage.of(table, mine)])
    return found


def pushed(stage: Stage) -> SimpleNamespace:
    """Open an order whose customer was asked on the handset."""
    order = stage.order(amount=AMOUNT)
    with stage.app.app_context():
        account = factories.an_account(
            stage.merchant, operator="tmoney", credentials={"nomUtilisateur": "akofa", "motDePasse": "x"}
        )
        factories.an_attempt(order, account, phone="+22890112233", then=[Accepted()])
    return order


def killed_everywhere(
    stage: Stage,
    begin: Callable[[], SimpleNamespace],
    step: Callable[[SimpleNamespace, datetime, int], Ended],
    at: datetime,
) -> tuple[int, list[list[tuple[Any, ...]]]]:
    """Kill at every point in turn until none is left; return how many there were, and the books at the end."""
    undisturbed = begin()
    before = books(stage, undisturbed)
    assert not step(undisturbed, at, 0).killed
    after = books(stage, undisturbed)
    assert after != before
    for point in range(1, MOST_POINTS):
        order = begin()
        ended = step(order, at, point)
        assert books(stage, order) in (before, after)
        step(order, at + WHEN_A_LEASE_IS_OVER, 0)
        assert books(stage, order) == after
        if not ended.killed:
            return point - 1, after
    raise AssertionError(f"more than {MOST_POINTS} points: is the path endless?")


def test_killed_while_asking_the_next_worker_hears_the_same(
    stage: Stage, processes: Processes, record_property: Any
) -> None:
    def look(_order: SimpleNamespace, at: datetime, kill_at: int) -> Ended:
        return processes.look(at, kill_at)

    points, after = killed_everywhere(stage, lambda: asked_since(stage), look, NOON + timedelta(seconds=5))
    record_property("shown", f"asking: killed at each of {points} points")
    assert after[0][0][:2] == ("paid", AMOUNT)


def asked_since(stage: Stage) -> SimpleNamespace:
    """Begin a push that is due to be asked about after five seconds."""
    order = pushed(stage)
    with stage.app.app_context(), db.writing() as tx:
        due = {"due_at": stage.clock.now() + timedelta(seconds=5)}
        tx.execute(update(Attempt).where(Attempt.order_id == order.id).values(due))
    return order


def test_killed_while_giving_up_the_next_worker_leaves_it_to_a_person_once(
    stage: Stage, processes: Processes, record_property: Any
) -> None:
    def begin() -> SimpleNamespace:
        order = stage.order(lasts=timedelta(hours=1))
        stage.starts(order)
        with stage.app.app_context(), db.writing() as tx:
            # The order expired and the page's guard ended long ago; only the last day is left to end.
            tx.execute(update(Attempt).where(Attempt.order_id == order.id).values(guard_until=None))
            tx.execute(update(Order).where(Order.id == order.id).values(status="expired"))
        return order

    def look(_order: SimpleNamespace, at: datetime, kill_at: int) -> Ended:
        return processes.look(at, kill_at)

    points, after = killed_everywhere(stage, begin, look, NOON + timedelta(hours=25))
    record_property("shown", f"giving up: killed at each of {points} points")
    assert [item[:2] for item in after[3]] == [("unconfirmed", None)]


def test_killed_while_a_person_decides_the_decision_can_be_said_again(
    stage: Stage, processes: Processes, record_property: Any
) -> None:
    def begin() -> SimpleNamespace:
        order = stage.order(lasts=timedelta(hours=1))
        stage.starts(order)
        stage.passes(hours=25)
        stage.tick()
        stage.clock.set(NOON)
        return order

    def decide(order: SimpleNamespace, at: datetime, kill_at: int) -> Ended:
        [item] = stage.of(ReviewItem, ReviewItem.order_id == order.id)
        if item["decision"] is not None:
            return Ended(0, 0, killed=False)  # it was said: a second time nobody asks
        return processes.decide(at, item["id"], f"STATEMENT{order.id}", kill_at)

    points, after = killed_everywhere(stage, begin, decide, NOON + timedelta(hours=26))
    record_property("shown", f"a person's decision: killed at each of {points} points")
    assert after[0][0][:2] == ("paid", AMOUNT)
    assert [item[:2] for item in after[3]] == [("unconfirmed", "received")]


def refundable(stage: Stage) -> tuple[SimpleNamespace, Row]:
    """Open an order that was paid by push, of which a person wants all back."""
    order = pushed(stage)
    directory = stage.app.extensions[EXTENSION].directory
    [attempt] = stage.attempts(order)
    paid = Paid(Money(AMOUNT), f"T{attempt['reference']}", payer="+22890112233")
    with stage.app.app_context(), db.writing() as tx:
        lifecycle.apply(
            tx, stage.clock, attempt["account_id"], attempt["reference"], paid, source=Source("answer")
        )
    with stage.app.app_context(), db.writing() as tx:
        refunds.request(tx, stage.clock, directory, order.id, NewRefund(), source=Source("person", "akofa"))
    [refund] = stage.of(Refund, Refund.order_id == order.id)
    return order, refund


def test_killed_while_sending_a_refund_it_is_sent_at_most_once(
    stage: Stage, processes: Processes, record_property: Any
) -> None:
    seen: set[tuple[str, int]] = set()
    point = 0
    for point in range(1, MOST_POINTS):
        order, refund = refundable(stage)
        ended = processes.look(NOON, point)
        for seconds in (91, 200, 400):  # a second worker: the lease ends, what was left is unknown, it asks
            processes.look(NOON + timedelta(seconds=seconds))
        [now] = stage.of(Refund, Refund.id == refund["id"])
        taken = processes.taken(refund["reference"])
        seen.add((now["status"], taken))
        assert taken <= 1
        # What the operator has is in the books; what it does not have stays reserved until a person says so.
        assert (now["status"], taken) in {("succeeded", 1), ("unknown", 0)}
        assert stage.now(order)["amount_refunded"] == taken * AMOUNT
        if not ended.killed:
            break
    assert seen == {("succeeded", 1), ("unknown", 0)}
    record_property("shown", f"sending a refund: killed at each of {point - 1} points")
