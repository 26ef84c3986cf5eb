"""Calls under way: an operator that hangs keeps its own threads waiting, and nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, cast

import pytest

from portal import db
from portal.payments.calls import Busy, Calls
from portal.web.services import EXTENSION
from tests.machines.operator import says
from tests.machines.stage import OPERATOR, Stage

PATIENCE = 0.1
SOON = 10.0
"""Seconds that nothing here takes unless it hangs."""

Build = Callable[..., Calls]


@dataclass
class Hanging:
    """A call that hangs until it is freed."""

    begun: threading.Event = field(default_factory=threading.Event)
    freed: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.begun.set()
        assert self.freed.wait(SOON)
        self.ended.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    call = Hanging()
    yield call
    call.freed.set()


@pytest.fixture
def build(hanging: Hanging) -> Iterator[Build]:
    """Make the calls of a process; in the end what hangs is freed, and all of it has come to its end."""
    with ExitStack() as made:

        def one(**bounds: Any) -> Calls:
            calls = Calls(**{"patience_seconds": PATIENCE} | bounds)
            made.callback(calls.close)
            return calls

        made.callback(hanging.freed.set)
        yield one
        hanging.freed.set()


def begin(call: Callable[[], None] | None) -> Callable[[], Callable[[], None] | None]:
    return lambda: call


def test_a_quick_call_has_ended_when_run_returns(build: Build) -> None:
    done: list[str] = []
    build(patience_seconds=SOON).run("slow", begin(lambda: done.append("called")))
    assert done == ["called"]


def test_a_call_that_hangs_is_awaited_as_long_as_a_shopper_should(build: Build, hanging: Hanging) -> None:
    began = monotonic()
    build().run("slow", begin(hanging))
    assert PATIENCE <= monotonic() - began < SOON / 2
    assert hanging.begun.is_set()
    assert not hanging.ended.is_set()


def test_what_is_no_longer_awaited_is_finished_all_the_same(build: Build, hanging: Hanging) -> None:
    build().run("slow", begin(hanging))
    hanging.freed.set()
    assert hanging.ended.wait(SOON)


def test_another_operator_is_not_held_up(build: Build, hanging: Hanging) -> None:
    calls = build(at_once=1)
    calls.run("slow", begin(hanging))
    done: list[str] = []
    calls.run("quick", begin(lambda: done.append("called")))
    assert done == ["called"]


def test_beyond_so_many_calls_nothing_is_begun(build: Build, hanging: Hanging) -> None:
    calls = build(at_once=2)
    begun: list[str] = []

    def never() -> None:
        begun.append("begun")

    for _ in range(2):
        calls.run("slow", begin(hanging))
    with pytest.raises(Busy):
        calls.run("slow", never)
    assert not calls.hand_over("slow", never)
    assert begun == []


def test_a_call_that_ended_makes_room(build: Build, hanging: Hanging) -> None:
    calls = build(at_once=1)
    calls.run("slow", begin(hanging))
    hanging.freed.set()
    assert hanging.ended.wait(SOON)
    deadline = monotonic() + SOON
    while not calls.hand_over("slow", lambda: None):
        assert monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.mark.parametrize("times", [1, 5])
def test_what_began_nothing_or_failed_to_begin_keeps_no_place(build: Build, times: int) -> None:
    calls = build(at_once=1)

    def fails() -> None:
        raise LookupError

    for _ in range(times):
        calls.run("slow", begin(None))
        with pytest.raises(LookupError):
            calls.run("slow", fails)
    calls.run("slow", begin(None))


def test_what_an_awaited_call_raises_is_raised_here_and_its_place_is_free(build: Build) -> None:
    calls = build(at_once=1, patience_seconds=SOON)

    def fails() -> None:
        raise TimeoutError("the database's own")

    for _ in range(2):
        with pytest.raises(TimeoutError, match="the database's own"):
            calls.run("slow", begin(fails))


def test_only_so_many_shoppers_wait_the_others_look_at_a_page_that_does(
    build: Build, hanging: Hanging
) -> None:
    calls = build(at_once=3, watched=1, patience_seconds=SOON)
    with ExitStack() as waiting:
        first = threading.Thread(target=calls.run, args=("slow", begin(hanging)))
        first.start()
        waiting.callback(first.join)
        waiting.callback(hanging.freed.set)
        assert hanging.begun.wait(SOON)
        began = monotonic()
        calls.run("slow", begin(hanging))
        assert monotonic() - began < SOON / 2
        assert first.is_alive()


def test_what_is_handed_over_is_not_awaited(build: Build, hanging: Hanging) -> None:
    assert build(patience_seconds=SOON).hand_over("slow", hanging)
    assert not hanging.ended.is_set()


def test_closing_waits_for_what_is_under_way(build: Build) -> None:
    done: list[str] = []
    calls = build()
    calls.hand_over("slow", lambda: done.append("called"))
    calls.close()
    assert done == ["called"]


# ---- in the whole portal


@pytest.fixture
def impatient(stage_with: Callable[..., Stage]) -> Iterator[Stage]:
    """Give a portal whose shoppers wait a tenth of a second for an operator."""
    stage = stage_with()
    calls = Calls(stage.app.app_context, patience_seconds=PATIENCE)
    stage.app.extensions[EXTENSION] = replace(stage.app.extensions[EXTENSION], calls=calls)
    yield stage
    calls.close()


def test_while_an_operator_hangs_no_connection_is_held_and_its_reply_is_recorded_afterwards(
    impatient: Stage, hanging: Hanging
) -> None:
    order = impatient.order()
    impatient.operator.meanwhile = hanging
    answer = impatient.clicks(order)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}/go")
    assert impatient.attempts(order)[0]["status"] == "starting"
    assert "Connexion à Mixx by Yas" in impatient.looks(order).text
    with impatient.app.app_context():
        assert cast("Any", db.db.engine.pool).checkedout() == 0
    hanging.freed.set()
    impatient.app.extensions[EXTENSION].calls.close()
    assert impatient.attempts(order)[0]["status"] == "waiting"
    assert impatient.looks(order, "/go").status_code == 200


def test_a_second_click_meanwhile_meets_the_attempt_and_calls_nobody(
    impatient: Stage, hanging: Hanging
) -> None:
    order = impatient.order()
    impatient.operator.meanwhile = hanging
    impatient.operator.once.append(says("OK:" + "7" * 32))
    for _ in range(2):
        assert impatient.clicks(order).status_code == 303
    hanging.freed.set()
    impatient.app.extensions[EXTENSION].calls.close()
    [attempt] = impatient.attempts(order)
    assert (attempt["operator"], attempt["status"]) == (OPERATOR, "waiting")
    assert len(impatient.operator.calls) == 1
