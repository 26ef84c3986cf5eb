"""The room of time: whoever needs to know it is handed a clock from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Clock:
    """Tells the time in UTC.

    `pinned` is a fixed moment for tests; where it is None the wall clock counts, and statements about leases
    and expiry use the database's own clock instead (see `portal.db.now`), so that hosts need not agree.
    """

    pinned: datetime | None = None

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self.pinned or datetime.now(UTC)
