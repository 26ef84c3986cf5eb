"""What tests of deliveries may ask for: the stage, a shop that answers on a port of its own, and its deliverer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, update

from portal import db, telling
from portal.security import tokens
from portal.security.vault import Vault
from portal.webhooks import endpoints, outbox
from portal.webhooks.delivering import Deliverer
from portal.webhooks.endpoints import NewEndpoint
from portal.webhooks.kinds import EventType, Format
from portal.webhooks.models import Endpoint, Event
from tests.machines.fixtures import house, stage, stage_with
from tests.machines.stage import Stage

__all__ = ["house", "stage", "stage_with"]


@dataclass
class Shop:
    """A shop's server: `answers` by path (200 where nothing is said), `got` what came: path, headers, body."""

    url: str
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, said = found.answers.get(self.path, (200, b"ok"))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{found.url}/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST  # noqa: N815 - as http.server calls it

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        found = Shop(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@dataclass
class Told:
    """The stage with a deliverer that works in the test's own thread."""

    stage: Stage
    deliverer: Deliverer

    def endpoint(self, url: str, **more: object) -> tuple[int, str, str]:
        """Make an endpoint of the stage's store; return its id, public id and secret."""
        new = NewEndpoint(merchant_id=self.stage.merchant.id, mode="test", url=url, **more)  # type: ignore[arg-type]
        inside = self.stage.app.extensions["cross"]
        with self.stage.app.app_context(), db.writing() as tx:
            row, secret = endpoints.create(tx, self.stage.clock, inside.vault, new)
        return row["id"], row["public_id"], secret

    def events(self, number: int) -> list[str]:
        """Let so many orders of the store have been paid, fan them out, and return the events' public ids."""
        clock, order = self.stage.clock, self.stage.order()
        names = [tokens.public_id("evt") for _ in range(number)]
        row = {
            "merchant_id": self.stage.merchant.id,
            "mode": "test",
            "type": EventType.ORDER_PAID,
            "order_id": order.id,
            "created_at": clock.now(),
            "payload": {"object": "order", "id": order.public_id},
        }
        with self.stage.app.app_context():
            with db.writing() as tx:
                tx.execute(insert(Event), [row | {"public_id": name} for name in names])
            while outbox.fan_out(clock):
                pass
        return names

    def spoil(self, url: str) -> None:
        """Seal the secret of that address with a key that nobody has."""
        sealed = Vault([Fernet.generate_key().decode()]).seal({"secret": "whsec_AAAA"})
        with self.stage.app.app_context(), db.writing() as tx:
            tx.execute(update(Endpoint).where(Endpoint.url == url).values(sealed_secret=sealed))

    def ticks(self) -> int:
        with self.stage.app.app_context():
            return self.deliverer.tick()


@pytest.fixture
def told(stage_with: Callable[..., Stage]) -> Iterator[Told]:
    stage = stage_with(WEBHOOKS_ALLOW_PRIVATE="1")
    deliverer = telling.deliverer(stage.app)
    deliverer.chance = lambda: 0.0
    yield Told(stage, deliverer)
    deliverer.poster.end()


FORMATS = (Format.STANDARD, Format.PARTNER_CALLBACK)
