"""A browser that comes back is evidence, kept beside the books."""

from __future__ import annotations

import pytest

from portal import db
from portal.payments import visits
from portal.payments.models import Visit
from tests.machines.stage import Stage


@pytest.mark.parametrize("way", visits.WAYS)
def test_a_visit_is_kept_and_leads_to_its_order(stage: Stage, way: str) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    with stage.app.app_context(), db.writing() as tx:
        assert visits.record(tx, stage.clock, attempt["token"], way) == order.token
    [visit] = stage.of(Visit, Visit.attempt_id == attempt["id"])
    assert (visit["way"], visit["at"]) == (way, stage.clock.now())


def test_every_visit_is_kept(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    for way in ("accept", "accept", "cancel"):
        with stage.app.app_context(), db.writing() as tx:
            visits.record(tx, stage.clock, attempt["token"], way)
    ways = [visit["way"] for visit in stage.of(Visit, Visit.attempt_id == attempt["id"])]
    assert ways == ["accept", "accept", "cancel"]


def test_a_token_that_is_nobodys_leaves_nothing(stage: Stage) -> None:
    before = len(stage.of(Visit))
    with stage.app.app_context(), db.writing() as tx:
        assert visits.record(tx, stage.clock, "nobodys", "accept") is None
    assert len(stage.of(Visit)) == before


def test_the_token_that_comes_back_is_not_the_one_that_pays(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    assert attempt["token"] != order.token
    assert stage.client.get(f"/pay/{attempt['token']}").status_code == 404
