"""The room of a row on one line: every column's value as JSON, and back, whatever database it came from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, LargeBinary, Table
from sqlalchemy.types import TypeEngine

from portal.db import Moment

Turn = Callable[[Any], Any]


class UnreadableRow(ValueError):
    """A line of a copy is no row of its table."""


def writer(table: Table) -> Callable[[Mapping[str, Any]], bytes]:
    """Return what writes a row (by column) as one line."""
    turns = {column.name: _to_json(column.type) for column in table.columns}

    def write(row: Mapping[str, Any]) -> bytes:
        said = {
            name: None if row[name] is None and turn is not _same else turn(row[name])
            for name, turn in turns.items()
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    return write


def reader(table: Table) -> Callable[[bytes], dict[str, Any]]:
    """Return what reads such a line; raises UnreadableRow where it is none of this table."""
    turns = {column.name: _from_json(column.type) for column in table.columns}

    def read(line: bytes) -> dict[str, Any]:
        try:
            said = json.loads(line)
            if set(said) != set(turns):
                raise UnreadableRow(
                    f"columns of {table.name} are {sorted(turns)}, the line has {sorted(said)}"
                )
            return {name: None if said[name] is None else turn(said[name]) for name, turn in turns.items()}
        except (TypeError, ValueError) as error:
            raise UnreadableRow(f"a line of {table.name} is no row: {error}") from error

    return read


def _same(value: Any) -> Any:
    return value


def _to_json(kind: TypeEngine[Any]) -> Turn:
    if isinstance(kind, Moment | Date):
        return _iso
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64encode(value).decode()
    return _same


def _from_json(kind: TypeEngine[Any]) -> Turn:
    if isinstance(kind, Moment):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, LargeBinary):
        return lambda value: base64.b64decode(value, validate=True)
    if isinstance(kind, JSON):
        return _same
    return _plain


def _iso(value: date) -> str:
    return value.isoformat()


def _plain(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise UnreadableRow(f"{type(value).__name__} is no plain value")
    return value
