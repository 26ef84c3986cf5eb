"""The room of new keys: seals again, with the newest of CREDENTIAL_KEYS, whatever an older one sealed.

The portal works on meanwhile: it opens with any of the keys, and what it seals at the same moment is never overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, and_, select, update

from portal import db
from portal.db import db as database
from portal.security.vault import Vault

PREFIX = "sealed_"
"""How the name of every column begins that holds a seal, but for those whose rows say so (`sealed` beside `body`)."""
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many seals there were, and how many of them are by the newest key since now."""

    seen: int
    renewed: int


def reseal(vault: Vault) -> Resealed:
    """Seal everything again by the newest key. Done twice it changes nothing more.

    Raises VaultError at the first seal that no key opens; what was done until then stays done.
    """
    seen = renewed = 0
    for table, column, which in _places():
        last = 0
        while rows := _next(table, column, which, last):
            changes = [(row_id, seal, vault.renewed(seal)) for row_id, seal in rows]
            fresh = [one for one in changes if one[1] != one[2]]
            if fresh:
                _write(table, column, fresh)
            seen, renewed, last = seen + len(rows), renewed + len(fresh), rows[-1][0]
    return Resealed(seen, renewed)


def _places() -> Iterator[tuple[Table, Column[str], ColumnElement[bool]]]:
    for table in database.metadata.sorted_tables:
        for column in table.columns:
            if column.name.startswith(PREFIX):
                yield table, column, column.is_not(None)
        if {"sealed", "body"} <= set(table.columns.keys()):
            yield table, table.c.body, and_(table.c.sealed, table.c.body != "")


def _next(
    table: Table, column: Column[str], which: ColumnElement[bool], last: int
) -> Sequence[tuple[int, str]]:
    query = select(table.c.id, column).where(which, table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
    with db.reading() as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def _write(table: Table, column: Column[str], changes: Sequence[tuple[int, str, str]]) -> None:
    with db.writing() as tx:
        for row_id, before, after in changes:
            # Only if it is still the seal that was read: the portal may have sealed something new meanwhile.
            tx.execute(update(table).where(table.c.id == row_id, column == before).values({column: after}))
