"""The room of time in tests: a clock that stands still until somebody moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.clock import Clock

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SettableClock(Clock):
    """Pinned, and pinned anew by `passes`: the portal and its database then live in that moment."""

    pinned: datetime | None = NOON

    def passes(self, time: timedelta) -> None:
        """Move on."""
        self.set(self.now() + time)

    def set(self, moment: datetime) -> None:
        """Stand still there."""
        object.__setattr__(self, "pinned", moment)
