"""The room of what must happen later: deferred notifications, questions, refunds, expiry, webhooks, mails."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType
from typing import TypeVar

import structlog
from sqlalchemy import select

from portal import db, leases
from portal.clock import Clock
from portal.domain.events import AttemptEvent, Failed, FailureCode, Lapsed, Unheard
from portal.domain.provider import NeverOffered, Provider
from portal.domain.states import LIVE, AttemptStatus, OrderStatus
from portal.merchants import idempotency
from portal.merchants.accounts import Directory
from portal.notices import mail
from portal.notices.models import Mail
from portal.payments import (
    inbox,
    lifecycle,
    lifecycle_forgetting,
    notifications,
    reconciliation,
    refunds,
    weather,
)
from portal.payments.calls import Calls
from portal.payments.models import Attempt, Notification, Order
from portal.watch import alarms, beats
from portal.webhooks.delivering import Deliverer

T = TypeVar("T")
log = structlog.get_logger("worker")

LEASE = timedelta(seconds=30)
MAIL_LEASE = timedelta(hours=1)
"""For a hundred mails, one after another, by a server that is slow to answer."""
AT_ONCE = 100
IDLE_SECONDS = 1.0
BETWEEN_PRUNINGS = timedelta(hours=1)


@dataclass
class Worker:
    """As many as wanted may run, on as many hosts: every row is locked or leased before it is touched."""

    clock: Clock
    directory: Directory
    calls: Calls | None = None
    """Where operators are called: without it in the worker's own thread, one after another."""
    deliverer: Deliverer | None = None
    """What tells the shops, in threads of its own while the worker runs."""
    pruned_at: datetime | None = field(default=None)
    counted_at: datetime | None = field(default=None)
    forgetting: bool = field(default=False)
    alarm_to: Sequence[str] = ()
    """Whom to write to when something waits too long."""
    name: str = field(default_factory=beats.name)
    beaten_at: datetime | None = field(default=None)
    watched_at: datetime | None = field(default=None)

    def tick(self) -> int:
        """Do everything that is due now; return how many rows were dealt with."""
        done = self._each(self._deferred(), self._take_up)
        done += self._each(self._overdue_orders(), self._expire)
        done += self._each(self._overdue_attempts(), self._give_up)
        done += self._each(reconciliation.due(self.clock, AT_ONCE), self._ask)
        done += self._each(refunds.due(self.clock, AT_ONCE), self._go_on)
        done += self._each(leases.claim(self.clock, Mail, most=AT_ONCE, lasts=MAIL_LEASE), self._send)
        self._count_weather()
        self._watch()
        self._prune()
        return done + self._forget()

    def _each(self, rows: Iterable[T], deal: Callable[[T], None]) -> int:
        """Deal with every row; one that fails is logged and never keeps the others waiting."""
        done = 0
        for row in rows:
            try:
                deal(row)
                done += 1
            except Exception:  # whatever is wrong with one row must not keep the others waiting
                log.exception("left for later", row=str(row))
        return done

    def _send(self, claim: leases.Claim) -> None:
        mail.send(self.clock, claim.id, claim.fence)

    def _deferred(self) -> list[leases.Claim]:
        return leases.claim(self.clock, Notification, most=AT_ONCE, lasts=LEASE)

    def _take_up(self, claim: leases.Claim) -> None:
        verdict = notifications.take_up(self.clock, self.directory, claim.id, claim.fence)
        log.info("took up", notification=claim.id, verdict=verdict)

    def _overdue_orders(self) -> list[int]:
        running = Order.status.in_((OrderStatus.OPEN, OrderStatus.PROCESSING))
        query = select(Order.id).where(running, Order.expires_at <= db.now(self.clock)).limit(AT_ONCE)
        with db.reading() as connection:
            return list(connection.scalars(query))

    def _expire(self, order_id: int) -> None:
        with db.writing() as tx:
            lifecycle.expire(tx, self.clock, order_id)

    def _overdue_attempts(self) -> list[tuple[int, str]]:
        overdue = Attempt.guard_until <= db.now(self.clock)
        query = select(Attempt.id, Attempt.operator).where(Attempt.status.in_(LIVE), overdue).limit(AT_ONCE)
        with db.reading() as connection:
            return [(row.id, row.operator) for row in connection.execute(query)]

    def _give_up(self, row: tuple[int, str]) -> None:
        attempt_id, operator = row
        events = waited_out(self.directory.providers[operator])
        with db.writing() as tx:
            lifecycle.end_by_clock(tx, self.clock, attempt_id, events)

    def _ask(self, claim: leases.Claim) -> None:
        self._outside(claim, lambda: reconciliation.ask(self.clock, self.directory, claim))

    def _go_on(self, claim: leases.Claim) -> None:
        self._outside(claim, lambda: refunds.go_on(self.clock, self.directory, claim))

    def _outside(self, claim: leases.Claim, call: Callable[[], None]) -> None:
        """Call an operator; one that is silent keeps only its own threads waiting."""
        if self.calls is None:
            call()
        elif not self.calls.hand_over(claim.whose, call):
            # The row's turn comes again when its lease ends.
            log.warning("operator has too many calls under way", operator=claim.whose)

    def _count_weather(self) -> None:
        now = self.clock.now()
        if self.counted_at is not None and now - self.counted_at < weather.BETWEEN_COUNTS:
            return
        self.counted_at = now
        with db.writing() as tx:
            weather.count(tx, self.clock)

    def _watch(self) -> None:
        """Leave a sign of life, and look whether something waits longer than it may."""
        now = self.clock.now()
        if self.beaten_at is None or now - self.beaten_at >= beats.EVERY:
            self.beaten_at = now
            beats.beat(self.clock, self.name)
        if self.watched_at is None or now - self.watched_at >= alarms.EVERY:
            self.watched_at = now
            alarms.look(self.clock, self.alarm_to)

    def _prune(self) -> None:
        now = self.clock.now()
        if self.pruned_at is not None and now - self.pruned_at < BETWEEN_PRUNINGS:
            return
        self.pruned_at = now
        with db.writing() as tx:
            inbox.prune(tx, self.clock)
            idempotency.prune(tx, self.clock)
        self.forgetting = True

    def _forget(self) -> int:
        """Forget some old orders' shoppers at a time, until all that are due are forgotten."""
        done = lifecycle_forgetting.forget(self.clock) if self.forgetting else 0
        self.forgetting = done > 0
        return done


def waited_out(provider: Provider) -> dict[AttemptStatus, AttemptEvent]:
    """Return what the end of an attempt's guard time means, by the status in which it is met."""
    crashed: AttemptEvent = Unheard()
    if isinstance(provider.when_silent, NeverOffered):
        crashed = Failed(FailureCode.NOT_STARTED)
    return {AttemptStatus.STARTING: crashed, AttemptStatus.WAITING: Lapsed(FailureCode.NO_ANSWER)}


def run(worker: Worker) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished first."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    telling = None
    if worker.deliverer is not None:
        telling = threading.Thread(target=worker.deliverer.run, args=(stop,), name="deliverer")
        telling.start()
    log.info("worker ready")
    while not stop.is_set():
        try:
            busy = worker.tick()
        except Exception:  # the database is away, or worse: wait, and look again
            log.exception("tick failed")
            busy = 0
        if not busy:
            stop.wait(IDLE_SECONDS)
    if telling is not None:
        telling.join()
    if worker.calls is not None:
        worker.calls.close()
