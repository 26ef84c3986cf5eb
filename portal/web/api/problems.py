"""The room of API errors: RFC 9457 problem documents with a stable code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read."),
    401: ("unauthorized", "A valid API key is needed: Authorization: Bearer sk_…"),
    403: ("forbidden", "This key may not do that."),
    404: ("not_found", "There is no such thing for this key."),
    405: ("method_not_allowed", "This address does not take that method."),
    409: ("conflict", "The state of things does not allow it now."),
    412: ("precondition_failed", "What you assumed is no longer true."),
    413: ("too_large", "The request is too large."),
    415: ("unsupported_media_type", "Send application/json."),
    422: ("invalid", "Some fields are not right."),
    429: ("too_many_requests", "Too many requests: slow down."),
    500: ("internal_error", "Something failed on our side; nothing was lost. Try again."),
}


def problem(
    status: int,
    detail: str | None = None,
    *,
    code: str | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem document; `errors` names what is wrong by field."""
    known, title = TITLES.get(status, TITLES[500 if status >= 500 else 400])  # noqa: PLR2004
    document: dict[str, Any] = {
        "type": f"/api/docs#{code or known}",
        "title": title,
        "status": status,
        "code": code or known,
    }
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = {name: list(texts) for name, texts in errors.items()}
    response = Response(json.dumps(document, ensure_ascii=False), status, content_type="application/problem+json")
    response.headers.update(headers or {})
    return response
