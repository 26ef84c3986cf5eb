"""What must happen later happens: what was deferred, what expired, what was left behind; and it stops when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import update

from config import ROOT, Settings
from portal import db
from portal.domain.events import Failed, FailureCode, Lapsed, Unheard
from portal.domain.provider import Unanswered
from portal.domain.states import AttemptStatus
from portal.payments.models import Attempt, Notification, Order
from portal.providers.tmoney_online import TMoneyOnline
from portal.worker import Worker, waited_out
from tests.conftest import settings_for
from tests.counting import counting
from tests.databases import Kind
from tests.machines.operator import FakeOperator
from tests.machines.stage import FOREIGN, Stage, on_stage


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


@pytest.fixture
def running_worker(
    fresh_database: Callable[[Kind], str], tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], Stage]]:
    """Give a worker in a process of its own, ready, and a stage on its database."""
    url = fresh_database("sqlite")
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "test",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(tmp_path),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (
        on_stage(settings_for(url, tmp_path)) as stage,
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stderr is not None
            until(process.stderr, "worker ready")
            yield process, stage
        finally:
            process.kill()


def until(lines: IO[str], words: str) -> None:
    for line in lines:
        if words in line:
            return
    raise AssertionError(f"never said: {words}")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_by_the_databases_clock_and_stops_when_told(
    running_worker: tuple[subprocess.Popen[str], Stage], told: signal.Signals
) -> None:
    process, stage = running_worker
    order = stage.order()
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Order).values(expires_at=stage.clock.now().replace(year=2020)))  # past for everyone
    deadline = time.monotonic() + 20
    while stage.now(order)["status"] != "expired":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(told)
    assert process.wait(timeout=10) == 0
