"""A worker in a process of its own: ready, by the database's clock, until it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import update

from config import ROOT
from portal import db
from portal.domain.events import Accepted
from portal.payments.models import Attempt, Order
from tests import factories
from tests.conftest import settings_for
from tests.databases import Kind
from tests.machines.honest import CREDENTIALS, PUSH, Deal, push_fields
from tests.machines.stage import Stage, on_stage


@dataclass
class Slow:
    """A TMoney on a port of its own, which takes a second to say that a debit was paid."""

    url: str
    asked: threading.Event


@pytest.fixture
def slow() -> Iterator[Slow]:
    asked = threading.Event()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._says({"statut": {"code": "2000"}, "data": {"token": "t"}})

        def do_GET(self) -> None:
            asked.set()
            time.sleep(1)
            reference = self.path.partition("idRequete=")[2]
            paid = Deal(PUSH, "payment", reference, 500, f"T{reference}", 500, "done")
            self._says({"total": 1, "data": [push_fields(paid)]})

        def _says(self, what: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(what).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Slow(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()


@pytest.fixture
def running_worker(
    fresh_database: Callable[[Kind], str], tmp_path: Path, slow: Slow
) -> Iterator[tuple[subprocess.Popen[str], Stage]]:
    """Give a worker in a process of its own, ready, and a stage on its database."""
    url = fresh_database("sqlite")
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "test",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(tmp_path),
        "SANDBOX_URL": slow.url,
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


def test_a_question_under_way_is_heard_before_the_worker_stops(
    running_worker: tuple[subprocess.Popen[str], Stage], slow: Slow
) -> None:
    process, stage = running_worker
    order = stage.order()
    account = stage.an_account(stage.merchant, operator=PUSH, credentials=CREDENTIALS[PUSH])
    with stage.app.app_context():
        factories.an_attempt(order, account, phone="+22890112233", then=[Accepted()])
        with db.writing() as tx:
            tx.execute(update(Attempt).values(due_at=stage.clock.now().replace(year=2020)))
    assert slow.asked.wait(20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert stage.now(order)["status"] == "paid"
