"""Runs the numbered migrations with the application's own engine."""

from __future__ import annotations

from alembic import context
from flask import current_app

from portal.db import WRITING

target = current_app.extensions["migrate"].db

with target.engine.connect() as connection:
    # A migration writes; without the options a connection only reads.
    connection.execution_options(**WRITING)
    context.configure(
        connection=connection,
        target_metadata=target.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
