"""The room of ids in addresses: how they look, said in the document, and refused before the database is asked."""

from __future__ import annotations

import re
from typing import Any

from flask import abort
from marshmallow import fields, validate

from portal.web.api.problems import problem


def in_path(name: str, prefix: str) -> dict[str, Any]:
    """Return what the document says of the address's part `name`, an id such as `ord_…`."""
    return {"in": "path", "name": name, "schema": {"type": "string", "pattern": _documented(prefix)}}


def in_query(prefix: str, **options: Any) -> fields.String:
    """Return a field for an id of that kind; what is none is refused (422)."""
    said = f"Send an id such as {prefix}_…"
    # `\Z`, because Python's `$` lets a line end pass; the document says it as ECMAScript does.
    return fields.String(
        validate=validate.Regexp(f"{_pattern(prefix)}\\Z", error=said),
        metadata=options.pop("metadata", {}) | {"pattern": _documented(prefix)},
        **options,
    )


def _documented(prefix: str) -> str:
    return f"^{_pattern(prefix)}$"


def require(prefix: str, public_id: str) -> None:
    """End with 404 where it is no id of that kind: then there is no such thing for anybody."""
    if not re.fullmatch(_pattern(prefix), public_id):
        abort(problem(404))


def _pattern(prefix: str) -> str:
    return f"{prefix}_[0-9a-z]{{20}}"
