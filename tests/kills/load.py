"""The room of a shop's own program under load: orders made and cancelled through the API, others paid meanwhile."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask

from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.merchants.accounts import Connected
from tests import factories
from tests.factories import AMerchant

BETWEEN_ORDERS = 0.04
ANSWERED_WITHIN = 60.0


@dataclass
class Load:
    """Makes events until it is told to stop; `cancelled` names the orders whose cancelling was answered."""

    app: Flask
    merchant: AMerchant
    account: Connected
    api: str
    headers: dict[str, str]
    cancelled: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def by_api(self) -> None:
        """Make orders and cancel them, as a program does that repeats what was not answered."""
        while not self._stop.is_set():
            order = self._insists("/orders", {"amount": 500, "reference": "CMD-1"})
            ended = self._insists(f"/orders/{order['id']}/cancel", {})
            self.cancelled.append(ended["id"])
            self._stop.wait(BETWEEN_ORDERS)

    def by_operators(self) -> None:
        """Let orders be paid."""
        with self.app.app_context():
            while not self._stop.is_set():
                order = factories.an_order(self.merchant)
                paid = Paid(Money(order.amount), f"P{uuid.uuid4().hex[:12]}")
                factories.an_attempt(order, self.account, phone="+22890112233", then=[Accepted(), paid])
                self._stop.wait(BETWEEN_ORDERS)

    def _insists(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call until there is an answer, always by the same key."""
        headers = {**self.headers, "Idempotency-Key": str(uuid.uuid4())}
        until = time.monotonic() + ANSWERED_WITHIN
        while True:
            try:
                answer = requests.post(self.api + path, json=body, headers=headers, timeout=10)
            except requests.RequestException as error:
                said = type(error).__name__
            else:
                if answer.ok:
                    return dict(answer.json())
                said = f"{answer.status_code} {answer.text}"
                assert answer.status_code in (409, 502, 503), said
            assert time.monotonic() < until, said
            time.sleep(0.05)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Make events during the body."""
        self._stop.clear()
        threads = [
            threading.Thread(target=self._runs, args=(one,)) for one in (self.by_api, self.by_operators)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        assert self.failures == []

    def _runs(self, one: Any) -> None:
        try:
            one()
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            self.failures.append(repr(error))
