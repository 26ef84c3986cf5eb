"""The database's manners: readers cannot write, writers take turns, a step is one commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.merchants.models import Merchant, User
from tests.conftest import running, settings_for
from tests.counting import counting
from tests.databases import Databases, Kind
from tests.factories import a_merchant

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(
    databases: Databases, database_kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("db")
    with databases.fresh(database_kind) as url, running(settings_for(url, folder)) as app:
        yield app


@pytest.fixture
def app(house: Flask) -> Iterator[Flask]:
    with house.app_context():
        yield house


def a_user(email: str) -> dict[str, object]:
    return {
        "email": email,
        "password_hash": "x",
        "language": "fr",
        "session_version": 1,
        "created_at": NOON,
    }


def known(email: str) -> bool:
    with db.reading() as connection:
        return connection.scalar(select(User.id).where(User.email == email)) is not None


@pytest.mark.parametrize(
    "write",
    [
        insert(User).values(a_user("reader@shop.example")),
        update(Merchant).values(name="x"),
        delete(Merchant),
        text("CREATE TABLE mine (id INTEGER)"),
        text("DROP TABLE journal"),
    ],
    ids=["insert", "update", "delete", "create", "drop"],
)
def test_a_reader_cannot_write(app: Flask, write: object) -> None:
    store = a_merchant()
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), db.reading() as connection:
        connection.execute(write)  # type: ignore[call-overload]
    with db.reading() as connection:
        assert connection.scalar(select(Merchant.name).where(Merchant.id == store.id)) == store.name


def test_a_reader_that_comes_after_a_writer_cannot_write_either(app: Flask) -> None:
    a_merchant()
    for _ in range(5):  # whichever connection of the pool it is given
        with pytest.raises(DBAPIError), db.reading() as connection:
            connection.execute(update(Merchant).values(name="x"))
        a_merchant()


def test_a_step_is_one_commit(app: Flask) -> None:
    with counting(db.db.engine) as seen, db.writing() as tx:
        tx.execute(insert(User).values(a_user("one@shop.example")))
        tx.execute(insert(User).values(a_user("two@shop.example")))
    assert (seen.commits, len(seen.writes)) == (1, 2)


def test_an_exception_takes_the_whole_step_back(app: Flask) -> None:
    def half() -> None:
        with db.writing() as tx:
            tx.execute(insert(User).values(a_user("half@shop.example")))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert not known("half@shop.example")
    a_merchant()  # and the next one goes on


def test_a_step_inside_a_step_is_a_mistake_that_is_said(app: Flask) -> None:
    with db.writing(), pytest.raises(RuntimeError, match="already open"), db.writing():
        pass
    a_merchant()


def test_writers_take_turns_and_lose_nothing(app: Flask) -> None:
    store = a_merchant(name="0")

    def one_more(_number: int) -> None:
        with app.app_context(), db.writing() as tx:
            row = tx.execute(select(Merchant.name).where(Merchant.id == store.id).with_for_update()).one()
            tx.execute(update(Merchant).where(Merchant.id == store.id).values(name=str(int(row.name) + 1)))

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(one_more, range(40)))
    with db.reading() as connection:
        assert connection.scalar(select(Merchant.name).where(Merchant.id == store.id)) == "40"


def test_a_reader_never_waits_for_a_writer(app: Flask) -> None:
    store = a_merchant()
    names: list[str | None] = []

    def read() -> None:
        with app.app_context(), db.reading() as connection:
            names.append(connection.scalar(select(Merchant.name).where(Merchant.id == store.id)))

    with db.writing() as tx:
        tx.execute(update(Merchant).where(Merchant.id == store.id).values(name="later"))
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(5)
        assert names == [store.name]


@pytest.mark.parametrize("error", [OperationalError, IntegrityError])
def test_a_deadlock_or_a_lost_race_repeats_the_step_once(app: Flask, error: type[DBAPIError]) -> None:
    left = [error("", {}, Exception())]

    def step() -> str:
        if left:
            raise left.pop()
        return "done"

    assert db.repeated_once(step) == "done"


def test_what_fails_twice_is_said(app: Flask) -> None:
    def step() -> None:
        raise OperationalError("", {}, Exception())

    with pytest.raises(OperationalError):
        db.repeated_once(step)


def test_what_exists_nowhere_else_is_tried_until_the_database_is_back(app: Flask) -> None:
    fails = [OperationalError("", {}, Exception("away"))] * 3

    def step() -> str:
        if fails:
            raise fails.pop()
        return "kept"

    assert db.insisted(step) == "kept"


def test_half_a_minute_is_waited_for_the_database_and_no_more() -> None:
    assert 30 <= sum(db.AWAY_SECONDS) <= 60


def test_what_is_written_together_is_one_statement_where_the_database_can(
    app: Flask, database_kind: Kind
) -> None:
    writes = [Write(User, a_user(f"{name}@together.example")) for name in "abc"]
    with counting(db.db.engine) as seen, db.writing() as tx:
        db.write_together(tx, writes)
    assert len(seen.writes) == (1 if database_kind == "postgresql" else 3)
    assert all(known(f"{name}@together.example") for name in "abc")


def test_rows_written_together_get_their_ids_in_the_order_given(app: Flask) -> None:
    emails = [f"{number:02}@ordered.example" for number in range(20)]
    with db.writing() as tx:
        db.write_together(tx, [Write(User, a_user(email)) for email in emails])
    with db.reading() as connection:
        query = select(User.email).where(User.email.like("%@ordered.example")).order_by(User.id)
        assert list(connection.scalars(query)) == emails


def test_a_moment_without_a_time_zone_is_refused(app: Flask) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(StatementError, match="time zone"), db.writing() as tx:
        tx.execute(insert(User).values(a_user("naive@shop.example") | {"created_at": naive}))


def test_a_moment_comes_back_in_utc_whatever_its_zone_was(app: Flask) -> None:
    told = NOON.astimezone(timezone(timedelta(hours=5, minutes=30))) + timedelta(microseconds=7)
    with db.writing() as tx:
        tx.execute(insert(User).values(a_user("zone@shop.example") | {"created_at": told}))
    with db.reading() as connection:
        kept = connection.scalar(select(User.created_at).where(User.email == "zone@shop.example"))
    assert kept == told
    assert kept is not None
    assert kept.tzinfo is UTC


def test_the_databases_own_clock_tells_the_time_unless_one_is_pinned(app: Flask) -> None:
    with db.reading() as connection:
        assert db.moment(connection, Clock(NOON)) == NOON
        assert abs(db.moment(connection, Clock()) - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_databases_clock_can_be_compared_with_what_was_stored(app: Flask) -> None:
    past = datetime.now(UTC) - timedelta(milliseconds=500)
    with db.writing() as tx:
        tx.execute(insert(User).values(a_user("past@shop.example") | {"created_at": past}))
        tx.execute(
            insert(User).values(a_user("soon@shop.example") | {"created_at": past + timedelta(hours=1)})
        )
    due = select(User.email).where(User.email.like("%@shop.example"), User.created_at <= db.now(Clock()))
    with db.reading() as connection:
        emails = set(connection.scalars(due))
    assert "past@shop.example" in emails
    assert "soon@shop.example" not in emails


def test_sqlite_is_taught_its_manners(fresh_database: Callable[[Kind], str], tmp_path: Path) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "busy_timeout": 10_000,
    }
    with (
        running(settings_for(fresh_database("sqlite"), tmp_path)) as app,
        app.app_context(),
        db.reading() as it,
    ):
        assert {name: it.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted
