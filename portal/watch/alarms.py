"""The room of alarms: its people are told when a trouble begins, while it lasts, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, delete, insert, select, update

from portal import db
from portal.clock import Clock
from portal.notices import mail
from portal.watch import queues
from portal.watch.models import Alarm
from portal.watch.queues import Measure

log = structlog.get_logger("watch")

AGAIN = timedelta(hours=6)
EVERY = timedelta(minutes=1)

WHAT_TO_DO = {
    "deferred_notifications": "Stored notifications could not be applied. Look for `deferred` in the logs.",
    "unasked_attempts": "Operators are not asked about silent payments. Is a worker running, are the operators there?",
    "unsent_refunds": "Refunds wait to be sent or asked about. Is a worker running, are the operators there?",
    "overdue_orders": "Orders whose time is over were not ended. Is a worker running?",
    "events_without_deliveries": "Shops are not told of what happened. Is a worker running?",
    "undelivered_events": "Webhooks to shops that answer well are late. Are there workers enough?",
    "unsent_mails": "Mails do not go out. Does the server of MAIL_URL answer?",
    queues.SILENT_WORKER: "No worker has given a sign of life. Start one: flask --app wsgi worker",
}


def look(clock: Clock, recipients: Sequence[str]) -> list[Measure]:
    """Measure everything and write to the recipients about what changed; return what troubles now."""
    with db.reading() as connection:
        troubles = [one for one in queues.measured(connection, clock) if one.troubling]
        known = set(connection.scalars(select(Alarm.code)))
    if troubles or known:
        db.repeated_once(lambda: _tell(clock, troubles, recipients))
    return troubles


def _tell(clock: Clock, troubles: Sequence[Measure], recipients: Sequence[str]) -> None:
    with db.writing() as tx:
        now = db.moment(tx, clock)
        known = {row.code: row for row in tx.execute(select(*Alarm.__table__.columns).with_for_update())}
        news = [one for one in troubles if one.code not in known or now - known[one.code].told_at >= AGAIN]
        over = sorted(set(known) - {one.code for one in troubles})
        for one in news:
            _keep(tx, one, now, began=one.code not in known)
        if over:
            tx.execute(delete(Alarm).where(Alarm.code.in_(over)))
        text = "\n\n".join([*map(said, news), *(f"{code}: over." for code in over)])
        for recipient in recipients if text else ():
            subject = f"Cross: {', '.join([one.code for one in news] or over)}"
            mail.post(tx, clock, recipient=recipient, subject=subject[:200], body=f"{text}\n")
    for one in news:
        log.error("alarm", code=one.code, due=one.due, late_seconds=int(one.late.total_seconds()))
    for code in over:
        log.info("alarm over", code=code)


def _keep(tx: Connection, one: Measure, now: datetime, *, began: bool) -> None:
    if began:
        tx.execute(insert(Alarm).values(code=one.code, since=now, told_at=now))
    else:
        tx.execute(update(Alarm).where(Alarm.code == one.code).values(told_at=now))


def said(one: Measure) -> str:
    """Return a trouble in words: what, how much, since when, what to do."""
    minutes = int(one.late.total_seconds() // 60)
    return f"{one.code}: {one.due} due, the oldest for {minutes} minutes. {WHAT_TO_DO[one.code]}"
