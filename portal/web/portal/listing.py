"""The room of lists that are read on: from which row, and the address of the next page of the same search."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

CURSORS = ("older", "newer", "after")


def seen(name: str) -> str | None:
    """Return the row after which to read on; a text that cannot be one is none."""
    text = request.args.get(name, "")
    return text if text.isprintable() and text else None


def onward(**cursor: str) -> str:
    """Return the address of the next page: the same search, read on from the row named."""
    kept = {name: value for name, value in request.args.items() if name not in CURSORS and value}
    return f"{request.path}?{urlencode({**kept, **cursor})}"
