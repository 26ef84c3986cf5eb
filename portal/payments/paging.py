"""The room of long lists: read on from the row seen last, without OFFSET and count(*), which grow with the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select

PAGE = 25


@dataclass(frozen=True)
class Listed:
    """One page, newest first; `newer` and `older`: the public ids to read on from, where there is more."""

    rows: Sequence[RowMapping]
    newer: str | None = None
    older: str | None = None


def page(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    key: Any,
    *,
    older_than: Any = None,
    newer_than: Any = None,
) -> Listed:
    """Return a page of the query, which names `public_id`; `key` is the id it is read by.

    `older_than` or `newer_than` is the id of the row seen last, as a value or as SQL; one that is NULL begins no page.
    """
    if newer_than is not None:
        found = _some(connection, query.where(key > newer_than).order_by(key))
        rows, more = found[:PAGE][::-1], len(found) > PAGE
        return Listed(rows, newer=_first(rows) if more else None, older=_last(rows))
    if older_than is not None:
        query = query.where(key < older_than)
    found = _some(connection, query.order_by(key.desc()))
    rows, more = found[:PAGE], len(found) > PAGE
    return Listed(
        rows,
        newer=_first(rows) if older_than is not None else None,
        older=_last(rows) if more else None,
    )


def _some(connection: Connection, query: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
    return connection.execute(query.limit(PAGE + 1)).mappings().all()


def _first(rows: Sequence[RowMapping]) -> str | None:
    return rows[0]["public_id"] if rows else None


def _last(rows: Sequence[RowMapping]) -> str | None:
    return rows[-1]["public_id"] if rows else None
