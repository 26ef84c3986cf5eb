"""The room of when to ask: soon at first, patiently later, until a day after the order's expiry (rules of money)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

SOON = (timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40))
MINUTE = timedelta(minutes=1)
MINUTES = 10
LONG = timedelta(minutes=10)
AFTER_EXPIRY = timedelta(hours=24)
"""How long after the order's expiry the operator is still asked; then a person decides."""

EMPTY_ANSWERS = 3
EMPTY_FOR = timedelta(minutes=10)
"""So many answers in a row that knew nothing, over at least that time, open the guard."""

AT_LEAST = timedelta(seconds=3)
"""Between two questions about one payment, whoever wants to know."""

LEASE = timedelta(seconds=90)
"""How long one worker may take over a question or a sending: longer than any call to an operator."""


def first_question(began: datetime, expires: datetime, *, asks: bool) -> datetime:
    """Return when to ask first; where the operator cannot be asked, when a person must decide."""
    return began + SOON[0] if asks else expires + AFTER_EXPIRY


def next_question(began: datetime, now: datetime) -> datetime:
    """Return the next moment of the schedule of something that began then, always after now."""
    age = now - began
    for moment in SOON:
        if age < moment:
            return began + moment
    step = MINUTE if age < MINUTES * MINUTE else LONG
    return began + (age // step + 1) * step


def wished(row: Mapping[str, Any]) -> datetime | None:
    """Return when somebody wants to know again who said so since the row was claimed; None where nobody does."""
    due: datetime | None = row["due_at"]
    leased: datetime | None = row["lease_until"]
    return due if due is not None and leased is not None and due > leased - LEASE else None


def is_over(expires: datetime, now: datetime) -> bool:
    """Say whether asking has come to its end."""
    return now >= expires + AFTER_EXPIRY
