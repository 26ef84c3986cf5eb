"""How a push operator's API reads and answers JSON, and the faults that may befall a reply."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from portal.sandbox.operators._handset_settings import AnyHandset
from portal.sandbox.recording import lose_reply
from portal.sandbox.settings import Section
from portal.sandbox.world import World

HIGHEST_DIGITS = 12


def received() -> Mapping[str, Any]:
    """Return the JSON object of the present request; empty where it is none."""
    try:
        body = request.get_json(force=True)
    except (HTTPException, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def text_of(body: Mapping[str, Any], *names: str) -> str:
    """Return the first of these fields that is there, as text; numbers are taken too."""
    value = next((body[name] for name in names if name in body), "")
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def francs_of(body: Mapping[str, Any], name: str) -> int:
    """Return a field as whole francs, written as a number or as digits; 0 where it is neither."""
    digits = text_of(body, name)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= HIGHEST_DIGITS else 0


def answer(
    world: World, section: Section[AnyHandset], operation: str, execute: Callable[[], Response]
) -> Response:
    """Execute the present request and answer it, unless a fault of the settings befalls this operation."""
    if operation not in section.now.fault_on:
        return execute()
    override, accepts = _override(section), section.now.next_reply_accepts
    response = override if override and not accepts else execute()
    world.sleep(section.now.reply_delay)
    if section.take("lose_next_replies"):
        lose_reply()
    return override or response


def as_json(values: Mapping[str, object], status: int = 200) -> Response:
    """Return a JSON answer."""
    response = jsonify(values)
    response.status_code = status
    return response


def _override(section: Section[AnyHandset]) -> Response | None:
    body, status = section.now.next_reply_body, section.now.next_reply_status
    if not body and status == 200:  # noqa: PLR2004 - the untouched default
        return None
    section.put({"next_reply_body": "", "next_reply_status": 200})
    kind = "text/html" if body.startswith("<") else "application/json"
    return Response(body, status, mimetype=kind)
