"""What every test may ask for: databases of both kinds, Redis, settings, an application and its client."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import flask_migrate
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from config import Settings
from portal.app import create_app
from portal.db import db
from tests.databases import KINDS, Databases, Kind
from tests.servers import QUICK_FOLDER, PostgreSQL, postgresql, redis_server

# `ci` judges by what it finds, not by how busy the machine is; HYPOTHESIS_PROFILE=long is for a night.
hypothesis_settings.register_profile("ci", deadline=None, print_blob=True)
hypothesis_settings.register_profile("long", deadline=None, print_blob=True, max_examples=2_000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure() -> None:
    """Keep the tests' files where they are quick, in this process and in those that it starts."""
    os.environ["TMPDIR"] = tempfile.tempdir = QUICK_FOLDER


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest and cannot be shared out, so that nobody waits for it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


def settings_for(database_url: str, instance: Path, **changes: str) -> Settings:
    """Return settings of a portal under test; `changes` are environment variables."""
    return Settings.from_env(
        {
            "PORTAL_ENV": "test",
            "DATABASE_URL": database_url,
            "INSTANCE_PATH": str(instance),
            "PUBLIC_URL": "http://localhost",
            "SANDBOX_URL": "http://127.0.0.1:8001",
            "WEBHOOKS_ALLOW_PRIVATE": "1",
            "RATE_LIMITS": "0",
            **changes,
        }
    )


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """Give an application and close its connections afterwards."""
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


def migrate(database_url: str, instance: Path) -> None:
    """Bring the database to the newest version, as `flask db upgrade` does."""
    with running(settings_for(database_url, instance)) as app, app.app_context():
        flask_migrate.upgrade()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Databases of this test process; PostgreSQL starts when the first test wants one, or fails that test."""
    folder = tmp_path_factory.mktemp("databases")
    return Databases(
        folder=folder,
        server=lambda: request.getfixturevalue("postgresql_server"),
        migrate=lambda url: migrate(url, folder),
    )


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[Callable[[Kind], str]]:
    """Make migrated databases without rows: `fresh_database("postgresql")` is the URL of one."""
    with ExitStack() as made:
        yield lambda kind: made.enter_context(databases.fresh(kind))


@pytest.fixture(scope="session", params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> Kind:
    """Run the test once on SQLite and once on PostgreSQL."""
    kind: Kind = request.param
    return kind


@pytest.fixture
def database_url(database_kind: Kind, fresh_database: Callable[[Kind], str]) -> str:
    return fresh_database(database_kind)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with running(settings) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def redis_at() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def redis_url(redis_at: str) -> str:
    """Give the URL of a real Redis that holds nothing."""
    with closing(redis.Redis.from_url(redis_at)) as client:
        client.flushall()
    return redis_at


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as `shown`: counts and tables that a person wants to see, passed or not."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    shown = [
        (report.nodeid, value)
        for report in reports
        for name, value in report.user_properties
        if name == "shown"
    ]
    if shown:
        terminalreporter.section("what the tests show")
    for node, value in sorted(shown, key=lambda one: one[0]):
        kind = node.partition("[")[2].partition("]")[0]
        terminalreporter.write_line(f"{value}  ({kind})" if kind else str(value))
