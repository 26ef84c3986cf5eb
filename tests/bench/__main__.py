"""The speed table: every figure a ratio to an anchor of the same run, interleaved with it, beside exact counts.

`make bench` prints it; `ARGS="--rounds 3 --seconds 1"` makes it shorter and less certain, `--only starting` picks rows.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Flask

from tests.bench.load import Round, drive, get, post
from tests.bench.operator import LATENCY_SECONDS, slow_operator
from tests.bench.processes import Served, serve
from tests.bench.seeding import AMOUNT, Seeded, analyse, seed
from tests.bench.shop import quick_shop
from tests.bench.starting import Starting, alone
from tests.bench.telling import EVENTS_A_SECOND, Telling, a_worker
from tests.conftest import migrate, running, settings_for
from tests.databases import Databases
from tests.servers import postgresql


class Busy(Protocol):
    """What is measured; tells the processor time that it used so far."""

    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True)
class Goal:
    """One row: what is measured against which anchor, and what ratio is to be reached."""

    name: str
    reach: float
    anchor: Callable[[], Round]
    project: Callable[[], Round]
    slowest: float | None = None
    """How many times the anchor's p99 the project's may be."""


def main() -> int:
    """Measure and print; the exit status tells whether every goal was reached."""
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--only", default="", help="measure only the rows whose name holds this text")
    chosen = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cross-bench-")))
        server = stack.enter_context(postgresql(haste=()))
        databases = Databases(folder=folder, server=lambda: server, migrate=lambda url: migrate(url, folder))
        print(f"{chosen.rounds} rounds of {chosen.seconds:g} s each, anchor and project by turns\n")
        print(HEAD)
        reached = True
        operator = stack.enter_context(slow_operator())
        for kind in ("postgresql", "sqlite"):
            url = stack.enter_context(databases.fresh(kind))
            with running(settings_for(url, folder)) as app:
                seeded = seed(app, _wanted(chosen.rounds, chosen.seconds))
                with serve(url, folder, operator) as served:
                    for goal in _goals(kind, served, seeded, chosen.seconds):
                        if chosen.only not in goal.name:
                            continue
                        goal.anchor(), goal.project()  # warm
                        # Plans were made while the tables were empty; a database that lives has been analysed.
                        analyse(app)
                        reached &= _measure(goal, served, chosen.rounds)
                if chosen.only in TOLD and kind == "postgresql":
                    port = stack.enter_context(quick_shop())
                    with a_worker(url, folder) as worker:
                        goal = _telling(app, port, chosen)
                        goal.anchor(), goal.project()  # warm
                        analyse(app)
                        reached &= _measure(goal, worker, chosen.rounds)
                if kind == "postgresql":
                    with serve(url, folder, operator, threads=MANY_THREADS) as served:
                        for goal in _starts(app, served, operator, chosen):
                            if chosen.only not in goal.name:
                                continue
                            goal.anchor(), goal.project()  # warm
                            reached &= _measure(goal, served, chosen.rounds)
    return 0 if reached else 1


TOLD = "webhooks told : requests.Session loop"
MANY_THREADS = 32
"""Threads of each process where shoppers wait for an operator, as the Procfile has them."""
COLUMNS = ("ratio", "goal", "spread", "per s", "anchor", "p99 ms", "×anchor", "CPU µs")
WIDTHS = (7, 6, 13, 7, 7, 7, 8, 7)
HEAD = " ".join([" " * 42, *(f"{name:>{width}}" for name, width in zip(COLUMNS, WIDTHS, strict=True))])


def _wanted(rounds: int, seconds: float) -> int:
    """Return how many notifications could be used up: no handler here is faster than 1500 a second."""
    return int(rounds * seconds * 1500)


def _goals(kind: str, served: Served, seeded: Seeded, seconds: float) -> Iterator[Goal]:
    notifications = seeded.notifications()

    def against(port: int, requests: Iterator[bytes], expect: int = 200) -> Callable[[], Round]:
        return lambda: drive(port, requests, seconds=seconds, expect=expect)

    commit = against(served.app, itertools.repeat(get("/bench/commit")))
    if kind == "sqlite":
        yield Goal("notification, SQLite : raw commit", 0.35, commit, against(served.app, notifications))
        return
    yield Goal("notification, PostgreSQL : raw commit", 0.55, commit, against(served.app, notifications), 2.5)
    body = json.dumps({"amount": AMOUNT, "reference": "bench"})
    order = post("/api/v1/orders", body, seeded.api_headers)
    yield Goal(
        "create order, PostgreSQL : raw commit",
        0.40,
        commit,
        against(served.app, itertools.repeat(order), 201),
    )
    hello = against(served.hello, itertools.repeat(get("/hello")))
    yield Goal(
        "checkout page : Flask hello",
        0.20,
        hello,
        against(served.app, itertools.repeat(get(f"/pay/{seeded.token}"))),
    )


def _starts(app: Flask, served: Served, operator: int, chosen: argparse.Namespace) -> Iterator[Goal]:
    """Give starts by many shoppers; the anchor is the same shoppers at the operator itself."""
    for shoppers, reach, slowest in ((32, 0.80, 2.0), (64, 0.60, None)):
        limit = shoppers / LATENCY_SECONDS
        starting = Starting.seeded(app, int(limit * (chosen.rounds + 2) * (chosen.seconds + 1)))
        yield Goal(
            f"starting, {shoppers} shoppers : operator alone",
            reach,
            alone(operator, shoppers, chosen.seconds),
            starting.by(served.app, shoppers, chosen.seconds),
            slowest,
        )


def _telling(app: Flask, port: int, chosen: argparse.Namespace) -> Goal:
    """Give webhooks told by one worker, durable record included; the anchor is a loop that keeps none."""
    telling = Telling.seeded(app, port)
    events = int(EVENTS_A_SECOND * chosen.seconds)
    return Goal(TOLD, 2.5, lambda: telling.loop(chosen.seconds), lambda: telling.told(events))


def _measure(goal: Goal, served: Busy, rounds: int) -> bool:
    """Take the rounds by turns, print the row, and say whether the goal was reached."""
    ratios: list[float] = []
    anchors: list[Round] = []
    projects: list[Round] = []
    spent = 0.0
    while len(ratios) < rounds:
        anchor = goal.anchor()
        before = served.cpu_seconds()
        project = goal.project()
        spent += served.cpu_seconds() - before
        if anchor.errors or project.errors or not project.latencies:
            print(f"{goal.name:42} void: {anchor.errors} and {project.errors} errors", file=sys.stderr)
            return False
        ratios.append(project.per_second / anchor.per_second)
        anchors.append(anchor)
        projects.append(project)
    ratio = statistics.median(ratios)
    slow = statistics.median(one.percentile(0.99) for one in projects)
    times = slow / statistics.median(one.percentile(0.99) for one in anchors)
    answers = sum(len(one.latencies) for one in projects)
    print(
        f"{goal.name:42} {ratio:7.2f} {goal.reach:6.2f} {min(ratios):6.2f}–{max(ratios):.2f}"
        f" {statistics.median(one.per_second for one in projects):9.0f}"
        f" {statistics.median(one.per_second for one in anchors):7.0f}"
        f" {slow * 1000:7.0f} {times:8.2f} {spent / answers * 1e6:7.0f}"
    )
    return ratio >= goal.reach and (goal.slowest is None or times <= goal.slowest)


if __name__ == "__main__":
    sys.exit(main())
