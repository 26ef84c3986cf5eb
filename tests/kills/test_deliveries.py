"""Whoever is killed, whatever other shops answer: a healthy shop learns of every event, of nothing else, and soon."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from socket import create_server
from typing import Any

import pytest
from sqlalchemy import func, select

from portal import db
from portal.webhooks import endpoints
from portal.webhooks.endpoints import NewEndpoint
from portal.webhooks.models import Delivery, DeliveryAttempt, Event
from tests import factories
from tests.conftest import running, settings_for
from tests.kills.crew import Crew, a_crew
from tests.kills.load import Load
from tests.kills.shops import SICK, Shops, open_shops

SEED = 20260304
WORKERS = 3
KILLING_SECONDS = 9.0
ROUND_SECONDS = 1.5
TURNS = 3
ARRIVES_WITHIN = 60.0
"""Of a claim whose worker was killed, the lease must end first: half a minute."""
FLOOR_SECONDS = 1.0
"""A worker looks for new events twice a second, so half a second is usual and says nothing; as much again is left to
the machine, which the tests share. A shop that keeps others waiting does so for seconds: it is slow for three, it hangs
for ten."""
TIMES = 1.5


@dataclass
class Street:
    """A store whose events several shops are told of, and those who tell them."""

    load: Load
    shops: Shops
    crew: Crew
    secrets: dict[str, str]

    def opens(self, path: str) -> str:
        """Let the shop at that path be told from now on; return the endpoint's public id."""
        new = NewEndpoint(merchant_id=self.load.merchant.id, mode="test", url=self.shops.url + path)
        inside = self.load.app.extensions["cross"]
        with self.load.app.app_context(), db.writing() as tx:
            row, self.secrets[path] = endpoints.create(tx, inside.clock, inside.vault, new)
        return str(row["public_id"])

    def closes(self, public_id: str) -> None:
        inside = self.load.app.extensions["cross"]
        with self.load.app.app_context(), db.writing() as tx:
            merchant = self.load.merchant.id
            endpoints.delete(tx, inside.clock, merchant_id=merchant, mode="test", public_id=public_id)

    def events(self) -> dict[str, datetime]:
        """Return when each event of the store was written."""
        query = select(Event.public_id, Event.created_at).where(Event.merchant_id == self.load.merchant.id)
        with self.load.app.app_context(), db.reading() as connection:
            return {row.public_id: row.created_at for row in connection.execute(query)}

    def count(self, table: Any) -> int:
        with self.load.app.app_context(), db.reading() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def await_all(self) -> None:
        """Wait until the healthy shop has been told of every event."""
        until = time.monotonic() + ARRIVES_WITHIN
        while missing := set(self.events()) - {one.event for one in self.shops.arrivals("/healthy")}:
            assert time.monotonic() < until, f"{len(missing)} events never arrived"
            time.sleep(0.1)

    def round(self) -> float:
        """Make events for a while; return the p99 of the seconds until the healthy shop had learned of them."""
        before = set(self.events())
        with self.load.running():
            time.sleep(ROUND_SECONDS)
        new = {name: at for name, at in self.events().items() if name not in before}
        until = time.monotonic() + ARRIVES_WITHIN
        while True:
            first: dict[str, float] = {}
            for one in self.shops.arrivals("/healthy"):
                first.setdefault(one.event, one.at)
            if set(new) <= set(first):
                break
            assert time.monotonic() < until, "events never arrived"
            time.sleep(0.05)
        waits = sorted(first[name] - at.timestamp() for name, at in new.items())
        return waits[math.ceil(0.99 * len(waits)) - 1]


@pytest.fixture
def street(database_url: str, tmp_path: Path) -> Iterator[Street]:
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {
        "PORTAL_ENV": "test",
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(tmp_path),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEBHOOKS_ALLOW_PRIVATE": "1",
        "RATE_LIMITS": "0",
        "PYTHONUNBUFFERED": "1",
    }
    with ExitStack() as stack:
        app = stack.enter_context(running(settings_for(database_url, tmp_path)))
        with app.app_context():
            merchant = factories.a_merchant()
            account = factories.an_account(merchant)
            key = factories.an_api_key(merchant)
        shops = stack.enter_context(open_shops(tmp_path))
        crew = stack.enter_context(a_crew(environment, tmp_path, port, WORKERS))
        load = Load(app, merchant, account, f"http://127.0.0.1:{port}/api/v1", key.headers)
        found = Street(load, shops, crew, {})
        found.opens("/healthy")
        yield found


def test_every_event_arrives_none_is_invented_and_a_sick_shop_delays_nobody(
    street: Street, record_property: Any
) -> None:
    killed_meanwhile(street)
    street.round()  # by then everyone is back, and has connections
    calm, besides = math.inf, {}
    for sick in SICK:
        calm, besides[sick] = delays(street, sick, calm)
    street.await_all()
    events, arrivals = street.events(), street.shops.arrivals()
    for one in arrivals:
        assert one.event in events
        one.require_signed_by(street.secrets[one.path])
    cancelled = street.load.cancelled
    assert len(cancelled) == len(set(cancelled))
    healthy = street.shops.arrivals("/healthy")
    record_property(
        "shown",
        f"deliveries: killed web {street.crew.killed['web']}, workers {street.crew.killed['worker']} times; "
        f"{len(events)} events, {len({one.event for one in healthy})} of them at the healthy shop in {len(healthy)} "
        f"arrivals, {len(arrivals) - len(healthy)} arrivals at sick ones, {street.count(DeliveryAttempt)} tries of "
        f"{street.count(Delivery)} deliveries recorded; p99 {calm:.2f} s, and beside a shop that "
        + ", ".join(f"{sick} {seconds:.2f} s" for sick, seconds in besides.items()),
    )


def killed_meanwhile(street: Street) -> None:
    """Kill somebody at moments that nobody foresees, while the sick shops take turns."""
    chance, ends = Random(SEED), time.monotonic() + KILLING_SECONDS  # noqa: S311 - as foreseeable as a test should be
    turn = 0
    with street.load.running():
        while time.monotonic() < ends:
            sick = SICK[turn % len(SICK)]
            public_id = street.opens(f"/{path(sick)}/{turn}")
            time.sleep(chance.uniform(0.5, 2.0))
            street.crew.kill_one(chance)
            street.closes(public_id)
            turn += 1


def path(sick: str) -> str:
    return sick.replace(" ", "-")


def delays(street: Street, sick: str, calm: float) -> tuple[float, float]:
    """Require that the healthy shop is told as soon beside a sick one as without it; return both p99.

    Rounds without and with the sick shop take turns. What is compared with is the quickest round so far without one
    (`calm`: of those before): a later one might still suffer from a shop that was sick before it. A machine that stood
    still for a moment does so once, a shop that keeps others waiting every time: only three such turns in a row count.
    """
    beside = math.inf
    for turn in range(TURNS):
        calm = min(calm, street.round())
        public_id = street.opens(f"/{path(sick)}/beside-{turn}")
        beside = street.round()
        street.closes(public_id)
        if beside <= TIMES * max(calm, FLOOR_SECONDS):
            return calm, beside
    raise AssertionError(f"beside a shop that {sick}: {beside:.2f} s, without it {calm:.2f} s")
