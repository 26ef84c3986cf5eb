"""The room of the deliverer: fans out, claims, hands over to the thread that posts, and records, waiting for no shop.

Two threads: one keeps the books, the other talks to shops (`posting`). No more is claimed than may be under way, and of
one endpoint only so much (`claiming`).
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache

import structlog

from portal.clock import Clock
from portal.security import signing
from portal.security.vault import Vault
from portal.webhooks import claiming, formats, outbox, recording
from portal.webhooks.claiming import LEASE, Parcel
from portal.webhooks.formats import PartnerOf
from portal.webhooks.looking_up import Letter
from portal.webhooks.posting import Finished, Poster
from portal.webhooks.recording import OnPaused, Result
from portal.webhooks.retries import Chance

log = structlog.get_logger("webhooks")

MOST = 1000
"""Deliveries of this process under way at once."""
IDLE_SECONDS = 0.5
GATHER_SECONDS = 0.002
"""How long an outcome waits for others, so that they share a commit."""
AGENT = "Cross-Webhooks/1"


@dataclass
class Deliverer:
    """One process's part of delivering. `site`: our own address; `partner`: the store as callbacks name it."""

    clock: Clock
    vault: Vault
    poster: Poster
    site: str
    partner: PartnerOf
    on_paused: OnPaused
    chance: Chance = random.random
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    _under_way: int = 0
    _unrecorded: list[Result] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Remember opened secrets: opening one costs more than signing with it."""
        self._opened = lru_cache(maxsize=1024)(self._open)

    def tick(self, most: int = 100) -> int:
        """Deliver what is due in this thread; return how much was done."""
        done = outbox.fan_out(self.clock)
        self._hand_over(most)
        finished: list[Finished] = []
        while self._under_way:
            self.poster.step(IDLE_SECONDS)
            finished += self._finished()
        return done + self._record(finished)

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop; what is under way is finished and recorded first."""
        done = threading.Event()
        posting = threading.Thread(target=self._post, args=(done,), name="poster")
        posting.start()
        while not stop.is_set() or self._under_way:
            try:
                with self.around():
                    self._turn(stop)
            except Exception:  # the database is away, or worse: wait, and look again
                log.exception("deliveries left for later")
                stop.wait(IDLE_SECONDS)
        done.set()
        self.poster.close()
        posting.join()
        self.poster.end()

    def _turn(self, stop: threading.Event) -> None:
        """Record what is finished, and begin as much as may be under way."""
        self._record(self._wait())
        if stop.is_set():
            self.poster.close()
            return
        outbox.fan_out(self.clock)
        self._hand_over(MOST - self._under_way)

    def _post(self, done: threading.Event) -> None:
        while not done.is_set():
            try:
                self.poster.step(IDLE_SECONDS)
            except Exception:  # whatever is wrong with one try must not keep the others waiting
                log.exception("posting stumbled")
                done.wait(IDLE_SECONDS)

    def _hand_over(self, most: int) -> None:
        """Claim, put in words, and give to the poster; what cannot be put in words waits until its lease ends."""
        letters = []
        for parcel in claiming.claim(self.clock, most):
            try:
                body = formats.body(parcel, site=self.site, partner=self.partner).encode()
                letters.append(Letter(parcel, body, self._sign))
            except Exception:  # whatever is wrong with one must not keep the others waiting
                log.exception("delivery failed on our side", delivery=parcel.delivery_id)
        self._under_way += len(letters)
        self.poster.give(letters)

    def _wait(self) -> list[Finished]:
        """Return what has finished: soon where there is something, else after a short while."""
        try:
            first = self.poster.finished.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return []
        self._under_way -= 1
        if self._under_way:
            time.sleep(GATHER_SECONDS)
        return [first, *self._finished()]

    def _finished(self) -> list[Finished]:
        found: list[Finished] = []
        while not self.poster.finished.empty():
            found.append(self.poster.finished.get_nowait())
        self._under_way -= len(found)
        return found

    def _sign(self, parcel: Parcel, body: bytes) -> Mapping[str, str]:
        secrets = [self._opened(sealed) for sealed in (parcel.secret, parcel.old_secret) if sealed]
        signed = signing.headers(parcel.event_id, self.clock.now(), body.decode(), secrets)
        return {"Content-Type": "application/json", "User-Agent": AGENT, **signed}

    def _open(self, sealed: str) -> str:
        return self.vault.open(sealed)["secret"]

    def _record(self, finished: list[Finished]) -> int:
        """Record what came of tries; where the database is away, as long as our claims may still count."""
        oldest = time.monotonic() - LEASE.total_seconds()
        kept = [one for one in self._unrecorded if one.parcel.claimed > oldest]
        new = [Result(parcel, answer) for parcel, answer in finished if answer is not None]
        self._unrecorded = results = kept + new
        if results:
            recording.record(self.clock, results, self.chance, self.on_paused)
            self._unrecorded = []
        for one in new:
            _tell(one)
        return len(new)


def _tell(result: Result) -> None:
    """Leave a line about a try that failed; those that were taken stand in the database."""
    if not result.taken:
        log.info(
            "not delivered",
            delivery=result.parcel.delivery_id,
            endpoint=result.parcel.endpoint_id,
            status=result.answer.status,
            error=result.answer.error,
        )
