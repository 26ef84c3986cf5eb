"""The room of patience: when a delivery that failed is tried again, and when an endpoint has failed for too long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

Chance = Callable[[], float]
"""Gives a number from 0 (included) to 1, as `random.random` does."""

AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between one try and the next: 75 hours in all."""
JITTER = 0.1
"""The part by which a wait may be longer, so that an endpoint that comes back is not met by everything at once."""

PAUSED_AFTER = timedelta(days=3)
BETWEEN_PROBES = timedelta(hours=1)


def wait(tries: int, chance: Chance) -> timedelta | None:
    """Return how long to wait after that many failed tries (at least one); None: there is no further one."""
    if tries > len(AFTER):
        return None
    return AFTER[tries - 1] * (1 + JITTER * chance())
