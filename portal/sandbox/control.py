"""The developers' door: journal, ledger and settings, for this machine or the bearer of the token alone."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from portal.sandbox.settings import SettingsRefused
from portal.sandbox.world import World

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def blueprint(world: World) -> Blueprint:
    """Return `/journal`, `/ledger` and `/settings`; errors are RFC 9457 problem documents."""
    views = Blueprint("control", __name__)

    @views.before_request
    def guard() -> None:
        if not (_has_token(world.config.token) or _is_this_machine()):
            raise Forbidden("Only this machine, or the bearer of SANDBOX_TOKEN.")

    @views.get("/journal")
    def journal() -> Response:
        return jsonify(world.journal.entries(*_filters()))

    @views.get("/ledger")
    def ledger() -> Response:
        return jsonify(world.ledger.movements(*_filters()))

    @views.get("/settings")
    def settings() -> Response:
        return jsonify(world.settings.shown())

    @views.post("/settings")
    def change_settings() -> Response:
        world.settings.merge(_json_object())
        return jsonify(world.settings.shown())

    @views.errorhandler(SettingsRefused)
    def refused(problem: SettingsRefused) -> Response:
        return _problem(UnprocessableEntity("Nothing was changed."), errors=problem.errors)

    views.register_error_handler(HTTPException, _problem)
    return views


def _filters() -> tuple[str, str]:
    return request.args.get("operator", ""), request.args.get("reference", "")


def _json_object() -> dict[str, object]:
    if not request.is_json:
        raise UnsupportedMediaType("Send application/json.")
    try:
        given = request.get_json()
    except RecursionError as problem:
        raise BadRequest("Nested too deeply.") from problem
    if not isinstance(given, dict):
        raise BadRequest("Send a JSON object.")
    return given


def _problem(problem: HTTPException, **more: object) -> Response:
    response = jsonify(title=problem.name, status=problem.code, detail=problem.description, **more)
    response.status_code = problem.code or 500
    response.mimetype = "application/problem+json"
    return response


def _has_token(token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _is_this_machine() -> bool:
    # A proxy on this machine speaks for strangers; so does a local browser, where a DNS name was rebound.
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.remote_addr or "") and _names_loopback(request.host)


def _names_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name == "localhost" or _is_loopback(name.strip("[]"))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
