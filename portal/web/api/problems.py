"""The room of API errors: RFC 9457 problem documents with a stable code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its HTTP status, what it says in a sentence, and what the caller can do about it."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    "bad_request": Kind(400, "The request cannot be read.", "Compare it with the example of the call."),
    "empty_body": Kind(400, "The body is empty.", "Send a JSON object."),
    "invalid_utf8": Kind(400, "The body is not UTF-8.", "Encode the JSON in UTF-8."),
    "invalid_json": Kind(400, "The body is not JSON.", "Let a JSON library write it."),
    "duplicate_name": Kind(400, "A name occurs twice in one object.", "Say each field once."),
    "invalid_number": Kind(
        400, "A number is not finite.", "Leave out NaN, Infinity and what exceeds a double."
    ),
    "integer_too_long": Kind(400, "An integer has more than 18 digits.", "Send identifiers as text."),
    "too_deep": Kind(400, "The JSON is nested more than 20 levels deep.", "Flatten it."),
    "forbidden_character": Kind(
        400, "A text holds U+0000 or half a surrogate pair.", "Remove that character from the text."
    ),
    "idempotency_key_invalid": Kind(
        400,
        "The Idempotency-Key cannot be used.",
        "Send 1 to 255 printable ASCII characters, such as a UUID.",
    ),
    "unauthorized": Kind(
        401,
        "A valid API key is needed: Authorization: Bearer sk_…",
        "Check that the key is complete and was not revoked.",
    ),
    "forbidden": Kind(403, "This key may not do that.", "Use another key."),
    "missing_scope": Kind(403, "This key lacks the scope for that call.", "Make a key with that scope."),
    "not_live": Kind(
        403,
        "This store may not take real money yet.",
        "Use a test key until the store was approved for live payments.",
    ),
    "not_found": Kind(
        404,
        "There is no such thing for this key.",
        "A test key sees test orders only, and every key those of its own store.",
    ),
    "method_not_allowed": Kind(405, "This address does not take that method.", "See the list of calls."),
    "conflict": Kind(409, "The state of things does not allow it now.", "Look at the order again."),
    "undecided": Kind(
        409,
        "A payment of this order may still succeed.",
        "Wait for `order.payment_failed` or for the order's end, then try again.",
    ),
    "finished": Kind(409, "This order can no longer be cancelled.", "Its `status` says what became of it."),
    "nothing_to_refund": Kind(
        409,
        "Nothing of this order may be sent back.",
        "Nothing was paid, or all of it was sent back or is on its way: look at its refunds.",
    ),
    "refund_too_large": Kind(
        409,
        "That is more than may be sent back.",
        "`detail` and the order's `refund_amount_available` say how much may.",
    ),
    "several_payments": Kind(
        409,
        "The order was paid more than once, and no single payment covers that amount.",
        "Send back less at a time: a refund goes to the wallet of one payment.",
    ),
    "endpoint_off": Kind(
        409, "The endpoint is switched off.", "Enable it first: PATCH it with `enabled`: true."
    ),
    "too_many_endpoints": Kind(
        409, "The store has as many endpoints in this mode as it may have.", "Delete one that is not needed."
    ),
    "too_many_deliveries": Kind(
        409, "That would be more than 10 000 deliveries at once.", "Send again what is newer, or only_failed."
    ),
    "idempotency_key_in_flight": Kind(
        409,
        "The first call with this Idempotency-Key is still being answered.",
        "Wait a second, then repeat the call unchanged.",
    ),
    "idempotency_key_expired": Kind(
        409,
        "The first answer to this Idempotency-Key held a secret, and is no longer kept.",
        "The call was done, more than a day ago: look at what it made, or make a new secret.",
    ),
    "precondition_failed": Kind(412, "What you assumed is no longer true.", "Look at the order again."),
    "refund_amount_changed": Kind(
        412,
        "`refund_amount_available` is not what may be sent back now.",
        "Look at the order again, and decide anew.",
    ),
    "too_large": Kind(413, "The request is too large.", "Send at most 64 KB."),
    "unsupported_media_type": Kind(415, "Send application/json.", "Set Content-Type: application/json."),
    "invalid": Kind(422, "Some fields are not right.", "`errors` says what is wrong, by field."),
    "idempotency_key_reused": Kind(
        422,
        "This Idempotency-Key came with another body before.",
        "Use a new key for a new call; repeat a call with exactly the same body.",
    ),
    "too_many_requests": Kind(
        429, "Too many requests: slow down.", "Wait as long as Retry-After says, in seconds."
    ),
    "internal_error": Kind(
        500,
        "Something failed on our side; nothing was lost. Try again.",
        "Repeat the call with the same Idempotency-Key.",
    ),
}
"""Every code that the API answers. A code is for ever; new ones may come."""

USUAL: dict[int, str] = {kind.status: code for code, kind in reversed(KINDS.items())}
"""The code of a status where nothing more is known: the first that KINDS names."""


def problem(
    status: int,
    detail: str | None = None,
    *,
    code: str | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem document; `errors` names what is wrong by field."""
    code = code or USUAL.get(status) or USUAL[500 if status >= 500 else 400]  # noqa: PLR2004 - whose fault it is
    document: dict[str, Any] = {
        "type": f"/api/docs#{code}",
        "title": KINDS[code].title,
        "status": status,
        "code": code,
    }
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = {name: list(texts) for name, texts in errors.items()}
    response = Response(json.dumps(document, ensure_ascii=False), status, content_type=CONTENT_TYPE)
    response.headers.update(headers or {})
    return response
