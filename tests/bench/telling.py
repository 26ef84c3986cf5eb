"""The room of telling shops, measured: one worker as deployed with its durable record, and a plain loop beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from flask import Flask
from sqlalchemy import func, insert, select

from portal import db
from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.security import signing, tokens
from portal.web.services import services
from portal.webhooks import endpoints
from portal.webhooks.endpoints import NewEndpoint
from portal.webhooks.kinds import DeliveryStatus, EventType
from portal.webhooks.models import Delivery, DeliveryAttempt, Event
from tests.bench import shop
from tests.bench.load import Round
from tests.bench.processes import cpu_seconds
from tests.factories import a_merchant, an_account, an_attempt, an_order

STARTS_WITHIN = 30.0
ENDS_WITHIN = 120.0
EVENTS_A_SECOND = 1500
ENDPOINTS = 4
"""Of the store; each is told a part of the events, as if they were those of several stores."""


@dataclass(frozen=True)
class Working:
    """The worker's process."""

    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time that it used so far."""
        return cpu_seconds(self.pid)


@contextmanager
def a_worker(database_url: str, folder: Path) -> Iterator[Working]:
    """Run one worker process as deployed during the body."""
    environ = os.environ | {
        "PORTAL_ENV": "development",
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(folder),
        "WEBHOOKS_ALLOW_PRIVATE": "1",
    }
    said = folder / "worker.log"
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with said.open("wb") as log, subprocess.Popen(command, env=environ, stdout=log, stderr=log) as process:
        try:
            until = time.monotonic() + STARTS_WITHIN
            while b"worker ready" not in said.read_bytes():
                if process.poll() is not None or time.monotonic() > until:
                    raise TimeoutError(said.read_text()[-2000:])
                time.sleep(0.1)
            yield Working(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=STARTS_WITHIN)


@dataclass
class Telling:
    """A store with endpoints at the quick shop, and an event that it could be told of as often as wanted."""

    app: Flask
    port: int
    merchant_id: int
    payload: dict[str, object]
    endpoints: int

    @classmethod
    def seeded(cls, app: Flask, port: int, number_of_endpoints: int = ENDPOINTS) -> Telling:
        """Make the store, its endpoints (each is told a part of the events) and what an event says."""
        with app.app_context():
            merchant, at = a_merchant(), services()
            order = an_order(merchant)
            paid = Paid(Money(order.amount), "BENCH-1")
            an_attempt(order, an_account(merchant), phone="+22890112233", then=[Accepted(), paid])
            with db.reading() as connection:
                said = select(Event.payload).where(
                    Event.order_id == order.id, Event.type == EventType.ORDER_PAID
                )
                payload = connection.scalars(said).one()
            for number in range(number_of_endpoints):
                with db.writing() as tx:
                    new = NewEndpoint(
                        merchant_id=merchant.id,
                        mode="test",
                        url=f"http://127.0.0.1:{port}/hook/{number}",
                        types=[_kind(number)],
                    )
                    endpoints.create(tx, at.clock, at.vault, new)
        return cls(app, port, merchant.id, payload, number_of_endpoints)

    def loop(self, seconds: float) -> Round:
        """Post signed bodies one after another, as a shop's own `requests` would, and keep nothing of it."""
        secret, measured, began = signing.new_secret(), Round(), time.perf_counter()
        with requests.Session() as session:
            while time.perf_counter() < began + seconds:
                sent = time.perf_counter()
                body = json.dumps({"type": "order.paid", "timestamp": "2026-01-01", "data": self.payload})
                signed = signing.headers(tokens.public_id("evt"), datetime.now(UTC), body, [secret])
                answer = session.post(
                    f"http://127.0.0.1:{self.port}/hook/0",
                    data=body.encode(),
                    headers={"Content-Type": "application/json", **signed},
                    timeout=10,
                )
                measured.latencies.append(time.perf_counter() - sent)
                measured.errors += not answer.ok
        measured.seconds = time.perf_counter() - began
        return measured

    def told(self, events: int) -> Round:
        """Commit events and wait until the worker has told and recorded them all; fanning out is part of it.

        The time is the database's: from the first delivery's row to the last one's outcome. What the shop was not
        told of, or was not recorded, is an error.
        """
        before = shop.taken(self.port)
        with self.app.app_context():
            with db.writing() as tx:
                last = tx.scalar(select(func.max(Event.id))) or 0
                tx.execute(insert(Event), [self._event(number % self.endpoints) for number in range(events)])
            mine = Delivery.event_id > last
            done = select(func.count()).where(mine, Delivery.status == DeliveryStatus.DELIVERED)
            until = time.monotonic() + ENDS_WITHIN
            recorded = 0
            while recorded < events and time.monotonic() < until:
                time.sleep(0.1)
                with db.reading() as connection:
                    recorded = connection.scalar(done) or 0
            tries = select(DeliveryAttempt.milliseconds).join(
                Delivery, Delivery.id == DeliveryAttempt.delivery_id
            )
            first, last_one = func.min(Delivery.created_at), func.max(Delivery.delivered_at)
            with db.reading() as connection:
                times = [one / 1000 for one in connection.scalars(tries.where(mine))]
                began = connection.scalars(select(first).where(mine)).one()
                ended = connection.scalars(select(last_one).where(mine)).one()
        missed = events - min(recorded, shop.taken(self.port) - before)
        assert began is not None
        assert ended is not None
        return Round((ended - began).total_seconds(), missed, times[: events - missed])

    def _event(self, number: int) -> dict[str, object]:
        return {
            "public_id": tokens.public_id("evt"),
            "merchant_id": self.merchant_id,
            "mode": "test",
            "type": _kind(number),
            "order_id": None,
            "created_at": datetime.now(UTC),
            "payload": self.payload,
        }


def _kind(number: int) -> str:
    return list(EventType)[number]
