"""The room of putting a copy back: into an empty database of the same schema, wholly or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from portal import db as database
from portal.backup.taking import AT_ONCE, FORMAT, LINES, MANIFEST
from portal.backup.values import reader
from portal.db import db

LONGEST_LINE = 8 * 1024 * 1024
EVENTS = "events"
WRONG = (
    OSError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a file raises that is no copy, or no longer one."""


class NotRestorable(Exception):
    """The file is no whole copy, or the database is not one to put it into; the text says which and what to do."""


def restore(path: Path) -> dict[str, int]:
    """Put the copy at `path` into the database; return the number of rows by table.

    Nothing is kept of a copy of which one byte is wrong. Raises NotRestorable.
    """
    try:
        with zipfile.ZipFile(path) as copy:
            manifest = _manifest(copy)
            with database.writing() as tx:
                _require_empty(tx, manifest)
                rows = {table.name: _table(tx, copy, table, manifest) for table in db.metadata.sorted_tables}
                _go_on_counting(tx)
                return rows
    except WRONG as error:
        raise NotRestorable(f"{path} is no whole copy: {error}") from error


def _manifest(copy: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(copy.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise NotRestorable(f"this program reads copies of format {FORMAT}, not {manifest['format']}")
    return manifest


def _require_empty(tx: Connection, manifest: Mapping[str, Any]) -> None:
    present = tx.scalar(text("SELECT version_num FROM alembic_version"))
    if present != manifest["schema"]:
        wanted = manifest["schema"]
        raise NotRestorable(
            f"the copy has schema {wanted}, the database {present}: "
            f"restore with `flask db upgrade {wanted}` first, and upgrade afterwards"
        )
    if set(manifest["tables"]) != set(db.metadata.tables):
        raise NotRestorable("the copy has other tables than this program")
    for table in db.metadata.sorted_tables:
        if tx.execute(select(table).limit(1)).first() is not None:
            raise NotRestorable(f"the database is not empty: there are rows in {table.name}")


def _table(tx: Connection, copy: zipfile.ZipFile, table: Table, manifest: Mapping[str, Any]) -> int:
    read, digest, rows = reader(table), hashlib.sha256(), 0
    with copy.open(LINES.format(table.name)) as member:
        lines = iter(lambda: member.readline(LONGEST_LINE), b"")
        while part := list(islice(lines, AT_ONCE)):
            for line in part:
                digest.update(line)
            tx.execute(insert(table), [read(line) for line in part])
            rows += len(part)
    said = manifest["tables"][table.name]
    if (rows, digest.hexdigest()) != (said["rows"], said["sha256"]):
        raise NotRestorable(f"{table.name} was changed after the copy was taken, or lost a part")
    return rows


def _go_on_counting(tx: Connection) -> None:
    """Let new rows get numbers after the restored ones, and new events a turn after theirs.

    A turn is a transaction's number, and another server counts from elsewhere: the old events keep their order below
    every turn to come, so that a shop that reads on from where it was neither misses nor repeats any.
    """
    order = func.row_number().over(order_by=(text("turn"), text("id")))
    events = db.metadata.tables[EVENTS]
    count = select(func.count()).select_from(events).scalar_subquery()
    placed = select(events.c.id, (order - count).label("turn")).cte("placed")
    tx.execute(events.update().where(events.c.id == placed.c.id).values(turn=placed.c.turn))
    if tx.dialect.name != "postgresql":
        return
    for table in db.metadata.sorted_tables:
        if "id" in table.columns and table.columns["id"].autoincrement is not False:
            sequence = func.pg_get_serial_sequence(table.name, "id")
            last = select(func.max(table.c.id)).scalar_subquery()
            tx.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
