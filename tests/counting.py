"""The room of exact counts: how many statements and commits a piece of work costs the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

OURS_TO_SAY = ("PRAGMA", "BEGIN")
"""What `portal.db` says to SQLite when a transaction begins; PostgreSQL's driver says it by itself."""
WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?! OF\b)")


@dataclass
class Seen:
    """What passed by; `texts` holds the statements in order."""

    texts: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def statements(self) -> int:
        return len(self.texts)

    @property
    def writes(self) -> list[str]:
        """Return the statements that change rows (`FOR UPDATE` does not)."""
        return [text for text in self.texts if WRITING.search(text.replace("FOR UPDATE", ""))]


@contextmanager
def counting(engine: Engine) -> Iterator[Seen]:
    """Count what the body does; a transaction that only reads is committed too, and counts."""
    seen = Seen()

    def on_statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith(OURS_TO_SAY):
            seen.texts.append(text)

    def on_commit(_connection: Any) -> None:
        seen.commits += 1

    event.listen(engine, "before_cursor_execute", on_statement)
    event.listen(engine, "commit", on_commit)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", on_statement)
        event.remove(engine, "commit", on_commit)
