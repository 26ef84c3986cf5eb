"""The room of arguments: a call's body, checked against its schema, or the problem document that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request, abort
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from portal.web.api.bodies import FORBIDDEN, Unreadable, read_json
from portal.web.api.problems import problem
from portal.web.api.schemas import NothingSchema

WHOLE = "body"
"""How `errors` calls what concerns no field."""


class StrictParser(FlaskParser):
    """Reads JSON by the rules of `bodies`, and answers in problem documents.

    As it comes, the library takes duplicate names and U+0000, answers 422 to another content type and 500 to
    an integer of 5000 digits or to deep nesting.
    """

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}  # noqa: RUF012 - webargs reads it so
    """What a schema says of unknown fields holds wherever they stand."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body's value."""
        body = req.get_data(cache=True)
        if not body and isinstance(schema, NothingSchema):
            return {}
        if req.mimetype != "application/json" and (body or req.mimetype):
            abort(problem(415))
        try:
            return read_json(body)
        except Unreadable as unreadable:
            abort(problem(400, str(unreadable), code=unreadable.code))

    def load_querystring(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002 - webargs' signature
        """Return the address's parameters; 422 where one is sent twice, or holds what no text may hold."""
        errors = {
            FORBIDDEN.sub("\ufffd", name): ["Send it once."]
            if len(values) > 1
            else ["A text holds U+0000 or half a surrogate pair."]
            for name, values in req.args.lists()
            if len(values) > 1 or FORBIDDEN.search(name + values[0])
        }
        if errors:
            abort(problem(422, errors=errors))
        return req.args.to_dict()

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002 - webargs' signature
        schema: Schema,  # noqa: ARG002
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Mapping[str, str] | None,  # noqa: ARG002
    ) -> NoReturn:
        """Answer 422 with what is wrong, by field."""
        [messages] = error.messages_dict.values()  # by where they stood: body or address
        abort(problem(422, errors=by_field(messages)))


def by_field(messages: Any, field: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages flat: `{"customer.phone": ["…"]}`."""
    if not isinstance(messages, Mapping):
        return {field or WHOLE: list(messages)}
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        part = "" if name == "_schema" else str(name)
        found |= by_field(inner, ".".join(filter(None, (field, part))))
    return found
