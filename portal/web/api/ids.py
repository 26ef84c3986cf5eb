"""The room of ids in addresses: how they look, said in the document, and refused before the database is asked."""

from __future__ import annotations

import re
from typing import Any

from flask import abort

from portal.web.api.problems import problem


def in_path(name: str, prefix: str) -> dict[str, Any]:
    """Return what the document says of the address's part `name`, an id such as `ord_…`."""
    return {"in": "path", "name": name, "schema": {"type": "string", "pattern": pattern(prefix)}}


def pattern(prefix: str) -> str:
    """Return how ids of that kind look, for the document."""
    return f"^{_pattern(prefix)}$"


def require(prefix: str, public_id: str) -> None:
    """End with 404 where it is no id of that kind: then there is no such thing for anybody."""
    if not re.fullmatch(_pattern(prefix), public_id):
        abort(problem(404))


def _pattern(prefix: str) -> str:
    return f"{prefix}_[0-9a-z]{{20}}"
