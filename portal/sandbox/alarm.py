"""Does things later: one thread waits, and each task then runs in a daemon thread of its own."""

import heapq
import itertools
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic
from typing import Protocol

Task = Callable[[], None]


class Later(Protocol):
    """Runs a task once, a number of seconds from now, and not in the caller's thread."""

    def __call__(self, delay: float, task: Task) -> None:
        """Remember the task."""


class Alarm:
    """The real `Later`. Its thread starts with the first task, so that it survives a server's fork."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._changed = Condition()
        self._due: list[tuple[float, int, Task]] = []
        self._tickets = itertools.count()
        self._running = False

    def __call__(self, delay: float, task: Task) -> None:
        """Run the task in `delay` seconds."""
        with self._changed:
            heapq.heappush(self._due, (monotonic() + delay, next(self._tickets), task))
            if not self._running:
                self._running = True
                Thread(target=self._run, name="sandbox-alarm", daemon=True).start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            Thread(target=self._next(), daemon=True).start()

    def _next(self) -> Task:
        with self._changed:
            while True:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
