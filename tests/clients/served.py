"""The room of two real sites on free ports: the sandbox, and a shop that hears its webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask, request
from werkzeug.serving import make_server

from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox

HEARD_WITHIN = 20.0
"""Seconds; a busy machine needs a few."""


@dataclass
class Site:
    """The twin as a client meets it, and what it told the shop."""

    twin_url: str
    webhook_url: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def pay_url(self) -> str:
        return f"{self.twin_url}/demo-shop/k3y/pay/"

    def shopper_pays(self, page_url: str, phone: str) -> str:
        """Fill the hosted page's forms in as a browser without JavaScript does; return the last page."""
        steps = ({"act": "identify", "moyen": "moov-togo", "phone": phone, "pin": "1234"},)
        for form in (*steps, {"act": "code", "otp": "123456"}):
            answer = requests.post(page_url, data=form, timeout=10)
            answer.raise_for_status()
        return answer.text

    def hears(self, token: str, event: str) -> dict[str, Any]:
        """Wait for a webhook about the token."""
        deadline = time.monotonic() + HEARD_WITHIN
        while time.monotonic() < deadline:
            found = [body for body in self.heard if (body["tokenPay"], body["event"]) == (token, event)]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no {event} about {token} among {self.heard}")


@contextmanager
def running_site() -> Iterator[Site]:
    """Serve both sites while the body runs."""
    heard: list[dict[str, Any]] = []
    with ExitStack() as running:
        shop = running.enter_context(served(_shop(heard)))
        sandbox = running.enter_context(served(create_sandbox(SandboxConfig())))
        yield Site(f"{sandbox}/moneyfusion", f"{shop}/hook", heard)


def _shop(heard: list[dict[str, Any]]) -> Flask:
    app = Flask(__name__)

    @app.post("/hook")
    def hook() -> str:
        heard.append(request.get_json())
        return "OK"

    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application on a free port while the body runs; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
