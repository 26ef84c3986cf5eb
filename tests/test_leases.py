"""Claims: no row is ever two workers', and who wakes too late writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from config import Settings
from portal import db, leases
from portal.domain.provider import Verdict
from portal.payments import notifications
from portal.payments.models import Notification
from portal.web.services import services
from tests.counting import counting
from tests.machines.stage import Stage, on_stage

LEASE = timedelta(seconds=30)


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    with on_stage(settings) as stage:
        yield stage


def puts_due(stage: Stage, rows: int) -> list[int]:
    """Put deferred notifications into the inbox, each due a millisecond before the one it follows."""
    at = stage.clock.now()
    row = {
        "operator": "tmoney-online", "called": "acct", "method": "GET", "url": "/", "headers": {}, "body": b"",
        "address": "127.0.0.1", "verdict": "deferred", "tries": 0, "fence": 0, "received_at": at,
    }  # fmt: skip
    put = insert(Notification).returning(Notification.id)
    with stage.app.app_context(), db.writing() as tx:
        dues = [at - timedelta(milliseconds=number) for number in range(rows)]
        return [tx.execute(put.values(row | {"due_at": due})).scalar_one() for due in dues]


def claims(stage: Stage, most: int = 100) -> list[leases.Claim]:
    with stage.app.app_context():
        return leases.claim(stage.clock, Notification, most=most, lasts=LEASE)


def test_what_is_due_is_claimed_once_until_its_lease_ends(stage: Stage) -> None:
    [row] = puts_due(stage, 1)
    assert claims(stage) == [leases.Claim(row, 1)]
    stage.passes(seconds=29)
    assert claims(stage) == []
    stage.passes(seconds=1)
    assert claims(stage) == [leases.Claim(row, 2)]


def test_what_is_not_due_yet_is_nobodys(stage: Stage) -> None:
    puts_due(stage, 1)
    stage.passes(seconds=-1)
    assert claims(stage) == []


def test_the_longest_due_are_claimed_first(stage: Stage) -> None:
    rows = puts_due(stage, 5)
    assert [claim.id for claim in claims(stage, most=2)] == rows[3:]
    assert [claim.id for claim in claims(stage, most=9)] == rows[:3]


def test_an_idle_worker_writes_nothing(stage: Stage) -> None:
    with stage.app.app_context(), counting(db.db.engine) as seen:
        assert claims(stage) == []
    assert (seen.statements, seen.writes) == (1, [])


def test_eight_workers_never_claim_the_same_row(stage: Stage) -> None:
    rows = puts_due(stage, 200)

    def work(_number: int) -> list[int]:
        mine: list[int] = []
        while got := claims(stage, most=7):
            mine += [claim.id for claim in got]
        return mine

    with ThreadPoolExecutor(8) as workers:
        claimed = Counter(row for mine in workers.map(work, range(8)) for row in mine)
    assert claimed == Counter(rows)


def test_a_worker_whose_lease_ran_out_overwrites_nothing(stage: Stage) -> None:
    puts_due(stage, 1)
    [slow] = claims(stage)
    stage.passes(seconds=31)
    [quick] = claims(stage)
    before = stage.inbox()
    with stage.app.app_context():
        late = notifications.take_up(stage.clock, services().directory, slow.id, slow.fence)
        assert late is Verdict.REPEATED
        assert stage.inbox() == before
        notifications.take_up(stage.clock, services().directory, quick.id, quick.fence)
    assert stage.verdicts() == ["refused"]


def test_a_settled_row_is_not_taken_up_again_under_the_same_fence(stage: Stage) -> None:
    puts_due(stage, 1)
    [mine] = claims(stage)
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Notification).values(due_at=None, verdict="applied"))
    with stage.app.app_context():
        notifications.take_up(stage.clock, services().directory, mine.id, mine.fence)
    assert stage.verdicts() == ["applied"]
