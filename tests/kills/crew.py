"""The room of the portal's processes: a web server and workers, killed at any moment and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from config import ROOT
from tests.servers import WHILE_WE_LIVE
from tests.stack import GUNICORN, QUIETLY, WORKER_READY

STARTS_WITHIN = 60.0


@dataclass
class Process:
    """One that runs, in a group of its own; `log` holds its words."""

    running: subprocess.Popen[bytes]
    log: Path

    def await_line(self, begin: str) -> str:
        """Return what follows those words in the log, once they stand there."""
        until = time.monotonic() + STARTS_WITHIN
        while True:
            words = self.log.read_text()
            _, found, rest = words.partition(begin)
            if found and "\n" in rest:
                return rest.partition("\n")[0]
            if time.monotonic() > until or self.running.poll() is not None:
                raise TimeoutError(words[-2000:])
            time.sleep(0.05)

    def kill(self) -> None:
        """Let it end without a word, its children too."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Tell it to end."""
        if self.running.poll() is None:
            assert self.running.stdin is not None
            self.running.stdin.close()
            try:
                self.running.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
        self._reap()

    def _reap(self) -> None:
        self.running.wait(timeout=10)
        if self.running.stdin is not None:
            self.running.stdin.close()


def _start(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    with log.open("wb") as words:
        running = subprocess.Popen(
            ["/bin/sh", "-c", WHILE_WE_LIVE, "sh", sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            cwd=ROOT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    return Process(running, log)


@contextmanager
def a_process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Process]:
    """Run a Python process during the body."""
    process = _start(command, environment, log)
    try:
        yield process
    finally:
        process.stop()


@dataclass
class Crew:
    """A web server at `port`, and workers; `killed` counts."""

    environment: Mapping[str, str]
    folder: Path
    port: int
    workers: int
    killed: dict[str, int] = field(default_factory=lambda: {"web": 0, "worker": 0})
    _running: dict[str, Process] = field(default_factory=dict)
    _number: int = 0

    def begin(self) -> None:
        """Start everyone, and wait until the workers are ready."""
        for name in ["web", *(f"worker {number}" for number in range(self.workers))]:
            self._running[name] = self._begins(name)
        for name, process in self._running.items():
            if name != "web":
                process.await_line(WORKER_READY)

    def kill_one(self, chance: Random) -> None:
        """Kill somebody and start another in their place."""
        name = chance.choice(sorted(self._running))
        self._running[name].kill()
        self.killed[name.split(" ")[0]] += 1
        self._running[name] = self._begins(name)

    def end(self) -> None:
        for process in self._running.values():
            process.kill()

    def _begins(self, name: str) -> Process:
        self._number += 1
        log = self.folder / f"{name} {self._number}.log"
        if name != "web":
            return _start(["-m", "flask", "--app", "wsgi", "worker"], self.environment, log)
        bind = ["--threads", "8", "--bind", f"127.0.0.1:{self.port}", "wsgi:app"]
        return _start([*GUNICORN, *QUIETLY, *bind], self.environment, log)


@contextmanager
def a_crew(environment: Mapping[str, str], folder: Path, port: int, workers: int) -> Iterator[Crew]:
    """Run a web server and so many workers during the body."""
    crew = Crew(environment, folder, port, workers)
    try:
        crew.begin()
        yield crew
    finally:
        crew.end()
