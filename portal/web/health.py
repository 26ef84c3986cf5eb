"""The door for whoever watches the machine: is the process up, is the database there and migrated."""

from __future__ import annotations

from functools import cache

import structlog
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal import db

log = structlog.get_logger("health")
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> tuple[str, int]:
    """Say that the process answers."""
    return "ok\n", 200


@blueprint.get("/readyz")
def ready() -> tuple[str, int]:
    """Say whether the database answers and has every migration (503 where not)."""
    try:
        with db.reading() as connection:
            present = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        log.exception("database away")
        return "the database does not answer, or was never migrated: flask --app wsgi db upgrade\n", 503
    wanted = _newest(current_app.extensions["migrate"].directory)
    if present != wanted:
        return f"the database is at migration {present}, this program needs {wanted}\n", 503
    return "ok\n", 200


@cache
def _newest(directory: str) -> str | None:
    settings = Config()
    settings.set_main_option("script_location", directory)
    return ScriptDirectory.from_config(settings).get_current_head()
