"""The room of the example shop: run as a process of its own beside the stack, with an endpoint made through the API."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import ROOT
from tests.stack import GUNICORN, QUIETLY, Stack, free_ports, running_beside

PROGRAM = ROOT / "docs" / "examples" / "shop"
WITHIN = 40.0
"""Seconds: a shop whose disk is busy takes two to say so, and the second try is due after five."""


@dataclass
class ExampleShop:
    """The shop's address, its own file, and its endpoint as the API made it (with its secret)."""

    stack: Stack
    folder: Path
    port: int
    endpoint: Mapping[str, Any] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def file(self) -> Path:
        return self.folder / "shop.db"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Run the shop's server during the body."""
        environment = {
            **self.stack.environment,
            "CROSS_URL": self.stack.portal_url,
            "CROSS_API_KEY": self.stack.api_key,
            "CROSS_WEBHOOK_SECRET": self.endpoint["secret"],
            "SHOP_DATABASE": str(self.file),
        }
        here = ["--bind", f"127.0.0.1:{self.port}", "--pythonpath", str(PROGRAM)]
        command = [*GUNICORN, "--threads", "4", *QUIETLY, *here, "shop:create_app()"]
        with running_beside(command, self.port, environment, self.folder / "shop.log"):
            yield

    @contextmanager
    def disk_busy(self) -> Iterator[None]:
        """Let somebody else write into the shop's file during the body: it can show pages, and take no webhook."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()

    def released(self) -> list[tuple[str, str]]:
        """Return what the shop gave away: Cross's number of the order, and the voucher."""
        query = "SELECT cross_id, voucher FROM releases JOIN orders ON id = order_id"
        with closing(sqlite3.connect(self.file)) as own:
            return own.execute(query).fetchall()

    # ---- what its owner looks at and does, through the API

    def paid_event(self, order_id: str) -> dict[str, Any]:
        """Return the event by which the shop is told that the order was paid, once there is one."""
        return _awaited(lambda: self._event(order_id))

    def _event(self, order_id: str) -> dict[str, Any] | None:
        events = _data(self.stack.api("GET", "/events", params={"type": "order.paid", "limit": 100}))
        return next((one for one in events if one["data"]["id"] == order_id), None)

    def delivery_of(self, event: Mapping[str, Any], *, tried: int) -> dict[str, Any]:
        """Return the event's delivery to the shop once so many tries of it have ended."""

        def found() -> dict[str, Any] | None:
            listed = _data(
                self.stack.api("GET", "/webhook-deliveries", params={"endpoint": self.endpoint["id"]})
            )
            for one in listed:
                if one["event_id"] == event["id"]:
                    whole: dict[str, Any] = self.stack.api("GET", f"/webhook-deliveries/{one['id']}").json()
                    return whole if len(whole["attempts"]) >= tried else None
            return None

        return _awaited(found)

    def redeliver(self, delivery: Mapping[str, Any]) -> None:
        """Ask for the delivery again, as the shop's owner does who will not wait for the next try."""
        answer = self.stack.api("POST", f"/webhook-deliveries/{delivery['id']}/redeliver")
        assert answer.status_code == 202, answer.text


@contextmanager
def example_shop(stack: Stack, folder: Path) -> Iterator[ExampleShop]:
    """Give a shop that is not open yet; its endpoint is there, and ends with it."""
    [port] = free_ports(1)
    wanted = {"url": f"http://127.0.0.1:{port}/webhooks/cross", "events": ["order.paid"]}
    made = stack.api("POST", "/webhook-endpoints", json=wanted)
    assert made.status_code == 201, made.text
    yield ExampleShop(stack, folder, port, made.json())
    stack.api("DELETE", f"/webhook-endpoints/{made.json()['id']}")


def _data(answer: Any) -> list[dict[str, Any]]:
    return list(answer.json()["data"])


def _awaited(found: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + WITHIN
    while (one := found()) is None:
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.2)
    return one
