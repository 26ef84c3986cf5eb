"""What waits too long is told once to the platform's people, again while it lasts, and once more when it is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from sqlalchemy import update

from portal import cli, db
from portal.notices import mail
from portal.notices.models import Mail
from portal.payments.models import Attempt, Notification
from portal.watch import alarms, beats, queues
from portal.watch.alarms import WHAT_TO_DO
from portal.watch.models import WorkerBeat
from portal.web.services import EXTENSION
from portal.webhooks import endpoints
from portal.webhooks.endpoints import NewEndpoint
from portal.webhooks.kinds import EndpointState
from portal.webhooks.models import Endpoint, Event
from portal.webhooks.outbox import fan_out
from tests.machines.stage import Stage

STAFF = ["astreinte@plateforme.example"]


def beat(stage: Stage) -> None:
    with stage.app.app_context():
        beats.beat(stage.clock, "here:1")


def troubles(stage: Stage) -> dict[str, int]:
    """Return what troubles, with how much is due, while a worker gives signs of life but does nothing."""
    beat(stage)
    with stage.app.app_context(), db.reading() as connection:
        return {one.code: one.due for one in queues.measured(connection, stage.clock) if one.troubling}


def look(stage: Stage) -> None:
    beat(stage)
    with stage.app.app_context():
        alarms.look(stage.clock, STAFF)


def mails(stage: Stage) -> list[str]:
    return [one["subject"] for one in stage.of(Mail) if one["recipient"] in STAFF]


def change(stage: Stage, table: Any, **values: Any) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(table).values(**values))


def overdue_order(stage: Stage) -> None:
    stage.order(lasts=timedelta(hours=1))
    stage.passes(hours=1)


def told_shop(stage: Stage) -> None:
    """Give an event of the store a delivery that is due."""
    stage.order(lasts=timedelta(minutes=1))
    inside = stage.app.extensions[EXTENSION]
    new = NewEndpoint(merchant_id=stage.merchant.id, mode="test", url="http://127.0.0.1:9/")
    with stage.app.app_context(), db.writing() as tx:
        endpoints.create(tx, stage.clock, inside.vault, new)
    stage.passes(minutes=1)
    stage.tick()
    with stage.app.app_context():
        assert fan_out(stage.clock) == 1


def test_nothing_troubles_a_quiet_house(stage: Stage) -> None:
    assert troubles(stage) == {}


def test_a_silent_worker_troubles(stage: Stage) -> None:
    with stage.app.app_context(), db.reading() as connection:
        codes = [one.code for one in queues.measured(connection, stage.clock) if one.troubling]
    assert codes == ["silent_worker"]
    beat(stage)
    stage.passes(minutes=2, seconds=1)
    with stage.app.app_context(), db.reading() as connection:
        assert [one.code for one in queues.measured(connection, stage.clock) if one.troubling] == codes


def test_a_working_worker_gives_signs_of_life(stage: Stage) -> None:
    stage.tick()
    [row] = stage.of(WorkerBeat)
    assert (row["name"], row["at"]) == (beats.name(), stage.clock.now())
    stage.passes(seconds=20)
    stage.tick()
    assert [one["at"] for one in stage.of(WorkerBeat)] == [stage.clock.now()]


def test_a_worker_that_is_gone_is_forgotten_after_a_day(stage: Stage) -> None:
    with stage.app.app_context():
        beats.beat(stage.clock, "gone:1")
    stage.passes(days=1, seconds=1)
    beat(stage)
    assert [one["name"] for one in stage.of(WorkerBeat)] == ["here:1"]


def test_an_order_that_nobody_ends_troubles_after_ten_minutes(stage: Stage) -> None:
    overdue_order(stage)
    stage.passes(minutes=10)
    assert troubles(stage) == {}
    stage.passes(seconds=1)
    assert troubles(stage) == {"overdue_orders": 1}
    stage.tick()
    assert "overdue_orders" not in troubles(stage)


def test_a_notification_that_stays_deferred_troubles_after_two_minutes(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"])
    change(stage, Notification, due_at=stage.clock.now())
    change(stage, Event, fanned_out=True)
    stage.passes(minutes=2, seconds=1)
    assert troubles(stage) == {"deferred_notifications": 1}


def test_silent_payments_that_nobody_asks_about_trouble(stage: Stage) -> None:
    stage.starts(stage.order())
    change(stage, Attempt, due_at=stage.clock.now())
    change(stage, Event, fanned_out=True)
    stage.passes(minutes=10, seconds=1)
    assert troubles(stage) == {"unasked_attempts": 1}


def test_events_that_nobody_gives_to_shops_trouble(stage: Stage) -> None:
    stage.order(lasts=timedelta(minutes=1))
    stage.passes(minutes=1)
    stage.tick()
    stage.passes(minutes=2, seconds=1)
    assert troubles(stage) == {"events_without_deliveries": 1}


def test_late_webhooks_trouble_only_where_the_shop_answers_well(stage: Stage) -> None:
    told_shop(stage)
    stage.passes(minutes=10, seconds=1)
    assert troubles(stage) == {"undelivered_events": 1}
    change(stage, Endpoint, failing_since=stage.clock.now())
    assert troubles(stage) == {}
    change(stage, Endpoint, failing_since=None, state=EndpointState.PAUSED)
    assert troubles(stage) == {}


def test_mails_that_do_not_go_out_trouble_after_an_hour(stage: Stage) -> None:
    with stage.app.app_context(), db.writing() as tx:
        mail.post(tx, stage.clock, recipient="ama@exemple.tg", subject="Reçu", body="…")
    stage.passes(hours=1, seconds=1)
    assert troubles(stage) == {"unsent_mails": 1}


def test_a_trouble_is_told_once_then_every_six_hours_and_when_it_is_over(stage: Stage) -> None:
    overdue_order(stage)
    stage.passes(minutes=11)
    look(stage)
    assert mails(stage) == ["Cross: overdue_orders"]
    assert WHAT_TO_DO["overdue_orders"] in stage.of(Mail)[-1]["body"]
    assert "1 due, the oldest for 11 minutes" in stage.of(Mail)[-1]["body"]
    stage.passes(minutes=30)
    look(stage)
    assert len(mails(stage)) == 1
    stage.passes(hours=6)
    change(stage, Mail, due_at=None)
    look(stage)
    assert mails(stage)[1:] == ["Cross: overdue_orders"]
    stage.worker.alarm_to = STAFF
    stage.tick()
    assert mails(stage)[2:] == ["Cross: overdue_orders"]
    assert "overdue_orders: over." in stage.of(Mail)[-1]["body"]
    change(stage, Event, fanned_out=True)
    look(stage)
    assert len(mails(stage)) == 3


def test_workers_that_find_it_together_tell_it_once(stage: Stage) -> None:
    overdue_order(stage)
    stage.passes(minutes=11)
    beat(stage)
    ready = Barrier(4)

    def looks(_: int) -> None:
        with stage.app.app_context():
            ready.wait()
            alarms.look(stage.clock, STAFF)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(looks, range(4)))
    assert mails(stage) == ["Cross: overdue_orders"]


def test_every_trouble_says_what_to_do() -> None:
    assert set(WHAT_TO_DO) == {queue.code for queue in queues.QUEUES} | {queues.SILENT_WORKER}


def test_the_command_says_it_without_a_worker(stage: Stage) -> None:
    cli.init_app(stage.app)
    overdue_order(stage)
    stage.passes(minutes=11)
    with stage.app.app_context():
        told = stage.app.test_cli_runner().invoke(args=["watch"])
    assert told.exit_code == 1
    assert "overdue_orders: 1 due" in told.output
    assert "silent_worker" in told.output
    stage.tick()
    change(stage, Event, fanned_out=True)
    with stage.app.app_context():
        told = stage.app.test_cli_runner().invoke(args=["watch"])
    assert (told.exit_code, told.output) == (0, "Nothing waits longer than it may.\n")
