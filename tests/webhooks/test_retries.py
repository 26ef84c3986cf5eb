from __future__ import annotations

from datetime import timedelta

from portal.webhooks import retries

PROMISED = [
    "0:00:05",
    "0:05:00",
    "0:30:00",
    "2:00:00",
    "5:00:00",
    "10:00:00",
    "14:00:00",
    "20:00:00",
    "1 day, 0:00:00",
]
"""Between one try and the next; the first is at once."""


def test_the_waits_are_those_that_were_promised() -> None:
    assert [str(retries.wait(tries, lambda: 0)) for tries in range(1, 10)] == PROMISED
    assert retries.wait(10, lambda: 0) is None


def test_chance_makes_a_wait_longer_by_a_tenth_at_most() -> None:
    for tries, wait in enumerate(retries.AFTER, 1):
        found = retries.wait(tries, lambda: 0.5)
        assert found is not None
        assert wait < found <= wait * 1.1


def test_an_endpoint_may_fail_for_three_days_and_is_probed_every_hour() -> None:
    assert (timedelta(days=3), timedelta(hours=1)) == (retries.PAUSED_AFTER, retries.BETWEEN_PROBES)
