"""The room of taking a copy: one moment of the database, however long the writing takes and whoever writes on."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, text

from portal.backup.values import writer
from portal.db import db

FORMAT = 1
AT_ONCE = 1_000
MANIFEST = "manifest.json"
LINES = "tables/{}.jsonl"


class AlreadyThere(FileExistsError):
    """A copy is never written over something else."""


def take(path: Path) -> dict[str, int]:
    """Write a copy of the whole database to `path`; return the number of rows by table.

    The file appears under its name when it is complete and on the disk, readable by its owner alone. Raises
    AlreadyThere, and OSError where it cannot be written.
    """
    if path.exists():
        raise AlreadyThere(f"{path} exists already; choose another name")
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,  # noqa: PTH123 - Path.open takes no descriptor
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy,
        ):
            rows = _everything(copy)
            copy.close()
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
    return rows


def _everything(copy: zipfile.ZipFile) -> dict[str, int]:
    # One snapshot for all tables: what is committed while we write is in the next copy.
    engine = db.engine
    alone = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**alone) as connection, connection.begin():
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
        tables = {table.name: _table(connection, copy, table) for table in db.metadata.sorted_tables}
    taken_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {"format": FORMAT, "schema": version, "taken_at": taken_at, "tables": tables}
    copy.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return {name: said["rows"] for name, said in tables.items()}


def _table(connection: Connection, copy: zipfile.ZipFile, table: Table) -> dict[str, Any]:
    write, digest, rows = writer(table), hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    with copy.open(LINES.format(table.name), "w", force_zip64=True) as member:
        found = connection.execution_options(yield_per=AT_ONCE).execute(query).mappings()
        for part in found.partitions(AT_ONCE):
            lines = b"".join(write({key: row[key] for key in row}) for row in part)
            digest.update(lines)
            member.write(lines)
            rows += len(part)
    return {"rows": rows, "sha256": digest.hexdigest()}
