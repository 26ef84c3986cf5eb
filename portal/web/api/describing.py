"""The room of the OpenAPI document: what every call shares, and how it differs from the library's habits."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask_smorest.utils import prepare_response

from config import Settings
from portal.web.api.fields import LONGEST_NAME, Metadata
from portal.web.api.parsing import StrictParser
from portal.web.api.problems import CONTENT_TYPE, USUAL
from portal.web.api.schemas import ProblemSchema

PREFIX = "/api/v1"
IDEMPOTENCY_KEY = "IdempotencyKey"
REPLAYED = {
    "schema": {"type": "string", "const": "true"},
    "description": "Present where this is the first answer to the same call, given again.",
}
HEADERS = {
    401: {"WWW-Authenticate": "How to present a key."},
    409: {"Retry-After": "Seconds to wait, where waiting helps."},
    429: {"Retry-After": "Seconds to wait."},
}
NAMES = {"minLength": 1, "maxLength": LONGEST_NAME}
OPTIONS = {
    "API_TITLE": "Cross",
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
}

F = TypeVar("F", bound=Callable[..., Any])


class Api(flask_smorest.Api):
    """Describes the calls; errors are answered by the portal's own room of errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to `portal.web.errors`."""

    def _register_pagination_header(self) -> None:
        """Describe no header that we do not send."""

    def _register_responses(self) -> None:
        """Describe every problem as what it is."""
        for status in USUAL:
            response: dict[str, Any] = {
                "description": HTTPStatus(status).phrase,
                "schema": self.ERROR_SCHEMA,
                "headers": {
                    name: {"schema": {"type": "string"}, "description": text}
                    for name, text in HEADERS.get(status, {}).items()
                },
            }
            prepare_response(response, self.spec, CONTENT_TYPE)
            self.spec.components.response(HTTPStatus(status).name, response, lazy=True)


class ApiBlueprint(flask_smorest.Blueprint):
    """A door of the API: its arguments are read strictly, its problems are told in the document."""

    ARGUMENTS_PARSER = StrictParser()

    def problems(self, *statuses: int) -> Callable[[F], F]:
        """Document that the call may answer these problems."""

        def decorate(view: F) -> F:
            for status in statuses:
                view = self.alt_response(status, HTTPStatus(status).name)(view)
            return view

        return decorate


def described(settings: Settings) -> dict[str, Any]:
    """Return what the document says beside the calls."""
    return {
        "info": {
            "description": f"The portal's REST API. Explained for people at {settings.public_url}/api/docs"
        },
        "servers": [{"url": settings.public_url}],
        "security": [{"apiKey": []}],
    }


def _names(_converter: object, field: object, **_context: object) -> dict[str, Any]:
    """Return what the document says of the names in an object of the shop's own."""
    return {"propertyNames": NAMES} if isinstance(field, Metadata) else {}


def add_shared_parts(api: Api) -> None:
    """Describe how to present a key, how to repeat a call, and how a shop may name its notes."""
    api.ma_plugin.converter.add_attribute_function(_names)
    components = api.spec.components
    components.security_scheme(
        "apiKey",
        {
            "type": "http",
            "scheme": "bearer",
            "description": "`sk_test_…` or `sk_live_…`: the key decides store and mode.",
        },
    )
    components.parameter(
        IDEMPOTENCY_KEY,
        "header",
        {
            "name": "Idempotency-Key",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
            "description": "Any text of yours, new for each call. The same key with the same body gets the first "
            "answer again; with another body 422.",
        },
    )
