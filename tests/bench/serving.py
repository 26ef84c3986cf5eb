"""The room of what is measured: the portal as it is served, with two anchors beside it.

`app` is the portal plus `/bench/commit`: one raw INSERT and COMMIT behind the same hooks, logs and headers.
`hello` is Flask alone.
"""

from __future__ import annotations

from flask import Flask

from config import Settings
from portal.app import create_app
from portal.db import db

hello = Flask("hello")


@hello.get("/hello")
def _hello() -> str:
    return "hello"


def _commit() -> str:
    connection = db.engine.raw_connection()
    try:
        if db.engine.dialect.name == "postgresql":
            connection.dbapi_connection.read_only = False  # type: ignore[union-attr] # it is checked out
        cursor = connection.cursor()
        if db.engine.dialect.name == "sqlite":
            cursor.execute("PRAGMA query_only=OFF")
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO bench_anchor (body) VALUES ('a notification of about this length')")
        connection.commit()
        cursor.close()
    finally:
        connection.close()
    return "OK"


def create_bench_app() -> Flask:
    """Return the portal with its anchor."""
    app = create_app(Settings.from_env())
    app.add_url_rule("/bench/commit", view_func=_commit)
    return app
