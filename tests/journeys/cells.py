"""The room of one shopper with one operator and one number, portal, sandbox and worker being processes of their own."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import create_engine, text

from tests.journeys.walker import Walker
from tests.stack import Stack

PUSHED = ("tmoney", "flooz")
HOSTED = ("tmoney-online", "moneyfusion")
OPERATORS = (*HOSTED, *PUSHED)

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "tmoney-online": {"slow_seconds": 66, "stale_after_seconds": 0.5, "lapse_seconds": 4},
    "moneyfusion": {"slow_seconds": 66, "stale_after_seconds": 0.5, "lapse_seconds": 3, "no_paid_seconds": 3},
    "tmoney": {"slow_seconds": 66, "stale_after_seconds": 0.5, "lapse_seconds": 4, "prompt_seconds": 1},
    "flooz": {"slow_seconds": 66, "stale_after_seconds": 0.5, "lapse_seconds": 4, "prompt_seconds": 1},
}
"""`slow_seconds` lies above the shortest life of an order, so that 05 is once in time and once late."""

SHORTEST_LIFE = 60
DECIDED_WITHIN = 150.0
AMOUNT = 500


@dataclass(frozen=True)
class Seen:
    """What became of it: what the shopper last read, the order as a shop sees it, what truly moved, and how long."""

    read: str
    order: Mapping[str, Any]
    moved: Sequence[Mapping[str, Any]]
    seconds: float
    on_the_way: Sequence[str] = ()
    """Codes of the tries that ended before the last one."""


@dataclass
class Cell:
    """One payment. `life`: seconds in which the order may be paid, by default a day."""

    stack: Stack
    operator: str
    digits: str
    life: int = 86_400

    @property
    def phone(self) -> str:
        """Return a number of that ending; of two orders at once each has its own, for a handset takes one push."""
        return f"90 00 {'01' if self.life == SHORTEST_LIFE else '00'} {self.digits}"

    def run(self) -> Seen:
        """Pay, and look until everything is decided."""
        began = time.monotonic()
        order = self.stack.open_order(
            amount=AMOUNT, expires_in=self.life, reference=f"{self.operator} {self.digits}"
        )
        self.id = str(order["id"])
        self.checkout = str(order["checkout_url"])
        walker = Walker(_fetching(), self.checkout)
        self._choose(walker)
        on_the_way = []
        if self.digits == "10" and self.operator in HOSTED:
            self._until(lambda now: now["attempts"][-1]["status"] == "failed")
            on_the_way.append(self.now()["attempts"][-1]["failure_code"])
            walker.open(self.checkout)
            self._choose(walker)
        if self.operator in HOSTED:
            self._act(walker)
        decided = self._until(self._is_decided)
        walker.open(self.checkout)
        moved = [one for attempt in self._references() for one in self.stack.moved(self.operator, attempt)]
        return Seen(first_words(walker), decided, moved, time.monotonic() - began, on_the_way)

    def _choose(self, walker: Walker) -> None:
        """Press the wallet, with the number where there is a field for it."""
        typed = {"phone": self.phone}
        asked = any("phone" in form.fields for form in walker.page.forms)
        walker.press(to=f"/{self.operator}", **(typed if asked else {}))

    def _act(self, walker: Walker) -> None:
        """Do on the operator's page what a willing shopper does."""
        if walker.page.refresh is not None and "/page/" in walker.page.refresh[1]:
            walker.wait()
        elif self.operator == "tmoney-online":
            walker.press("Continuer")
        for _ in range(3 if self.digits == "03" else 1):
            if any("pin" in form.fields for form in walker.page.forms):
                walker.press(phone=self.phone, pin="1234")
        if any("otp" in form.fields for form in walker.page.forms):
            walker.press(otp="123456")
        back = [url for url in walker.page.links.values() if "/return/" in url]
        if back:
            walker.open(back[0])

    def _is_decided(self, now: Mapping[str, Any]) -> bool:
        if self.digits == "09" and self.operator == "tmoney-online":
            return self._a_day_later(now)
        if self.life == SHORTEST_LIFE:
            return bool(now["status"] == "paid")
        return now["status"] not in {"open", "processing"} or (
            now["status"] == "open" and now["money_moved"] == "no" and bool(now["attempts"])
        )

    def _a_day_later(self, now: Mapping[str, Any]) -> bool:
        """Once the order has expired, let a day have passed: only then is it a person's turn."""
        if now["status"] == "expired" and not now["review"]:
            self._write(
                "UPDATE orders SET expires_at = datetime(expires_at, '-25 hours') WHERE public_id = ?"
            )
            self._write(
                "UPDATE attempts SET due_at = datetime('now', '-1 second') "
                "WHERE due_at > datetime('now') AND order_id = (SELECT id FROM orders WHERE public_id = ?)"
            )
        return bool(now["review"])

    def _references(self) -> list[str]:
        query = text(
            "SELECT reference FROM attempts "
            "WHERE order_id = (SELECT id FROM orders WHERE public_id = :id) ORDER BY id"
        )
        engine = create_engine(self.stack.environment["DATABASE_URL"])
        with closing(engine.connect()) as connection:
            found = list(connection.scalars(query, {"id": self.id}))
        engine.dispose()
        return found

    def _write(self, statement: str) -> None:
        """Change the database behind everyone's back, as only time could."""
        with closing(self._database()) as connection, connection:
            connection.execute(statement, (self.id,))

    def _database(self) -> sqlite3.Connection:
        path = urlsplit(self.stack.environment["DATABASE_URL"]).path
        return sqlite3.connect(f"/{path.lstrip('/')}", timeout=20)

    def now(self) -> dict[str, Any]:
        """Return the order as the shop's program sees it."""
        return self.stack.order(self.id)

    def _until(self, is_so: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + DECIDED_WITHIN
        while not is_so(now := self.now()):
            assert time.monotonic() < deadline, f"{self.operator} {self.digits}: {now}"
            time.sleep(0.7)
        return self.now()


def first_words(walker: Walker) -> str:
    """Return what a person reads first: the note that says how the last try ended, and the heading."""
    said = [walker.page.heading, walker.page.note]
    return " – ".join(one for one in (said[::-1] if "débité" in walker.page.note else said) if one)


def _fetching() -> Callable[[str, str, Mapping[str, str] | None], requests.Response]:
    """Return a browser's way to fetch: French, without cookies, following nothing by itself."""

    def fetch(method: str, url: str, fields: Mapping[str, str] | None) -> requests.Response:
        answer = requests.request(
            method,
            url,
            data=dict(fields or {}),
            timeout=60,
            allow_redirects=False,
            headers={"Accept-Language": "fr"},
        )
        answer.encoding = "utf-8"
        return answer

    return fetch
