"""The room of accidents: the k-th thing that a step says to its database goes wrong, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal import db


class Crash(BaseException):
    """The process died there: no handler of ours sees it, as with a power cut."""


def broken() -> BaseException:
    """Return what no step can do anything about."""
    return RuntimeError("the disk is on fire")


def deadlock() -> BaseException:
    """Return what is worth one more try."""
    return OperationalError("…", {}, Exception("deadlock detected"))


Accident = Callable[[], BaseException]


@contextmanager
def accident(app: Flask, at: int, what: Accident) -> Iterator[None]:
    """Let `what` happen instead of the statement or commit number `at`, counted from 1; then all is well again."""
    said = 0

    def happens(*_: Any) -> None:
        nonlocal said
        said += 1
        if said == at:
            raise what()

    with app.app_context():
        engine = db.db.engine
    for moment in ("before_cursor_execute", "commit"):
        event.listen(engine, moment, happens)
    try:
        yield
    finally:
        for moment in ("before_cursor_execute", "commit"):
            event.remove(engine, moment, happens)
