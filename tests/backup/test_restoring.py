"""A copy brings everything back, on either database, and one that is not whole brings back nothing."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update

from portal import db
from portal.backup.restoring import NotRestorable, restore
from portal.backup.taking import AlreadyThere, take
from portal.db import db as database
from portal.domain.events import Paid
from portal.domain.money import Money
from portal.payments.models import JournalLine, Notification, Order
from portal.webhooks import catching_up
from portal.webhooks.models import Event
from tests import factories
from tests.conftest import running, settings_for
from tests.databases import KINDS, Kind
from tests.machines.stage import Stage
from tests.payments.sale import a_sale

FLIPS = 40
BOTH = pytest.mark.parametrize("into", KINDS)


@pytest.fixture
def lived(stage: Stage) -> Stage:
    """A store with payments, a refund, a forged notification with bytes that are no text, and a review item."""
    a_sale(stage, 500).request(300, reason="article abîmé, « très »")
    order = stage.order(amount=500, metadata={"panier": [1, {"é": None}]}, customer={"name": "Akofa"})
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"], address="203.0.113.66", extra="\x00\ufffd")
    stage.notifies(attempt["reference"])
    wrong = stage.order(amount=900)
    stage.notifies(stage.starts(wrong)["reference"])
    return stage


@pytest.fixture
def copy(lived: Stage, tmp_path: Path) -> Path:
    path = tmp_path / "copy.zip"
    with lived.app.app_context():
        rows = take(path)
    assert rows["orders"] >= 3
    assert rows["journal"] > 5
    return path


@pytest.fixture
def empty(fresh_database: Callable[[Kind], str], tmp_path: Path) -> Any:
    def made(kind: Kind) -> Any:
        return running(settings_for(fresh_database(kind), tmp_path))

    return made


def everything(app: Flask) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table; an event's turn is another server's number."""
    with app.app_context(), db.reading() as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "turn"}
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in database.metadata.sorted_tables
        }


def altered(copy: Path, member: str, change: Callable[[bytes], bytes | None]) -> Path:
    """Return a copy of the copy in which that member is changed, or left out."""
    path = copy.with_name("altered.zip")
    with zipfile.ZipFile(copy) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            changed = change(content) if name == member else content
            if changed is not None:
                after.writestr(name, changed)
    return path


@BOTH
def test_every_row_of_every_table_comes_back(lived: Stage, copy: Path, empty: Any, into: Kind) -> None:
    with empty(into) as app:
        with app.app_context():
            restore(copy)
        assert everything(app) == everything(lived.app)


@BOTH
def test_the_portal_goes_on_from_there(lived: Stage, copy: Path, empty: Any, into: Kind) -> None:
    with empty(into) as app:
        with app.app_context():
            restore(copy)
            merchant = lived.merchant
            made = factories.an_order(merchant)
            with db.reading() as connection:
                highest = connection.scalar(select(func.max(Order.id)).where(Order.id != made.id))
        assert made.id > highest
        with app.app_context():
            factories.an_attempt(made, lived.account, then=[Paid(Money(500), "P-after")])
        with app.app_context(), db.reading() as connection:
            assert connection.scalar(
                select(func.count()).select_from(JournalLine).where(JournalLine.order_id == made.id)
            )


@BOTH
def test_a_shop_reads_on_from_the_event_where_it_was(
    lived: Stage, copy: Path, empty: Any, into: Kind
) -> None:
    def told(app: Flask, after: str | None = None) -> list[str]:
        with app.app_context(), db.reading() as connection:
            found = catching_up.events(
                connection, merchant_id=lived.merchant.id, mode="test", after=after, most=100
            )
        return [one["public_id"] for one in found]

    before = told(lived.app)
    assert len(before) > 2
    with empty(into) as app:
        with app.app_context():
            restore(copy)
        assert told(app) == before
        with app.app_context():
            order = factories.an_order(lived.merchant)
            factories.an_attempt(order, lived.account, then=[Paid(Money(500), "P-after")])
        for place, last in enumerate(before):
            assert told(app, last)[: len(before) - place - 1] == before[place + 1 :]
        assert len(told(app, before[-1])) == 2
        with app.app_context(), db.reading() as connection:
            assert connection.scalar(select(func.max(Event.turn)).where(Event.public_id.in_(before))) == 0


def test_raw_notifications_come_back_byte_for_byte(lived: Stage, copy: Path, empty: Any) -> None:
    with lived.app.app_context(), db.writing() as tx:
        tx.execute(update(Notification).values(body=bytes(range(256))))
    second = copy.with_name("second.zip")
    with lived.app.app_context():
        take(second)
    with empty("sqlite") as app:
        with app.app_context():
            restore(second)
        assert everything(app)["notifications"] == everything(lived.app)["notifications"]
        assert everything(app)["notifications"][0]["body"] == bytes(range(256))


