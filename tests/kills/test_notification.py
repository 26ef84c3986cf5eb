"""A web process killed anywhere on a notification's way leaves a state from which the repeat ends well."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from portal.payments.models import Attempt, JournalLine, Notification, Order, ReviewItem
from portal.webhooks.models import Event
from tests.kills.conftest import Ended, Processes
from tests.machines.stage import OPERATOR, Stage, notification

WORDS: dict[str, dict[str, str]] = {
    "paid": {},
    "wrong amount": {"amount": "300"},
    "refused": {"status": "NOK", "error": "PAYMENT_FAILED"},
}
MOST_POINTS = 200
# What is new in every run and says nothing: names, and the rows that others point to.
OWN = {
    "id",
    "public_id",
    "token",
    "reference",
    "receipt_code",
    "source_id",
    "payload",
    "facts",
    "once",
    "turn",
}
POINTERS = {"order_id", "attempt_id", "account_id", "merchant_id", "link_id", "payment_reference"}
NEW_IN_EVERY_RUN = OWN | POINTERS | {"operator_reference", "continuation"}

_numbers = count(1)


class Run:
    """One order whose shopper has been sent to the operator, and the notification about it."""

    def __init__(self, stage: Stage, changes: dict[str, str]) -> None:
        self.stage = stage
        self.order: SimpleNamespace = stage.order()
        self.reference: str = stage.starts(self.order)["reference"]
        said = notification(self.reference, paymentref=f"KILL{next(_numbers)}", **changes)
        self.url = f"/notify/{OPERATOR}/{stage.account.public_id}?{urlencode(said)}"

    def books(self) -> list[list[dict[str, Any]]]:
        """Return everything that is written about the order, without what is new in every run."""
        mine = self.order.id
        tables: list[list[dict[str, Any]]] = [
            self.stage.of(Order, Order.id == mine),
            self.stage.of(Attempt, Attempt.order_id == mine),
            self.stage.of(JournalLine, JournalLine.order_id == mine),
            self.stage.of(ReviewItem, ReviewItem.order_id == mine),
            self.stage.of(Event, Event.order_id == mine),
        ]
        return [
            [{k: v for k, v in row.items() if k not in NEW_IN_EVERY_RUN} for row in rows] for rows in tables
        ]

    def verdicts(self) -> list[str]:
        rows = self.stage.of(Notification, Notification.url == self.url)
        return [row["verdict"] for row in rows]


def killed_everywhere(stage: Stage, processes: Processes, changes: dict[str, str]) -> int:
    """Kill at every point in turn until none is left; return how many there were."""
    undisturbed = Run(stage, changes)
    before = undisturbed.books()
    ended = processes.call(undisturbed.url)
    assert ended == Ended(200, ended.points, killed=False)
    after = undisturbed.books()
    assert after != before

    for point in range(1, MOST_POINTS):
        run = Run(stage, changes)
        ended = processes.call(run.url, kill_at=point)
        if not ended.killed:
            assert ended.status == 200
            return point - 1
        # All or nothing, and nothing was acknowledged: the process died before it could answer.
        assert run.books() in (before, after)
        assert ended.status is None
        was_committed = run.books() == after
        assert run.verdicts() == (["applied"] if was_committed else [])
        # The operator, which heard nothing, says it again.
        assert processes.call(run.url).status == 200
        assert run.books() == after
        assert run.verdicts() == (["applied", "repeated"] if was_committed else ["applied"])
    raise AssertionError(f"more than {MOST_POINTS} points: is the path endless?")


@pytest.mark.parametrize("words", WORDS)
def test_killed_at_any_point_the_repeat_ends_as_if_nothing_had_happened(
    stage: Stage, processes: Processes, words: str, record_property: Any
) -> None:
    points = killed_everywhere(stage, processes, WORDS[words])
    record_property("shown", f"notification “{words}”: killed at each of {points} points")
    assert points >= 2 * 4 + 2, "store, lock, read and write, and the commit: before and after each"
