"""The room of test databases: migrated once per process, then copied for every test that asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from tests.servers import PostgreSQL

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")

TEMPLATE = "template_cross"


@dataclass
class Databases:
    """Copies of a template of each kind, which is made when first asked for.

    `migrate` brings the empty database at a URL to the newest version; `server` gives the running PostgreSQL.
    """

    folder: Path
    server: Callable[[], PostgreSQL]
    migrate: Callable[[str], None]
    _made: set[Kind] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, kind: Kind) -> AbstractContextManager[str]:
        """Give the URL of a migrated database without rows that nobody else uses, during the body."""
        if kind not in self._made:
            self._make_template(kind)
            self._made.add(kind)
        name = f"copy_{next(self._numbers)}"
        return self._sqlite(name, TEMPLATE) if kind == "sqlite" else self._postgresql(name, TEMPLATE)

    def empty(self, kind: Kind) -> AbstractContextManager[str]:
        """Give the URL of a database without tables, during the body."""
        name = f"empty_{next(self._numbers)}"
        return self._sqlite(name, None) if kind == "sqlite" else self._postgresql(name, "template0")

    def _make_template(self, kind: Kind) -> None:
        if kind == "sqlite":
            self.migrate(f"sqlite:///{self._file(TEMPLATE)}")
            return
        self.server().do(f"CREATE DATABASE {TEMPLATE}")
        self.migrate(self.server().url(TEMPLATE))
        # A database can be copied only while nobody is connected to it.
        self.server().do(
            f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'",  # noqa: S608
        )

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    @contextmanager
    def _sqlite(self, name: str, template: str | None) -> Iterator[str]:
        if template:
            with (
                closing(sqlite3.connect(self._file(template))) as source,
                closing(sqlite3.connect(self._file(name))) as target,
            ):
                source.backup(target)
        yield f"sqlite:///{self._file(name)}"
        for leftover in self.folder.glob(f"{name}.db*"):
            leftover.unlink()

    @contextmanager
    def _postgresql(self, name: str, template: str) -> Iterator[str]:
        self.server().do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield self.server().url(name)
        self.server().do(f"DROP DATABASE {name} WITH (FORCE)")
