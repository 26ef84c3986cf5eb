"""The room of the whole thing: portal, sandbox and worker as processes of their own on free ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from config import ROOT
from tests.servers import WHILE_WE_LIVE

STARTS_WITHIN = 60.0
STOPS_WITHIN = 20.0
"""Seconds; a busy machine needs a few."""

OPERATOR = "tmoney-online"
GUNICORN = ("-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--limit-request-line", "8190")
THREADS = {"wsgi:app": "32", "portal.sandbox.wsgi:app": "96"}
"""As the Procfile has them; the sandbox more, so that an operator that hangs does not silence the others."""
QUIETLY = ("--graceful-timeout", "1", "--no-control-socket", "--log-level", "warning")
WORKER_READY = "worker ready"


class NotStarted(Exception):
    """A process of the stack did not come up; the text holds its own words."""


class LeftBehind(Exception):
    """A process of the stack outlived it."""


@dataclass(frozen=True)
class Stack:
    """What `flask demo --json` says, and the two doors that a test needs beside a browser."""

    portal_url: str
    sandbox_url: str
    email: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    payment_link: str
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)

    def order(self, public_id: str) -> dict[str, Any]:
        """Return the order as a shop's program sees it."""
        return _json(self.api("GET", f"/orders/{public_id}"))

    def open_order(self, **changes: object) -> dict[str, Any]:
        """Create an order with the demo's key, as a shop's program does."""
        wanted = {"amount": 500, "reference": "CMD-7", "description": "Deux pagnes"} | changes
        return _json(self.api("POST", "/orders", json=wanted))

    def set(self, operator: str = OPERATOR, /, **settings: Any) -> dict[str, Any]:
        """Change settings of the operator's twin; return them all."""
        answer = requests.post(f"{self.sandbox_url}/settings", json={operator: settings}, timeout=10)
        found: dict[str, Any] = _json(answer)[operator]
        return found

    def moved(self, operator: str, reference: str) -> list[dict[str, Any]]:
        """Return what truly moved at the operator under our reference."""
        wanted = {"operator": operator, "reference": reference}
        answer = requests.get(f"{self.sandbox_url}/ledger", params=wanted, timeout=10)
        answer.raise_for_status()
        return list(answer.json())

    def journal(self, reference: str = "") -> list[dict[str, Any]]:
        """Return what the twin received and sent about the reference."""
        answer = requests.get(f"{self.sandbox_url}/journal", params={"reference": reference}, timeout=10)
        answer.raise_for_status()
        return list(answer.json())

    def when_told(self, public_id: str, answers: Sequence[int]) -> dict[str, Any]:
        """Return the order once the twin's notifications of its newest payment were answered so, late ones too."""
        newest = next(entry["reference"] for entry in reversed(self.journal()) if entry["reference"])
        deadline = time.monotonic() + STOPS_WITHIN
        while (heard := self._answers_to_twin(newest)) != list(answers):
            assert time.monotonic() < deadline, f"the twin was answered {heard}"
            time.sleep(0.1)
        return self.order(public_id)

    def _answers_to_twin(self, reference: str) -> list[int]:
        return [entry["status"] for entry in self.journal(reference) if entry["direction"] == "out"]

    def flask(self, *command: str) -> str:
        """Run a `flask` command beside the stack and return what it printed."""
        return _flask(self.environment, *command)

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API with the demo's key."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return requests.request(
            method, f"{self.portal_url}/api/v1{path}", headers=headers, timeout=10, **options
        )


def _json(answer: requests.Response) -> dict[str, Any]:
    assert answer.ok, f"{answer.status_code} {answer.text}"
    return dict(answer.json())


@contextmanager
def running_stack(database_url: str, folder: Path) -> Iterator[Stack]:
    """Run everything on the migrated database while the body runs; its logs and files lie in `folder`.

    Raises NotStarted, and LeftBehind where a process survived.
    """
    portal, sandbox = free_ports(2)
    environment = _environment(database_url, folder, portal, sandbox)
    bound = [(portal, "wsgi:app"), (sandbox, "portal.sandbox.wsgi:app")]
    with ExitStack() as running:
        for port, app in bound:
            command = [*GUNICORN, "--threads", THREADS[app], *QUIETLY, "--bind", f"127.0.0.1:{port}", app]
            running.enter_context(_process(command, environment, folder / f"{app}.log"))
        log = folder / "worker.log"
        running.enter_context(_process(["-m", "flask", "--app", "wsgi", "worker"], environment, log))
        demo = json.loads(_flask(environment, "demo", "--json"))
        for port, app in bound:
            _await_http(f"http://127.0.0.1:{port}/healthz", folder / f"{app}.log")
        _await(lambda: WORKER_READY in log.read_text(), log)
        yield Stack(**demo, environment=environment)


@contextmanager
def running_beside(
    command: Sequence[str], port: int, environment: Mapping[str, str], log: Path
) -> Iterator[None]:
    """Run another Python program while the body runs, which has begun once it speaks HTTP on the port."""
    with _process(command, environment, log):
        _await_http(f"http://127.0.0.1:{port}/", log)
        yield


def _environment(database_url: str, folder: Path, portal: int, sandbox: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{portal}"
    return {
        **os.environ,
        "PORTAL_ENV": "test",
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(folder),
        "PUBLIC_URL": address,
        "PORTAL_URL": address,
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "WEBHOOKS_ALLOW_PRIVATE": "1",
        "RATE_LIMITS": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _flask(environment: Mapping[str, str], *command: str) -> str:
    words = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotStarted(done.stderr)
    return done.stdout


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback address on which nobody listens."""
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(number)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run a Python process in a group of its own; when the body ends, or we are killed, it is told to stop."""
    watched = ["/bin/sh", "-c", WHILE_WE_LIVE, "sh", sys.executable, *command]
    with (
        log.open("wb") as words,
        subprocess.Popen(
            watched,
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        ) as shell,
    ):
        try:
            yield
        finally:
            shell.communicate(timeout=STOPS_WITHIN)
            _require_gone(shell.pid, log)


def _require_gone(group: int, log: Path) -> None:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return
    raise LeftBehind(f"group {group} lives on\n{log.read_text(errors='replace')}")


def _await_http(url: str, log: Path) -> None:
    def answers() -> bool:
        try:
            return requests.get(url, timeout=5).ok
        except requests.ConnectionError:
            return False

    _await(answers, log)


def _await(ready: Any, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not ready():
        if time.monotonic() > deadline:
            raise NotStarted(log.read_text(errors="replace"))
        time.sleep(0.1)
