"""The room of the wire: portal and sandbox joined without a socket, under one hand-wound time."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from werkzeug.test import TestResponse

from config import Settings
from portal import db
from portal.app import create_app
from portal.providers._http import Http
from portal.sandbox.outgoing import Answer, Call
from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox
from portal.web.services import EXTENSION
from portal.worker import Worker
from tests.machines.clocks import SettableClock
from tests.sandbox.stage import Time

OPERATOR = "tmoney-online"
HERE = "127.0.0.1"


@dataclass
class ToSandbox(BaseAdapter):
    """The portal's way to the operator: into the twin's WSGI application."""

    client: FlaskClient

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Carry one request; raise ConnectionError where the twin cuts the connection instead of answering."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # The twin loses a reply by closing the server's socket, so it is given one.
            environ = {"REMOTE_ADDR": HERE, "werkzeug.socket": theirs}
            answer = self.client.open(
                request.url,
                method=request.method,
                headers=dict(request.headers),
                data=body,
                environ_overrides=environ,
            )
            if _is_cut(ours):
                raise requests.ConnectionError("cut")
        return _as_response(request, answer)

    def close(self) -> None:
        """Have nothing to close."""


def _is_cut(connection: socket.socket) -> bool:
    connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def _as_response(request: requests.PreparedRequest, answer: TestResponse) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = answer.status_code, request, request.url or ""
    response.headers.update(dict(answer.headers))
    response.raw = HTTPResponse(body=BytesIO(answer.data), preload_content=False)
    return response


@dataclass
class ToPortal:
    """The twin's way to the portal: into its WSGI application, from whichever address the twin claims."""

    client: FlaskClient | None = None

    def __call__(self, call: Call) -> Answer:
        """Carry one notification."""
        assert self.client is not None, "the wire is not joined yet"
        answer = self.client.open(
            call.url,
            method=call.method,
            headers=dict(call.headers),
            data=call.body,
            content_type=call.content_type or None,
            environ_overrides={"REMOTE_ADDR": call.source or HERE},
        )
        return Answer(answer.status_code, answer.content_type or "", answer.text)


@dataclass
class Wire:
    """Portal, sandbox, worker and time; `hosts` finds the application that answers at a URL's host."""

    app: Flask
    clock: SettableClock
    time: Time
    sandbox: FlaskClient
    hosts: Mapping[str, FlaskClient] = field(default_factory=dict)

    def fetch(self, method: str, url: str, data: Mapping[str, str] | None = None) -> TestResponse:
        """Make a browser's request to whoever answers there; cookies are refused."""
        return self.hosts[urlsplit(url).netloc].open(url, method=method, data=data)

    def fetch_as(self, headers: Mapping[str, str], path: str) -> TestResponse:
        """Make a program's request to the portal."""
        return self.app.test_client(use_cookies=False).get(path, headers=dict(headers))

    def set(self, **settings: object) -> None:
        """Change settings of the operator's twin."""
        answer = self.sandbox.post("/settings", json={OPERATOR: settings})
        assert answer.status_code == 200, answer.text

    def journal(self, direction: str) -> list[dict[str, Any]]:
        """Return what the twin received (`in`) or sent (`out`), oldest first."""
        return [entry for entry in self.sandbox.get("/journal").json or [] if entry["direction"] == direction]

    def passes(self, **time: float) -> None:
        """Let time pass for both sides, and the worker do what has become due."""
        passed = timedelta(**time)
        self.clock.passes(passed)
        self.time.passes(passed.total_seconds())
        with self.app.app_context():
            Worker(self.clock, self.app.extensions[EXTENSION].directory).tick()


@contextmanager
def joined(settings: Settings) -> Iterator[Wire]:
    """Join a portal of these settings and a fresh sandbox."""
    time, clock, to_portal = Time(), SettableClock(), ToPortal()
    sandbox_app = create_sandbox(
        SandboxConfig(settings.public_url),
        clock=time.clock,
        sleep=time.sleep,
        caller=to_portal,
        later=time.later,
    )
    sandbox = sandbox_app.test_client(use_cookies=False)
    session = requests.Session()
    session.trust_env = False
    session.mount(settings.sandbox_url or "", ToSandbox(sandbox))
    app = create_app(settings, clock=clock, http=Http(session=session))
    portal = to_portal.client = app.test_client(use_cookies=False)
    hosts = {
        urlsplit(settings.public_url).netloc: portal,
        urlsplit(settings.sandbox_url or "").netloc: sandbox,
    }
    yield Wire(app, clock, time, sandbox, hosts)
    with app.app_context():
        db.db.engine.dispose()
