"""Migrations are numbered, and together they make exactly the tables that the models describe."""

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect

from config import ROOT
from portal.db import db
from tests.databases import Kind


def test_they_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:5] for path in sorted((ROOT / "migrations" / "versions").glob("*.py"))]
    assert numbers == [f"{number:04}_" for number in range(1, len(numbers) + 1)]
    assert numbers


def test_each_follows_the_one_before() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    chain = [script.path.rpartition("/")[2] for script in scripts.walk_revisions()]
    assert chain == sorted(chain, reverse=True)


def test_an_empty_database_becomes_what_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_a_fresh_database_has_no_rows(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        tables = {table.name: table for table in db.metadata.sorted_tables}
        assert set(tables) <= set(inspect(connection).get_table_names())
        filled = [
            name for name, table in tables.items() if connection.execute(table.select().limit(1)).first()
        ]
    assert filled == []


def test_two_fresh_databases_are_two(fresh_database: Callable[[Kind], str], database_kind: Kind) -> None:
    assert fresh_database(database_kind) != fresh_database(database_kind)
