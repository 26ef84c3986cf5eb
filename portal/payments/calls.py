"""The room of calls under way: an operator that is silent keeps its own threads waiting, and nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import structlog

from portal.domain.provider import NoWord

log = structlog.get_logger("calls")

AT_ONCE = 128
"""Calls to one operator that one process has under way."""
WATCHED = 16
"""Shoppers of one operator whose own request waits for the reply; the others look at a page that waits."""
PATIENCE_SECONDS = 3.0

OUR_FAULT = NoWord("our own reading of the answer failed")
"""What asking brings where the provider crashed."""

T = TypeVar("T")
S = TypeVar("S")


def heard(operator: str, call: Callable[[], T], silence: S) -> T | S:
    """Return what the operator's provider says; one that crashes is as silent as an operator that does."""
    try:
        return call()
    except Exception:  # whatever a provider raises is its bug, and no reason to forget what was begun
        log.exception("provider crashed", operator=operator)
        return silence


class Busy(Exception):
    """So many calls to that operator are under way already: nothing was begun."""


class _Line:
    """One operator's threads, and how many calls they have under way."""

    def __init__(self, operator: str, at_once: int, watched: int) -> None:
        self.threads = ThreadPoolExecutor(at_once, thread_name_prefix=f"calls-{operator}")
        self.under_way = threading.BoundedSemaphore(at_once)
        self.watched = threading.BoundedSemaphore(watched)


class Calls:
    """Runs calls to operators, each operator's in threads of its own."""

    def __init__(
        self,
        around: Callable[[], AbstractContextManager[Any]] = nullcontext,
        *,
        at_once: int = AT_ONCE,
        watched: int = WATCHED,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Take what a call must be inside of (the application's context), and each operator's bounds."""
        self._around = around
        self._at_once, self._watched, self._patience = at_once, watched, patience_seconds
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def run(self, operator: str, begin: Callable[[], Callable[[], None] | None]) -> None:
        """Begin, and run the call that this returns; wait for its end as long as a shopper should.

        Raises Busy before `begin`, and what `begin` or an awaited call raises; a call that is no longer awaited
        is finished all the same.
        """
        line = self._line(operator)
        if not line.under_way.acquire(blocking=False):
            raise Busy(operator)
        try:
            call = begin()
        except BaseException:
            line.under_way.release()
            raise
        if call is None:
            line.under_way.release()
            return
        self._await(line, line.threads.submit(self._inside, line, call))

    def _inside(self, line: _Line, call: Callable[[], None]) -> None:
        try:
            with self._around():
                call()
        except Exception:  # perhaps nobody waits for it any more, so it is said here
            log.exception("call failed")
            raise
        finally:
            line.under_way.release()

    def _await(self, line: _Line, call: Future[None]) -> None:
        if not line.watched.acquire(blocking=False):
            return
        try:
            call.result(self._patience)
        except NotYet:
            if call.done():  # it is the call's own time-out, not our patience
                raise
        finally:
            line.watched.release()

    def hand_over(self, operator: str, call: Callable[[], None]) -> bool:
        """Let the operator's threads run the call; False where they have enough to do. Nobody waits for its end."""
        line = self._line(operator)
        if not line.under_way.acquire(blocking=False):
            return False
        line.threads.submit(self._inside, line, call)
        return True

    def close(self) -> None:
        """Wait for what is under way: a call to an operator is bounded in time."""
        with self._lock:
            lines = list(self._lines.values())
        for line in lines:
            line.threads.shutdown()

    def _line(self, operator: str) -> _Line:
        with self._lock:
            if operator not in self._lines:
                self._lines[operator] = _Line(operator, self._at_once, self._watched)
            return self._lines[operator]
