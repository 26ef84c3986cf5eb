"""For whoever watches the machine: the process, and the database with all its migrations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from portal import db
from tests.conftest import running, settings_for
from tests.machines.stage import Stage


def test_a_process_that_answers_is_alive(stage: Stage) -> None:
    answer = stage.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_migrated_database_is_ready(stage: Stage) -> None:
    answer = stage.client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_database_of_another_version_is_not_ready(
    fresh_database: Callable[[str], str], database_kind: str, tmp_path: Path
) -> None:
    with running(settings_for(fresh_database(database_kind), tmp_path)) as app:
        with app.app_context(), db.writing() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("the database is at migration 0000, this program needs ")


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://cross@/none?host=/nowhere"])
def test_a_database_that_is_away_is_not_ready_and_the_process_is_alive(tmp_path: Path, url: str) -> None:
    with running(settings_for(url, tmp_path)) as app:
        assert app.test_client().get("/readyz").status_code == 503
        assert app.test_client().get("/healthz").status_code == 200
