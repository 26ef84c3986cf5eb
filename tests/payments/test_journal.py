"""The journal is append-only by the database's own word, and tells every change of state."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from portal import db
from portal.payments.models import JournalLine
from tests.machines.stage import Row, Stage

REST = ", ".join(column.name for column in JournalLine.__table__.columns if column.name != "id")
CHANGES = {
    "update": "UPDATE journal SET amount = 1 WHERE id = :id",
    "update of nothing but itself": "UPDATE journal SET fact = fact WHERE id = :id",
    "delete": "DELETE FROM journal WHERE id = :id",
    "delete all": "DELETE FROM journal",
    "upsert": """INSERT INTO journal (id, REST) SELECT id, REST FROM journal WHERE id = :id
        ON CONFLICT (id) DO UPDATE SET amount = 1""",
}
OF_SQLITE = {
    "replace": "REPLACE INTO journal (id, REST) SELECT id, REST FROM journal WHERE id = :id",
    "replace by reference": "REPLACE INTO journal (id, REST) SELECT id + 1000, REST FROM journal WHERE id = :id",
    "update or replace": "UPDATE OR REPLACE journal SET id = id + 1 WHERE id = :id",
}
OF_POSTGRESQL = {
    "truncate": "TRUNCATE journal",
    "truncate with everything": "TRUNCATE orders CASCADE",
    "merge": """MERGE INTO journal USING (SELECT 1) AS one(n) ON journal.id = :id
        WHEN MATCHED THEN DELETE""",
}


@pytest.fixture
def paid(stage: Stage) -> Row:
    """Return the journal line of a payment."""
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"])
    return stage.journal(order)[-1]


def refused(stage: Stage, line: Row, change: str) -> None:
    with (
        stage.app.app_context(),
        pytest.raises(DBAPIError, match="append-only"),
        db.writing() as tx,
    ):
        tx.execute(text(change.replace("REST", REST)), {"id": line["id"]} if ":id" in change else {})
    assert stage.of(JournalLine, JournalLine.id == line["id"]) == [line]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_line_is_ever_changed_or_removed(stage: Stage, paid: Row, change: str) -> None:
    refused(stage, paid, change)


@pytest.mark.parametrize("number", range(3))
def test_not_even_in_the_databases_own_manners(stage: Stage, paid: Row, number: int) -> None:
    own = OF_SQLITE if stage.database_url.startswith("sqlite") else OF_POSTGRESQL
    refused(stage, paid, list(own.values())[number])


def test_an_operators_payment_reference_pays_once_per_account(stage: Stage, paid: Row) -> None:
    again = {name: value for name, value in paid.items() if name != "id"}
    with stage.app.app_context(), pytest.raises(DBAPIError), db.writing() as tx:
        tx.execute(insert(JournalLine).values(again))
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(insert(JournalLine).values(again | {"fact": "duplicate_reference"}))


def test_every_change_of_an_attempts_state_is_one_line_that_says_from_where_to_where(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.leaves(order)
    stage.notifies(attempt["reference"], status="NOK", error="PAYMENT_FAILED")
    stage.notifies(attempt["reference"])
    steps = [(line["fact"], line["before"], line["after"], line["source"]) for line in stage.journal(order)]
    assert steps == [
        ("started", None, "starting", "shopper"),
        ("accepted", "starting", "waiting", "reply"),
        ("cancelled", "waiting", "cancelled", "shopper"),
        ("failed", "cancelled", "failed", "notification"),
        ("paid", "failed", "paid", "notification"),
    ]


def test_a_repeat_writes_no_line(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    before = stage.facts(order)
    stage.notifies(attempt["reference"])
    assert stage.facts(order) == before