def test_what_is_committed_while_the_copy_is_taken_is_not_torn(lived: Stage, tmp_path: Path) -> None:
    """Somebody pays just after the orders were read: a later view of the journal would name a missing one."""
    with lived.app.app_context():
        before = {name: len(rows) for name, rows in everything(lived.app).items()}
        paid: list[str] = []

        def pays(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "FROM orders" in statement and not paid:
                paid.append(statement)
                order = factories.an_order(lived.merchant)
                factories.an_attempt(order, lived.account, then=[Paid(Money(500), "P-meanwhile")])

        event.listen(database.engine, "after_cursor_execute", pays)
        rows = take(tmp_path / "busy.zip")
        event.remove(database.engine, "after_cursor_execute", pays)
    assert paid
    assert rows == before


def test_a_copy_is_for_its_owner_alone_and_never_overwrites(lived: Stage, copy: Path) -> None:
    assert copy.stat().st_mode & 0o777 == 0o600
    before = copy.read_bytes()
    with lived.app.app_context(), pytest.raises(AlreadyThere):
        take(copy)
    assert copy.read_bytes() == before


def test_what_could_not_be_written_leaves_nothing_behind(lived: Stage, tmp_path: Path) -> None:
    with lived.app.app_context(), pytest.raises(OSError, match="No such file"):
        take(tmp_path / "nowhere" / "copy.zip")
    assert list(tmp_path.glob("**/*.zip*")) == []


BAD = {
    "a line was altered": (
        "tables/orders.jsonl",
        lambda content: content.replace(b'"amount":500', b'"amount":501', 1),
    ),
    "a line is missing": ("tables/journal.jsonl", lambda content: content.split(b"\n", 1)[1]),
    "a line is no JSON": ("tables/orders.jsonl", lambda content: b"{" + content),
    "a column is missing": (
        "tables/orders.jsonl",
        lambda content: content.replace(b'"source":', b'"sauce":', 1),
    ),
    "a table is missing": ("tables/refunds.jsonl", lambda _: None),
    "the list is missing": ("manifest.json", lambda _: None),
    "it is of another schema": (
        "manifest.json",
        lambda content: json.dumps(json.loads(content) | {"schema": "0001"}).encode(),
    ),
    "it is of a format to come": (
        "manifest.json",
        lambda content: json.dumps(json.loads(content) | {"format": 2}).encode(),
    ),
    "the list is no JSON": ("manifest.json", lambda _: b"["),
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_copy_that_is_not_whole_brings_back_nothing(copy: Path, empty: Any, wrong: str) -> None:
    with empty("postgresql") as app:
        with app.app_context(), pytest.raises(NotRestorable):
            restore(altered(copy, *BAD[wrong]))
        assert not any(everything(app).values())


@pytest.mark.parametrize("cut", [0, 10, -1, -30])
def test_half_a_file_brings_back_nothing(copy: Path, empty: Any, cut: int) -> None:
    half = copy.with_name("half.zip")
    half.write_bytes(copy.read_bytes()[:cut])
    with empty("sqlite") as app:
        with app.app_context(), pytest.raises(NotRestorable):
            restore(half)
        assert not any(everything(app).values())


def test_a_database_with_rows_is_left_alone(lived: Stage, copy: Path) -> None:
    before = everything(lived.app)
    with lived.app.app_context(), pytest.raises(NotRestorable, match="not empty"):
        restore(copy)
    assert everything(lived.app) == before


def test_whatever_byte_is_wrong_nothing_false_comes_back(lived: Stage, copy: Path, empty: Any) -> None:
    """Bytes of the ZIP's own that say nothing about rows may change; rows never do."""
    whole, chance = copy.read_bytes(), random.Random(7)  # noqa: S311 - the same places each time
    hurt, refused, tried = copy.with_name("hurt.zip"), 0, 0
    while tried < FLIPS:
        with empty("sqlite") as app:  # another one after each that came back
            came_back = False
            while tried < FLIPS and not came_back:
                tried += 1
                place = chance.randrange(len(whole))
                flipped = bytes([whole[place] ^ 1 << chance.randrange(8)])
                hurt.write_bytes(whole[:place] + flipped + whole[place + 1 :])
                try:
                    with app.app_context():
                        restore(hurt)
                    came_back = True
                except NotRestorable:
                    refused += 1
            assert (
                everything(app) == everything(lived.app) if came_back else not any(everything(app).values())
            )
    assert refused > FLIPS // 2
