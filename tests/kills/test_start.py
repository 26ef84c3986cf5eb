"""A web process killed anywhere while a payment starts leaves an order that can still be paid, once."""

from __future__ import annotations

from typing import Any

from portal.domain.states import LIVE
from tests.kills.conftest import Processes
from tests.machines.stage import OPERATOR, Stage

MOST_POINTS = 300


def test_killed_at_any_point_the_shopper_can_pay_again(
    stage: Stage, processes: Processes, record_property: Any
) -> None:
    seen: set[str] = set()
    point = 0
    for point in range(1, MOST_POINTS):
        order = stage.order()
        ended = processes.call(f"/pay/{order.token}/{OPERATOR}", method="POST", kill_at=point)
        if not ended.killed:
            assert ended.status == 303
            break
        left = [attempt["status"] for attempt in stage.attempts(order)]
        assert left in ([], ["starting"], ["waiting"])
        seen.update(left or ["none"])
        # What was left in the middle never reached the browser: the worker writes it off, and says so.
        stage.passes(seconds=61)
        stage.tick()
        if left == ["starting"]:
            assert stage.attempts(order)[0]["failure_code"] == "not_started"
            assert "Aucun montant" in stage.looks(order).text
        paying = stage.starts(order)
        assert sum(attempt["status"] in LIVE for attempt in stage.attempts(order)) == 1
        assert stage.notifies(paying["reference"], paymentref=f"START{order.id}").status_code == 200
        assert stage.now(order)["status"] == "paid"
        stage.clock.passes(-(stage.clock.now() - order.created_at))
    assert seen == {"none", "starting", "waiting"}
    record_property("shown", f"start: killed at each of {point - 1} points")
