"""The door of the API's readable page, written from the OpenAPI document itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from portal.web.api.access import LARGEST_BODY
from portal.web.api.describing import PREFIX, Api
from portal.web.api.examples import examples
from portal.web.api.limits import PER_KEY
from portal.web.api.problems import KINDS
from portal.web.services import services

LIMITS = ("minimum", "maximum", "minLength", "maxLength", "maxProperties", "pattern", "format", "default")
METHODS = ("get", "post", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """One field or parameter, in words."""

    name: str
    kind: str
    required: bool
    text: str
    limits: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One call, in words."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Row]
    takes: str | None
    answers: list[tuple[str, str]]


def blueprint_for(api: Api) -> Blueprint:
    """Return the door that shows this API."""
    docs = Blueprint("api_docs", __name__)

    @docs.get("/api/docs")
    def read() -> str:
        document: dict[str, Any] = api.spec.to_dict()
        return render_template(
            "api/docs.html",
            base=services().settings.public_url,
            prefix=PREFIX,
            largest_body=LARGEST_BODY // 1024,
            limit=PER_KEY,
            operations=list(operations(document)),
            shapes={name: rows(shape) for name, shape in document["components"]["schemas"].items()},
            problems=KINDS,
            examples=examples(),
        )

    return docs


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Give every call of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            call = item[method]
            yield Operation(
                call["operationId"],
                method.upper(),
                path,
                call["summary"],
                call.get("description", ""),
                [
                    _parameter(_found(document, one))
                    for one in (*item.get("parameters", ()), *call.get("parameters", ()))
                ],
                _body_of(call.get("requestBody", {})),
                sorted(_answer(document, status, given) for status, given in call["responses"].items()),
            )


def rows(shape: Mapping[str, Any]) -> list[Row]:
    """Return the fields of one JSON object."""
    required = shape.get("required", ())
    return [_row(name, field, required=name in required) for name, field in shape["properties"].items()]


def _parameter(given: Mapping[str, Any]) -> Row:
    row = _row(given["name"], given["schema"], required=given.get("required", False))
    return Row(
        row.name, f"{row.kind}, in {given['in']}", row.required, given.get("description", ""), row.limits
    )


def _row(name: str, field: Mapping[str, Any], *, required: bool) -> Row:
    limits = {limit: field[limit] for limit in LIMITS if field.get(limit) not in (None, "", 0, {})}
    return Row(name, kind_of(field), required, field.get("description", ""), limits)


def kind_of(field: Mapping[str, Any]) -> str:
    """Return the field's type in words."""
    if "$ref" in field:
        return _name(field)
    if "anyOf" in field:
        return " or ".join(kind_of(one) for one in field["anyOf"])
    if "enum" in field:
        return " | ".join(f"“{value}”" for value in field["enum"])
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    said = " or ".join(kinds)
    return f"{said} of {kind_of(field['items'])}" if "items" in field else said


def _found(document: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference into the components stands for."""
    if "$ref" not in given:
        return given
    _, _, section, name = given["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][section][name]
    return found


def _answer(document: Mapping[str, Any], status: str, given: Mapping[str, Any]) -> tuple[str, str]:
    return status, _body_of(_found(document, given)) or ""


def _body_of(given: Mapping[str, Any]) -> str | None:
    """Return the name of the shape that a request or an answer holds."""
    for content in given.get("content", {}).values():
        return _name(content["schema"])
    return None


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[-1]
