"""The room of starting payments: many shoppers at once, an operator that takes 200 ms, every start concluded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, insert, select

from portal import db
from portal.payments.models import Attempt, Order
from tests.bench.load import Round, drive, post
from tests.bench.seeding import an_open_order
from tests.factories import a_merchant, an_account

OPERATOR = "tmoney"
CREDENTIALS = {"nomUtilisateur": "bench", "motDePasse": "bench", "verify_by_asking": "on"}
AT_ONCE = 1000
CONCLUDED_WITHIN = 30.0


@dataclass
class Starting:
    """Open orders of a store that takes the slow operator; each is started once."""

    app: Flask
    merchant_id: int
    tokens: Iterator[str]

    @classmethod
    def seeded(cls, app: Flask, orders: int) -> Starting:
        """Write the store and its orders, in bulk."""
        with app.app_context():
            merchant = a_merchant()
            an_account(merchant, operator=OPERATOR, credentials=CREDENTIALS)
            now = datetime.now(UTC)
            rows = [an_open_order(merchant.id, now) for _ in range(orders)]
            for start in range(0, orders, AT_ONCE):
                with db.writing() as tx:
                    tx.execute(insert(Order), rows[start : start + AT_ONCE])
        return cls(app, merchant.id, iter([str(row["token"]) for row in rows]))

    def by(self, port: int, shoppers: int, seconds: float) -> Callable[[], Round]:
        """Return a round in which so many shoppers start payments; it lasts until the last start is concluded."""

        def measured() -> Round:
            before, began = self._concluded(), time.perf_counter()
            round_ = drive(port, map(_start, self.tokens), seconds=seconds, expect=303, connections=shoppers)
            started = len(round_.latencies)
            while (done := self._concluded() - before) < started:
                if time.perf_counter() - began > seconds + CONCLUDED_WITHIN:
                    round_.errors += started - done
                    break
                time.sleep(0.01)
            round_.seconds = time.perf_counter() - began
            return round_

        return measured

    def _concluded(self) -> int:
        """Return how many of the store's attempts wait for their shopper: the operator's reply is recorded."""
        query = (
            select(func.count())
            .select_from(Attempt)
            .join(Order, Order.id == Attempt.order_id)
            .where(Order.merchant_id == self.merchant_id, Attempt.status == "waiting")
        )
        with self.app.app_context(), db.reading() as connection:
            return connection.scalar(query) or 0


def alone(port: int, shoppers: int, seconds: float) -> Callable[[], Round]:
    """Return the closed loop without us: so many shoppers ask the operator itself."""
    request = post("/debit", json.dumps({"idRequete": "bench"}), {})
    return lambda: drive(port, repeat(request), seconds=seconds, connections=shoppers)


def _start(token: str) -> bytes:
    body = urlencode({"phone": "90112233"})
    head = f"POST /pay/{token}/{OPERATOR} HTTP/1.1\r\nHost: bench\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{head}{kind}{body}".encode()
