"""The door of webhook endpoints for programs: where a shop wants to be told, with a secret that is shown once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, request
from sqlalchemy import RowMapping

from portal.merchants.keys import Key, Scope
from portal.payments.snapshot import timestamp
from portal.security.outbound import LONGEST, system_resolver
from portal.web.api import ids, lists
from portal.web.api.access import Caller, reads, writes
from portal.web.api.bodies import Unreadable, read_json
from portal.web.api.deliveries import DeliverySchema, shown_delivery
from portal.web.api.describing import IDEMPOTENCY_KEY, REPLAYED, ApiBlueprint
from portal.web.api.lists import list_of
from portal.web.api.problems import problem
from portal.web.api.schemas import NothingSchema, PageSchema
from portal.web.api.webhook_schemas import (
    EndpointChangesSchema,
    EndpointSchema,
    EndpointWithSecretSchema,
    NewEndpointSchema,
)
from portal.web.services import services
from portal.webhooks import deliveries, endpoints, pinging
from portal.webhooks.endpoints import Changes, NewEndpoint, SwitchedOff, TooMany
from portal.webhooks.kinds import Format
from portal.webhooks.outbox import CARRIED

PREFIX = "we"
OBJECTIONS = {
    "malformed": "This is no complete web address in ASCII.",
    "not_https": "It must begin with https:// (in test mode http:// is allowed as well).",
    "user_info": "It must not hold a user name or a password.",
    "unresolved": "Its host name has no address.",
    "private": "Its host is not on the public internet.",
}

webhooks = ApiBlueprint("webhook-endpoints", __name__, description="Where a shop wants to be told.")


def _check_url(key: Key) -> None:
    """Refuse (422) a URL that nothing may be sent to; what is no readable body is refused further on."""
    try:
        sent = read_json(request.get_data(cache=True))
    except Unreadable:
        return
    url = sent.get("url") if isinstance(sent, dict) else None
    if isinstance(url, str) and 0 < len(url) <= LONGEST:
        private = services().settings.webhooks_allow_private
        code = endpoints.objection(url, key.mode, allow_private=private, resolver=system_resolver)
        if code is not None:
            abort(problem(422, errors={"url": [OBJECTIONS[code]]}))


@webhooks.route("/webhook-endpoints", methods=["POST"])
@webhooks.doc(parameters=[IDEMPOTENCY_KEY], operationId="createWebhookEndpoint")
@webhooks.problems(400, 401, 403, 409, 413, 415, 422, 429)
@writes(Scope.WRITE, secret=True, first=_check_url)
@webhooks.arguments(NewEndpointSchema)
@webhooks.response(
    201,
    EndpointWithSecretSchema,
    headers={
        "Location": {"schema": {"type": "string"}, "description": "Where the endpoint is."},
        "Idempotent-Replayed": REPLAYED,
    },
)
def create(caller: Caller, wanted: Mapping[str, Any]) -> Response:
    """Make a webhook endpoint.

    Needs the scope `write`. The answer alone holds its `secret`.
    """
    key, at = caller.key, services()
    types = wanted.get("events")
    _require_carried(wanted["format"], types)
    new = NewEndpoint(
        merchant_id=key.merchant_id,
        mode=key.mode,
        url=wanted["url"],
        format=Format(wanted["format"]),
        types=types,
        description=wanted["description"],
    )
    try:
        made, secret = endpoints.create(caller.connection, at.clock, at.vault, new)
    except TooMany:
        abort(problem(409, code="too_many_endpoints"))
    response = _shown(_object(made) | {"secret": secret}, 201)
    response.headers["Location"] = f"/api/v1/webhook-endpoints/{made['public_id']}"
    return response


@webhooks.route("/webhook-endpoints", methods=["GET"])
@webhooks.doc(operationId="listWebhookEndpoints")
@webhooks.problems(401, 403, 422, 429)
@reads(Scope.READ)
@webhooks.arguments(PageSchema, location="query")
@webhooks.response(200, list_of(EndpointSchema))
def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
    """List webhook endpoints, newest first.

    Needs the scope `read`.
    """
    page, key = lists.wanted(caller, "webhook-endpoints", asked), caller.key
    found = endpoints.listed(
        caller.connection,
        services().clock,
        merchant_id=key.merchant_id,
        mode=key.mode,
        before=page.before,
        most=page.most,
    )
    return page.answer(found, _object)


@webhooks.route(
    "/webhook-endpoints/<endpoint_id>", methods=["GET"], parameters=[ids.in_path("endpoint_id", PREFIX)]
)
@webhooks.doc(operationId="getWebhookEndpoint")
@webhooks.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@webhooks.response(200, EndpointSchema)
def show(caller: Caller, endpoint_id: str) -> Response:
    """Look at a webhook endpoint.

    Needs the scope `read`.
    """
    found = endpoints.one(caller.connection, services().clock, **_own(caller, endpoint_id))
    return _shown(_object(_there(found)), 200)


@webhooks.route(
    "/webhook-endpoints/<endpoint_id>", methods=["PATCH"], parameters=[ids.in_path("endpoint_id", PREFIX)]
)
@webhooks.doc(operationId="updateWebhookEndpoint")
@webhooks.problems(400, 401, 403, 404, 413, 415, 422, 429)
@writes(Scope.WRITE, first=_check_url)
@webhooks.arguments(EndpointChangesSchema)
@webhooks.response(200, EndpointSchema)
def change(caller: Caller, wanted: Mapping[str, Any], endpoint_id: str) -> Response:
    """Change a webhook endpoint: only what is sent changes.

    Needs the scope `write`.
    """
    own, at = _own(caller, endpoint_id), services()
    found = _there(endpoints.one(caller.connection, at.clock, **own))
    changes: Changes = {}
    if "events" in wanted:
        _require_carried(found["format"], wanted["events"])
        changes["types"] = wanted["events"]
    if "url" in wanted:
        changes["url"] = wanted["url"]
    if "description" in wanted:
        changes["description"] = wanted["description"]
    if "enabled" in wanted:
        changes["enabled"] = wanted["enabled"]
    changed = endpoints.change(caller.connection, at.clock, **own, changes=changes)
    return _shown(_object(_there(changed)), 200)


@webhooks.route(
    "/webhook-endpoints/<endpoint_id>", methods=["DELETE"], parameters=[ids.in_path("endpoint_id", PREFIX)]
)
@webhooks.doc(operationId="deleteWebhookEndpoint")
@webhooks.problems(401, 403, 404, 413, 422, 429)
@writes(Scope.WRITE)
@webhooks.response(204)
def delete(caller: Caller, endpoint_id: str) -> Response:
    """Delete a webhook endpoint.

    Needs the scope `write`. What waits for it is given up; `GET /events` still tells it.
    """
    if not endpoints.delete(caller.connection, services().clock, **_own(caller, endpoint_id)):
        abort(problem(404))
    return Response(status=204)


@webhooks.route(
    "/webhook-endpoints/<endpoint_id>/rotate-secret",
    methods=["POST"],
    parameters=[ids.in_path("endpoint_id", PREFIX)],
)
@webhooks.doc(parameters=[IDEMPOTENCY_KEY], operationId="rotateWebhookSecret")
@webhooks.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@writes(Scope.WRITE, secret=True)
@webhooks.arguments(NothingSchema, required=False)
@webhooks.response(200, EndpointWithSecretSchema, headers={"Idempotent-Replayed": REPLAYED})
def rotate(caller: Caller, _nothing: Mapping[str, Any], endpoint_id: str) -> Response:
    """Give a webhook endpoint a new secret.

    Needs the scope `write`. For 24 hours deliveries bear two signatures: by the new secret and by the one before.
    """
    at = services()
    turned = endpoints.rotate_secret(caller.connection, at.clock, at.vault, **_own(caller, endpoint_id))
    if turned is None:
        abort(problem(404))
    row, secret = turned
    return _shown(_object(row) | {"secret": secret}, 200)


@webhooks.route(
    "/webhook-endpoints/<endpoint_id>/test",
    methods=["POST"],
    parameters=[ids.in_path("endpoint_id", PREFIX)],
)
@webhooks.doc(parameters=[IDEMPOTENCY_KEY], operationId="testWebhookEndpoint")
@webhooks.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@writes(Scope.WRITE)
@webhooks.arguments(NothingSchema, required=False)
@webhooks.response(202, DeliverySchema, headers={"Idempotent-Replayed": REPLAYED})
def test(caller: Caller, _nothing: Mapping[str, Any], endpoint_id: str) -> Response:
    """Send a webhook endpoint a `ping`.

    Needs the scope `write`. Look at the delivery a moment later to see what was answered.
    """
    own = _own(caller, endpoint_id)
    try:
        made = pinging.ping(caller.connection, services().clock, **own)
    except SwitchedOff:
        abort(problem(409, code="endpoint_off"))
    if made is None:
        abort(problem(404))
    found = deliveries.one(
        caller.connection, merchant_id=own["merchant_id"], mode=own["mode"], public_id=made
    )
    return _shown(shown_delivery(_there(found), ()), 202)


def _require_carried(form: str, types: list[str] | None) -> None:
    """Refuse (422) types that the format has no words for."""
    unsaid = sorted(set(types or ()) - CARRIED[form])
    if unsaid:
        abort(problem(422, errors={"events": [f"{form} does not carry {', '.join(unsaid)}."]}))


def _own(caller: Caller, endpoint_id: str) -> dict[str, Any]:
    ids.require(PREFIX, endpoint_id)
    return {"merchant_id": caller.key.merchant_id, "mode": caller.key.mode, "public_id": endpoint_id}


def _there(row: RowMapping | None) -> RowMapping:
    return row if row is not None else abort(problem(404))


def _object(row: Mapping[Any, Any]) -> dict[str, Any]:
    until = row["old_secret_until"]
    return {
        "id": row["public_id"],
        "object": "webhook_endpoint",
        "mode": row["mode"],
        "url": row["url"],
        "events": row["types"],
        "format": row["format"],
        "description": row["description"],
        "status": row["state"],
        "failing_since": timestamp(row["failing_since"]),
        "secret_rotates_until": timestamp(until) if until is not None and until > row["now"] else None,
        "created_at": timestamp(row["created_at"]),
    }


def _shown(found: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(found, ensure_ascii=False), status, content_type="application/json")
