"""The room of mails: written in one step with their cause, sent later, kept in files where no server is named."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from portal import db
from portal.clock import Clock
from portal.notices.models import Mail


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
