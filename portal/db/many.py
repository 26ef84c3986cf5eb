"""The room of many rows at once: statements whose text does not grow with their number, so that each is prepared once.

On PostgreSQL the time of a statement of hundreds of values goes into taking its text apart; on SQLite one prepared
statement for each row costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Connection, any_, insert, literal


def among(connection: Connection, column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """Return SQL that says whether the column is one of the values."""
    if connection.dialect.name == "postgresql":
        found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
    else:
        found = column.in_(values)
    return found


def write_rows(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows, which name the same columns; None and what psycopg adapts by itself are the values."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    names = tuple(rows[0])
    with connection.connection.cursor() as cursor, cursor.copy(_copy(table, names)) as copy:  # type: ignore[attr-defined] # psycopg's
        for row in rows:
            copy.write_row([row[name] for name in names])


@lru_cache(maxsize=64)
def _copy(table: Any, names: tuple[str, ...]) -> str:
    columns = ", ".join(f'"{table.__mapper__.columns[name].name}"' for name in names)
    return f'COPY "{table.__tablename__}" ({columns}) FROM STDIN'
