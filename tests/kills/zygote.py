"""The room of processes that die: forks one for every call, which kills itself (SIGKILL) at the k-th point.

Run as `python -m tests.kills.zygote DATABASE_URL FOLDER`; one JSON call a line comes in, one JSON report goes out.
A call is a request of the web, a worker's look, or a person's decision.
A point lies before and after every statement, before and after every COMMIT, and around every call to an operator.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from portal.app import create_app
from portal.db import db, writing
from portal.payments import lifecycle_reviews
from portal.payments.ledger import Source
from portal.payments.lifecycle_reviews import Answer, Decided
from portal.web.services import EXTENSION
from portal.worker import Worker
from tests.conftest import settings_for
from tests.kills.teller import Teller
from tests.machines.clocks import SettableClock
from tests.machines.operator import FakeOperator


class Points:
    """Counts the places at which a process may die, and dies at the one that was asked for (0: none)."""

    def __init__(self, kill_at: int) -> None:
        """Take the number of the deadly point."""
        self.kill_at = kill_at
        self.passed = 0

    def here(self, *_anything: Any, **_more: Any) -> None:
        """Pass one point, or die at it."""
        self.passed += 1
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return the work with a point before and after it."""

        def surrounded(*given: Any, **named: Any) -> Any:
            self.here()
            done = work(*given, **named)
            self.here()
            return done

        return surrounded

    def watch(self, engine: Engine) -> None:
        """Lay the points along everything that the engine is asked to do."""
        event.listen(engine, "before_cursor_execute", self.here)
        event.listen(engine, "after_cursor_execute", self.here)
        engine.dialect.do_commit = self.around(engine.dialect.do_commit)  # type: ignore[method-assign]


@dataclass(frozen=True)
class Zygote:
    """A portal that is ready and connected to nothing: each of its forks is a web process of its own."""

    app: Flask
    operator: FakeOperator
    clock: SettableClock

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """Do one call, unless a point on its way is the last."""
        points = Points(call["kill_at"])
        self.operator.send = points.around(self.operator.send)  # type: ignore[method-assign]
        self.clock.set(datetime.fromisoformat(call["at"]))
        with self.app.app_context():
            points.watch(db.engine)
            return {"status": self._done(call), "points": points.passed}

    def _done(self, call: dict[str, Any]) -> int:
        match call["do"]:
            case "look":
                now = self.clock.now()
                worker = Worker(
                    self.clock, self.app.extensions[EXTENSION].directory, pruned_at=now, counted_at=now
                )
                return worker.tick()
            case "decide":
                said = Decided(Answer.RECEIVED, "vu au relevé", call["amount"], call["reference"])
                with writing() as tx:
                    lifecycle_reviews.answer(tx, self.clock, call["item"], said, Source("person", "akofa"))
                return 0
            case _:
                response = self.app.test_client().open(
                    call["path"], method=call["method"], environ_overrides={"REMOTE_ADDR": "127.0.0.1"}
                )
                return response.status_code

    def report(self, call: dict[str, Any]) -> dict[str, Any]:
        """Fork a process for the call and say how it ended."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, json.dumps(self.answer(call)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        _, ended = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
        return (json.loads(said) if said else {"status": None, "points": None}) | {"killed": killed}


def serve(database_url: str, folder: Path) -> None:
    """Answer calls, one JSON line each, until there are no more."""
    operator, clock = Teller(folder / "taken"), SettableClock()
    app = create_app(settings_for(database_url, folder), clock=clock, http=operator.client())
    zygote = Zygote(app, operator, clock)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(zygote.report(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
