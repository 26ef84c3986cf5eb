"""What must happen later happens: what was deferred, what expired, what was left behind, whom to ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests
from sqlalchemy import update

from config import Settings
from portal import db
from portal.domain.events import Failed, FailureCode, Lapsed, Unheard
from portal.domain.provider import Unanswered
from portal.domain.states import AttemptStatus
from portal.payments.calls import Calls
from portal.payments.models import Attempt, Notification
from portal.providers.tmoney_online import TMoneyOnline
from portal.worker import Worker, waited_out
from tests.counting import counting
from tests.machines.honest import PAGE, PUSH, Honest
from tests.machines.operator import FakeOperator, Reply
from tests.machines.stage import FOREIGN, Stage, on_stage
from tests.machines.store import Store


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    with on_stage(settings) as stage:
        yield stage


def interrupted(stage: Stage) -> object:
    """Die where no handler of ours looks, as a killed process does."""
    raise KeyboardInterrupt


def test_orders_expire_when_their_time_has_passed_and_not_before(stage: Stage) -> None:
    order = stage.order(lasts=timedelta(hours=1))
    stage.passes(minutes=59)
    stage.tick()
    assert stage.now(order)["status"] == "open"
    stage.passes(minutes=1)
    stage.tick()
    assert stage.now(order)["status"] == "expired"
    assert stage.events(order) == ["order.expired"]
    stage.tick()
    assert stage.events(order) == ["order.expired"]


def test_a_start_that_a_crash_left_behind_was_never_offered(stage: Stage) -> None:
    order = stage.order()
    stage.operator.meanwhile = lambda: interrupted(stage)
    with pytest.raises(KeyboardInterrupt):
        stage.clicks(order)
    assert stage.attempts(order)[0]["status"] == "starting"
    stage.passes(seconds=59)
    stage.tick()
    assert stage.attempts(order)[0]["status"] == "starting"
    stage.passes(seconds=1)
    stage.tick()
    [attempt] = stage.attempts(order)
    assert (attempt["status"], attempt["failure_code"]) == ("failed", "not_started")
    stage.clicks(order)
    assert [one["status"] for one in stage.attempts(order)] == ["failed", "waiting"]


def test_what_the_end_of_waiting_means_is_the_operators_to_declare() -> None:
    hosted = TMoneyOnline(FakeOperator().client())
    pushed = TMoneyOnline(FakeOperator().client())
    pushed.when_silent = Unanswered()
    lapsed = Lapsed(FailureCode.NO_ANSWER)
    assert waited_out(hosted) == {
        AttemptStatus.STARTING: Failed(FailureCode.NOT_STARTED),
        AttemptStatus.WAITING: lapsed,
    }
    assert waited_out(pushed) == {AttemptStatus.STARTING: Unheard(), AttemptStatus.WAITING: lapsed}


def test_one_row_that_fails_keeps_no_other_waiting(stage: Stage) -> None:
    broken, other = stage.order(), stage.order()
    for order in (broken, other):
        stage.starts(order)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Attempt).where(Attempt.order_id == broken.id).values(operator="gone"))
    stage.passes(minutes=20)
    stage.tick()
    assert [stage.attempts(order)[0]["status"] for order in (broken, other)] == ["waiting", "expired"]


def test_two_workers_expire_an_order_once(stage: Stage) -> None:
    orders = [stage.order(lasts=timedelta(hours=1)) for _ in range(10)]
    stage.passes(hours=2)
    second = Worker(stage.clock, stage.worker.directory)
    with stage.app.app_context():
        overdue = second._overdue_orders()  # noqa: SLF001 - it looks before the first one is done
        stage.worker.tick()
        for order_id in overdue:
            second._expire(order_id)  # noqa: SLF001 - and acts after
    assert all(stage.events(order) == ["order.expired"] for order in orders)


def test_an_idle_tick_writes_nothing(stage: Stage) -> None:
    stage.order()
    stage.tick()  # prunes, once an hour
    with stage.app.app_context(), counting(db.db.engine) as seen:
        assert stage.tick() == 0
    assert seen.writes == []


def test_refused_calls_are_pruned_once_an_hour(stage: Stage) -> None:
    stage.order()
    stage.notifies("ANY", address=FOREIGN)
    stage.tick()
    stage.passes(days=91)
    stage.tick()
    assert stage.inbox() == []
    old = {"received_at": stage.clock.now() - timedelta(days=91)}
    stage.notifies("ANY", address=FOREIGN)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Notification).values(old))
    stage.passes(minutes=59)
    stage.tick()
    assert len(stage.inbox()) == 1
    stage.passes(minutes=1)
    stage.tick()
    assert stage.inbox() == []


class Hanging(Honest):
    """TMoney answers questions only once `gate` is open; MoneyFusion answers at once."""

    def __init__(self) -> None:
        """Begin with the gate closed."""
        super().__init__()
        self.gate = threading.Event()

    def _asked(self, path: str, request: requests.PreparedRequest) -> Reply:
        if "paiementNotif" not in path:
            assert self.gate.wait(20)
        return super()._asked(path, request)


def test_an_operator_that_hangs_keeps_no_other_waiting(settings: Settings) -> None:
    operator = Hanging()
    with on_stage(settings, operator) as stage:
        store, calls = Store(stage), Calls(stage.app.app_context)
        store.opens()
        hangs, other = store.order(500, timedelta(hours=24)), store.order(500, timedelta(hours=24))
        for order, by in ((hangs, PUSH), (other, PAGE)):
            store.clicks(order, by)
            store.goes_to_the_page(order)
            list(operator.deals.values())[-1].state = "done"
        stage.passes(seconds=5)
        worker = Worker(stage.clock, stage.worker.directory, calls)
        try:
            with stage.app.app_context():
                assert worker.tick() == 2  # handed over, not waited for
                eventually(lambda: stage.now(other)["status"] == "paid")
                assert stage.now(hangs)["status"] == "processing"
                stage.passes(seconds=60)
                assert worker.tick() == 0  # its question is under way still
        finally:
            operator.gate.set()
            calls.close()
        assert stage.now(hangs)["status"] == "paid"
        assert len(operator.asked) == 2


def test_what_an_operator_has_no_thread_for_waits_for_its_lease(settings: Settings) -> None:
    operator = Hanging()
    with on_stage(settings, operator) as stage:
        store, calls = Store(stage), Calls(stage.app.app_context, at_once=1)
        store.opens()
        orders = [store.order(500, timedelta(hours=24)) for _ in range(2)]
        for order in orders:
            store.clicks(order, PUSH)
            list(operator.deals.values())[-1].state = "done"
        stage.passes(seconds=5)
        worker = Worker(stage.clock, stage.worker.directory, calls)
        try:
            with stage.app.app_context():
                worker.tick()
                operator.gate.set()
                eventually(lambda: [stage.now(order)["status"] for order in orders].count("paid") == 1)

                def both_are_paid_after_a_lease() -> bool:
                    stage.passes(seconds=91)
                    worker.tick()
                    return all(stage.now(order)["status"] == "paid" for order in orders)

                eventually(both_are_paid_after_a_lease)
        finally:
            calls.close()


def eventually(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
