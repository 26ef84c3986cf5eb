"""The inbox: everything that calls is kept raw, judged once, and answered only after its commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as on
from sqlalchemy.exc import OperationalError

from portal import db
from portal.domain.provider import Account, Hearsay, Notice, RawNotification
from portal.payments import inbox, notifications
from portal.payments.models import Attempt, JournalLine, Order, RefusedCalls, ReviewItem
from portal.providers.tmoney_online import TMoneyOnline
from portal.web.services import services
from portal.webhooks.models import Event
from tests.counting import counting
from tests.machines.stage import FOREIGN, LISTED, OPERATOR, Stage

MONEY = (Order, Attempt, JournalLine, ReviewItem, Event)


def books(stage: Stage) -> dict[str, Any]:
    """Return all that is money: whatever calls in vain must leave it as it was."""
    return {table.__tablename__: stage.of(table) for table in MONEY}


@contextmanager
def failing(
    stage: Stage, fails: Callable[[str], bool], error: Callable[[], Exception], times: int = 1
) -> Iterator[None]:
    """Let the database refuse the first so many statements that `fails` names."""
    left = [error() for _ in range(times)]

    def before(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if left and fails(text):
            raise left.pop()

    with stage.app.app_context():
        engine = db.db.engine
    on.listen(engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        on.remove(engine, "before_cursor_execute", before)


def writes_journal(text: str) -> bool:
    return "INSERT INTO journal" in text


def stores_raw(text: str) -> bool:
    return "INSERT INTO notifications" in text


def deadlock() -> Exception:
    return OperationalError("…", {}, Exception("deadlock detected"))


def broken() -> Exception:
    return RuntimeError("the disk is on fire")


def test_a_notification_is_kept_raw_with_its_verdict(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    answer = stage.notifies(attempt["reference"], cname="Ama & Fils")
    assert (answer.status_code, answer.text, answer.content_type) == (200, "OK", "text/plain; charset=utf-8")
    [row] = stage.inbox()
    assert (row["verdict"], row["method"], row["address"]) == ("applied", "GET", "127.0.0.1")
    assert (row["account_id"], row["attempt_id"]) == (stage.account.id, attempt["id"])
    assert f"purchaseref={attempt['reference']}" in row["url"]
    assert "cname=Ama+%26+Fils" in row["url"]
    assert row["headers"]["Host"] == "localhost"
    assert row["received_at"] == stage.clock.now()


def test_storing_the_raw_row_is_the_first_statement_and_there_is_one_commit(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    with stage.app.app_context(), counting(db.db.engine) as seen:
        stage.notifies(attempt["reference"])
    assert seen.texts[0].startswith("INSERT INTO notifications")
    assert seen.commits == 1
    if db_kind(stage) == "postgresql":
        assert seen.statements == 4


def test_a_repeat_changes_nothing_and_is_acknowledged_again(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    stage.notifies(attempt["reference"])
    before = books(stage)
    assert stage.notifies(attempt["reference"], timestamp="1469029999").status_code == 200
    assert books(stage) == before
    assert stage.verdicts() == ["applied", "repeated"]


def test_status_words_count_in_any_case(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], status="ok")
    assert stage.now(order)["status"] == "paid"


def test_a_caller_from_elsewhere_is_refused_and_moves_nothing(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    before = books(stage)
    answer = stage.notifies(attempt["reference"], address=FOREIGN)
    assert answer.status_code == 403
    assert books(stage) == before
    [row] = stage.inbox()
    assert (row["verdict"], row["reason"], row["address"]) == ("refused", "address", FOREIGN)


def test_an_unknown_reference_is_kept_and_answered_404(stage: Stage) -> None:
    assert stage.notifies("NOBODYSREFERENCE").status_code == 404
    assert stage.verdicts() == ["unknown_reference"]


def test_one_merchants_notification_never_settles_another_merchants_order(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    other = stage.anew()
    other.merchant, other.account  # noqa: B018 - connects another store
    before = books(stage)
    assert stage.notifies(attempt["reference"], account=other.account.public_id).status_code == 404
    assert books(stage) == before


def test_an_account_of_another_mode_never_settles(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    live = stage.an_account(stage.merchant, mode="live", networks=["127.0.0.1"])
    assert stage.notifies(attempt["reference"], account=live.public_id).status_code == 404
    assert stage.attempts_of(attempt)[0]["status"] == "waiting"


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "PEUT-ETRE"},
        {"amount": "500.00"},
        {"amount": "-500"},
        {"amount": "0"},
        {"amount": "٥٠٠"},
        {"amount": "99999999999"},
        {"currency": "XOF"},
        {"paymentref": ""},
        {"error": "CANCEL"},
        {"purchaseref": ""},
        {"purchaseref": "A\x00B"},
    ],
    ids=json.dumps,
)
def test_what_cannot_be_read_is_kept_and_answered_400(stage: Stage, wrong: dict[str, str]) -> None:
    attempt = stage.starts(stage.order())
    before = books(stage)
    assert stage.notifies(attempt["reference"], **wrong).status_code == 400
    assert books(stage) == before
    [row] = stage.inbox()
    assert (row["verdict"], row["due_at"]) == ("refused", None)
    assert row["reason"]


def test_a_parameter_that_is_given_twice_is_refused(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    url = f"/notify/tmoney-online/{stage.account.public_id}?purchaseref={attempt['reference']}&status=OK"
    rest = "&amount=1&amount=500&currency=952&paymentref=P"
    assert stage.client.get(url + rest).status_code == 400
    assert stage.attempts_of(attempt)[0]["status"] == "waiting"


def test_a_deadlock_repeats_the_whole_step_once(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    with failing(stage, writes_journal, deadlock):
        assert stage.notifies(attempt["reference"]).status_code == 200
    assert stage.now(order)["status"] == "paid"
    assert stage.verdicts() == ["applied"]


def test_what_cannot_be_applied_is_deferred_acknowledged_and_taken_up_by_the_worker(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    before = books(stage)
    with failing(stage, writes_journal, broken):
        assert stage.notifies(attempt["reference"]).status_code == 200
    assert books(stage) == before
    [row] = stage.inbox()
    assert (row["verdict"], row["due_at"]) == ("deferred", stage.clock.now())
    stage.tick()
    assert stage.now(order)["status"] == "paid"
    assert stage.verdicts() == ["applied"]


def test_what_fails_again_is_put_back_for_later_and_later_again(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    with failing(stage, writes_journal, broken):
        stage.notifies(attempt["reference"])
    for wait in (1, 2, 4):
        with failing(stage, writes_journal, broken):
            stage.tick()
        [row] = stage.inbox()
        assert (row["verdict"], row["due_at"]) == ("deferred", stage.clock.now() + timedelta(seconds=wait))
        stage.tick()
        assert stage.now(order)["status"] == "processing"
        stage.passes(seconds=wait)
    stage.tick()
    assert stage.now(order)["status"] == "paid"


def test_nothing_is_acknowledged_when_not_even_the_raw_row_could_be_stored(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    with failing(stage, stores_raw, broken, times=2):
        assert stage.notifies(attempt["reference"]).status_code == 500
    assert stage.inbox() == []


@pytest.mark.parametrize("part", ["url", "body"])
def test_too_much_is_refused_even_when_it_was_deferred_and_cut(stage: Stage, part: str) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    # Cut after ten kilobytes, it would read as a right payment.
    said = {"body": b"x" * 10_241} if part == "body" else {"ipaddr": "1" * 10_240}
    with failing(stage, stores_raw, broken):
        answer = _brings(stage, attempt["reference"], **said)
    assert answer in {200, 400}
    stage.tick()
    [row] = stage.inbox()
    assert (row["verdict"], row["reason"]) == ("refused", "too_large")
    assert stage.now(order)["status"] == "processing"


def _brings(stage: Stage, reference: str, *, body: bytes = b"", **changes: str) -> int:
    said = {"purchaseref": reference, "status": "OK", "amount": "500", "currency": "952", "paymentref": "P"}
    path = f"/notify/tmoney-online/{stage.account.public_id}"
    return stage.client.get(path, query_string=said | changes, data=body).status_code


def test_refused_calls_are_pruned_after_ninety_days_and_settled_ones_never(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    stage.notifies(attempt["reference"])
    stage.notifies(attempt["reference"], address=FOREIGN)
    with stage.app.app_context():
        inbox.count(stage.clock, FOREIGN)
    stage.passes(days=90)
    _prune(stage)
    assert stage.verdicts() == ["applied", "refused"]
    stage.passes(hours=2)
    _prune(stage)
    assert stage.verdicts() == ["applied"]
    assert stage.of(RefusedCalls, RefusedCalls.address == FOREIGN) == []


def _prune(stage: Stage) -> None:
    with stage.app.app_context(), db.writing() as tx:
        inbox.prune(tx, stage.clock)


def test_deferred_ones_are_counted_for_whoever_watches(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    with failing(stage, writes_journal, broken):
        stage.notifies(attempt["reference"])
    assert _waiting(stage) == 1
    stage.tick()
    assert _waiting(stage) == 0


def _waiting(stage: Stage) -> int:
    with stage.app.app_context(), db.reading() as connection:
        return inbox.waiting(connection)


def db_kind(stage: Stage) -> str:
    with stage.app.app_context():
        return db.db.engine.dialect.name


class SaysNothing(TMoneyOnline):
    """An operator whose notification can be read, and names no attempt."""

    def read(self, _raw: RawNotification, _account: Account) -> Sequence[Notice | Hearsay]:
        return []


def test_a_notification_that_says_nothing_is_refused(stage: Stage) -> None:
    """Else its line would wait for a worker to whom it is never due."""
    called = stage.account.public_id
    call = inbox.Call(OPERATOR, called, LISTED, f"/notify/{OPERATOR}/{called}", "GET", {}, b"")
    silent = {OPERATOR: SaysNothing(stage.operator.client())}
    with stage.app.app_context():
        directory = replace(services().directory, providers=silent)
        received = notifications.receive(stage.clock, directory, call, lambda: True)
    assert (received.verdict, received.reason) == ("refused", "it says nothing")
    assert stage.verdicts() == ["refused"]
