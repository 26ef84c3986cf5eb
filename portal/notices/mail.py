"""The room of mails: written in one step with their cause, sent later, kept in files where no server is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Flask
from flask_mailman import EmailMessage
from flask_mailman import Mail as Mailman
from sqlalchemy import Connection, insert, select, update

from portal import db
from portal.clock import Clock
from portal.notices.models import Mail

FIRST_RETRY = timedelta(minutes=1)
MOST_TRIES = 10
"""With waits that double, some eight hours."""
SECONDS = 20
PORTS = {"smtp": 25, "smtps": 465}


def init_app(app: Flask, mail_url: str | None, sender: str, folder: Path) -> None:
    """Send by the server of `mail_url` (smtp://user:password@host:port, or smtps://); without one write files."""
    if mail_url is None:
        app.config.update(MAIL_BACKEND="file", MAIL_FILE_PATH=str(folder))
    else:
        parts = urlsplit(mail_url)
        app.config.update(
            MAIL_BACKEND="smtp",
            MAIL_SERVER=parts.hostname,
            MAIL_PORT=parts.port or PORTS.get(parts.scheme, 25),
            MAIL_USE_SSL=parts.scheme == "smtps",
            MAIL_USERNAME=unquote(parts.username) if parts.username else None,
            MAIL_PASSWORD=unquote(parts.password) if parts.password else None,
            MAIL_TIMEOUT=SECONDS,
        )
    app.config["MAIL_DEFAULT_SENDER"] = sender
    Mailman(app)


def post(
    tx: Connection, clock: Clock, *, recipient: str, subject: str, body: str, merchant_id: int | None = None
) -> None:
    """Have a mail sent once this step is committed."""
    now = db.moment(tx, clock)
    tx.execute(
        insert(Mail).values(
            merchant_id=merchant_id,
            recipient=recipient,
            subject=subject,
            body=body,
            created_at=now,
            due_at=now,
            tries=0,
            fence=0,
        )
    )


def send(clock: Clock, mail_id: int, fence: int) -> bool:
    """Send a mail that is claimed, and say whether it went; one that does not go is tried again later.

    A process that dies in between sends it once more: better twice than never.
    """
    mine = (Mail.id == mail_id) & (Mail.fence == fence)
    with db.reading() as connection:
        row = connection.execute(select(*Mail.__table__.columns).where(mine)).mappings().first()
    if row is None:
        return False
    try:
        EmailMessage(row["subject"], row["body"], to=[row["recipient"]]).send()
    except OSError:  # smtplib's exceptions are OSErrors, as are those of the network
        _put_back(clock, mail_id, fence, row["tries"] + 1)
        raise
    with db.writing() as tx:
        now = db.moment(tx, clock)
        tx.execute(update(Mail).where(mine).values(sent_at=now, due_at=None, lease_until=None))
    return True


def _put_back(clock: Clock, mail_id: int, fence: int, tries: int) -> None:
    with db.writing() as tx:
        later = db.moment(tx, clock) + FIRST_RETRY * 2 ** (tries - 1)
        again = update(Mail).where(Mail.id == mail_id, Mail.fence == fence)
        tx.execute(again.values(tries=tries, due_at=later if tries < MOST_TRIES else None, lease_until=None))
