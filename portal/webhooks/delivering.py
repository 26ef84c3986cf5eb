"""The room of the deliverer: fans out, claims, posts in threads of its own and records, without waiting for anyone.

A thread that waits for a slow shop keeps nobody else waiting: no more is claimed than there are idle threads, and of
one endpoint only so much is under way (`claiming`).
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache

import structlog

from portal.clock import Clock
from portal.security import signing
from portal.security.outbound import Refused
from portal.security.vault import Vault
from portal.webhooks import claiming, formats, outbox, recording
from portal.webhooks.claiming import LEASE, Parcel
from portal.webhooks.formats import PartnerOf
from portal.webhooks.posting import Answer, Poster, refused
from portal.webhooks.recording import OnPaused, Result
from portal.webhooks.retries import Chance

log = structlog.get_logger("webhooks")

THREADS = 64
IDLE_SECONDS = 0.5
WATCH_SECONDS = 0.5
AGENT = "Cross-Webhooks/1"
MARGIN_SECONDS = 5.0
"""Of a lease: a try that could not be recorded within it is not begun (DNS may take its time)."""


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
    _finished: queue.SimpleQueue[Result | None] = field(default_factory=queue.SimpleQueue, repr=False)
    _under_way: int = 0

    def __post_init__(self) -> None:
        """Remember opened secrets: opening one costs more than signing with it."""
        self._opened = lru_cache(maxsize=1024)(self._open)

    def tick(self, most: int = 100) -> int:
        """Deliver what is due in this thread, one after another; return how much was done."""
        done = outbox.fan_out(self.clock)
        parcels = claiming.claim(self.clock, most)
        results = [result for parcel in parcels if (result := self._deliver(parcel)) is not None]
        if results:
            self._record(results)
        return done + len(results)

    def run(self, stop: threading.Event) -> None:
        """Deliver in threads until told to stop; what is under way is finished and recorded first."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
            watch = threading.Thread(target=self._watch, args=(stop,), daemon=True)
            watch.start()
            while not stop.is_set() or self._under_way:
                try:
                    with self.around():
                        self._turn(pool, stop)
                except Exception:  # the database is away, or worse: wait, and look again
                    log.exception("deliveries left for later")
                    stop.wait(IDLE_SECONDS)

    def _turn(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        """Record what is finished, and begin as much as there are threads for."""
        results = self._wait()
        if results:
            self._record(results)
        if stop.is_set():
            return
        outbox.fan_out(self.clock)
        for parcel in claiming.claim(self.clock, THREADS - self._under_way):
            self._under_way += 1
            pool.submit(self._work, parcel)

    def _wait(self) -> list[Result]:
        """Return what has finished: at once where there is something, else after a short while."""
        found: list[Result] = []
        try:
            entry = self._finished.get(timeout=IDLE_SECONDS)
            while True:
                self._under_way -= 1
                if entry is not None:
                    found.append(entry)
                entry = self._finished.get_nowait()
        except queue.Empty:
            return found

    def _work(self, parcel: Parcel) -> None:
        result = None
        try:
            result = self._deliver(parcel)
        except Exception:  # its lease ends, and it is tried again; here nobody waits for what is raised
            log.exception("delivery failed on our side", delivery=parcel.delivery_id)
        finally:
            self._finished.put(result)

    def _deliver(self, parcel: Parcel) -> Result | None:
        """Try once; None where the claim might end before the outcome is recorded."""
        try:
            target = self.poster.target(parcel.url, parcel.mode)
        except Refused as refusal:
            return Result(parcel, refused(refusal))
        left = LEASE.total_seconds() - (time.monotonic() - parcel.claimed)
        if left < self.poster.whole_seconds + MARGIN_SECONDS:
            return None
        body = formats.body(parcel, site=self.site, partner=self.partner)
        secrets = [self._opened(sealed) for sealed in (parcel.secret, parcel.old_secret) if sealed]
        signed = signing.headers(parcel.event_id, self.clock.now(), body, secrets)
        answer = self.poster.post(
            target, body, {"Content-Type": "application/json", "User-Agent": AGENT, **signed}
        )
        return Result(parcel, answer)

    def _open(self, sealed: str) -> str:
        return self.vault.open(sealed)["secret"]

    def _record(self, results: list[Result]) -> None:
        recording.record(self.clock, results, self.chance, self.on_paused)
        for one in results:
            _tell(one, one.answer)

    def _watch(self, stop: threading.Event) -> None:
        while not (stop.is_set() and not self._under_way):
            time.sleep(WATCH_SECONDS)
            self.poster.watch()


def _tell(result: Result, answer: Answer) -> None:
    """Leave a line about a try that failed; those that were taken stand in the database."""
    if not result.taken:
        log.info(
            "not delivered",
            delivery=result.parcel.delivery_id,
            endpoint=result.parcel.endpoint_id,
            status=answer.status,
            error=answer.error,
        )
