"""The door of webhook deliveries for programs: what was sent, what was answered, and to send it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, abort
from marshmallow import fields, validate
from sqlalchemy import RowMapping

from portal.merchants.keys import Scope
from portal.payments.snapshot import timestamp
from portal.web.api import ids, lists
from portal.web.api.access import Caller, reads, writes
from portal.web.api.describing import IDEMPOTENCY_KEY, REPLAYED, ApiBlueprint
from portal.web.api.fields import MISSING, Instant, YesNo
from portal.web.api.lists import list_of
from portal.web.api.problems import problem
from portal.web.api.schemas import Answered, NothingSchema, PageSchema, Taken, maybe, moment, one_of, said
from portal.web.services import services
from portal.webhooks import deliveries as sent
from portal.webhooks.deliveries import Filters, TooManyAtOnce
from portal.webhooks.endpoints import SwitchedOff
from portal.webhooks.kinds import DeliveryStatus, EventType

PREFIX, ENDPOINT = "dlv", "we"

deliveries = ApiBlueprint("webhook-deliveries", __name__, description="What was sent to a shop.")


class DeliveryFilterSchema(PageSchema):
    """Which deliveries are wanted, newest first."""

    endpoint = ids.in_query(ENDPOINT, **said("To that endpoint only."))
    status = fields.String(
        validate=validate.OneOf(list(DeliveryStatus), error="There is no such status."),
        **said("In that status only."),
    )
    type = fields.String(
        validate=validate.OneOf(list(EventType), error="There is no such type."),
        **said("Of events of that type only."),
    )


class RedeliveriesSchema(Taken):
    """What is to be sent again."""

    since = Instant(
        required=True,
        error_messages={"required": MISSING},
        **said("What came up at that moment or later.", format="date-time"),
    )
    only_failed = YesNo(load_default=False, **said("true: only what the endpoint has not taken."))


class RedeliveredSchema(Answered):
    """What is being sent again."""

    object = one_of(["webhook_redelivery"])
    endpoint_id = fields.String(required=True, **said("`we_…`"))
    deliveries = fields.Integer(required=True, **said("How many there are."))


class TrySchema(Answered):
    """One try to deliver."""

    at = moment("When it began.")
    status = fields.Integer(required=True, allow_none=True, **said("The HTTP status; null: no answer."))
    error = fields.String(required=True, allow_none=True, **said("Why there was no answer, or null."))
    milliseconds = fields.Integer(required=True, **said("How long it took."))
    answer = fields.String(required=True, **said("The first 2 KB of what was answered."))


class DeliverySchema(Answered):
    """One event on its way to one endpoint. More fields may come."""

    id = fields.String(required=True, **said("`dlv_…`"))
    object = one_of(["webhook_delivery"])
    event_id = fields.String(required=True, **said("`evt_…`, the `webhook-id`."))
    event_type = one_of(EventType)
    endpoint_id = fields.String(required=True, **said("`we_…`"))
    status = one_of(DeliveryStatus, **said("`failed`: no more tries by itself."))
    tries = fields.Integer(required=True, **said("Failed or not, in the present round."))
    next_try_at = maybe("When it is tried next, or null.")
    created_at = moment("When it was made.")
    delivered_at = maybe("When it was taken, or null.")
    attempts = fields.List(
        fields.Nested(TrySchema), required=True, **said("Oldest first; empty in lists: ask for the delivery.")
    )


@deliveries.route("/webhook-deliveries", methods=["GET"])
@deliveries.doc(operationId="listWebhookDeliveries")
@deliveries.problems(401, 403, 422, 429)
@reads(Scope.READ)
@deliveries.arguments(DeliveryFilterSchema, location="query")
@deliveries.response(200, list_of(DeliverySchema))
def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
    """List deliveries, newest first.

    Needs the scope `read`.
    """
    page, key = lists.wanted(caller, "webhook-deliveries", asked), caller.key
    filters = Filters(endpoint=asked.get("endpoint"), status=asked.get("status"), type=asked.get("type"))
    found = sent.listed(
        caller.connection,
        merchant_id=key.merchant_id,
        mode=key.mode,
        filters=filters,
        before=page.before,
        most=page.most,
    )
    return page.answer(found, lambda row: shown_delivery(row, ()))


@deliveries.route(
    "/webhook-deliveries/<delivery_id>", methods=["GET"], parameters=[ids.in_path("delivery_id", PREFIX)]
)
@deliveries.doc(operationId="getWebhookDelivery")
@deliveries.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@deliveries.response(200, DeliverySchema)
def show(caller: Caller, delivery_id: str) -> Response:
    """Look at a delivery and its tries.

    Needs the scope `read`.
    """
    return _shown(caller, _own(caller, delivery_id), 200)


@deliveries.route(
    "/webhook-deliveries/<delivery_id>/redeliver",
    methods=["POST"],
    parameters=[ids.in_path("delivery_id", PREFIX)],
)
@deliveries.doc(parameters=[IDEMPOTENCY_KEY], operationId="redeliverWebhook")
@deliveries.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@writes(Scope.WRITE)
@deliveries.arguments(NothingSchema, required=False)
@deliveries.response(202, DeliverySchema, headers={"Idempotent-Replayed": REPLAYED})
def redeliver(caller: Caller, _nothing: Mapping[str, Any], delivery_id: str) -> Response:
    """Send a delivery again, from its first try on.

    Needs the scope `write`. The `webhook-id` stays the same.
    """
    own = _own(caller, delivery_id)
    try:
        known = sent.redeliver(caller.connection, services().clock, **own)
    except SwitchedOff:
        abort(problem(409, code="endpoint_off"))
    if not known:
        abort(problem(404))
    return _shown(caller, own, 202)


@deliveries.route(
    "/webhook-endpoints/<endpoint_id>/redeliver",
    methods=["POST"],
    parameters=[ids.in_path("endpoint_id", ENDPOINT)],
)
@deliveries.doc(parameters=[IDEMPOTENCY_KEY], operationId="redeliverWebhooks")
@deliveries.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@writes(Scope.WRITE)
@deliveries.arguments(RedeliveriesSchema)
@deliveries.response(202, RedeliveredSchema, headers={"Idempotent-Replayed": REPLAYED})
def redeliver_all(caller: Caller, wanted: Mapping[str, Any], endpoint_id: str) -> Response:
    """Send a webhook endpoint again all that came up for it since a moment.

    Needs the scope `write`. Every `webhook-id` stays the same.
    """
    ids.require(ENDPOINT, endpoint_id)
    try:
        number = sent.redeliver_all(
            caller.connection,
            services().clock,
            merchant_id=caller.key.merchant_id,
            mode=caller.key.mode,
            endpoint=endpoint_id,
            since=wanted["since"],
            missed_alone=wanted["only_failed"],
        )
    except SwitchedOff:
        abort(problem(409, code="endpoint_off"))
    except TooManyAtOnce:
        abort(problem(409, code="too_many_deliveries"))
    if number is None:
        abort(problem(404))
    found = {"object": "webhook_redelivery", "endpoint_id": endpoint_id, "deliveries": number}
    return Response(json.dumps(found), 202, content_type="application/json")


def _own(caller: Caller, delivery_id: str) -> dict[str, Any]:
    ids.require(PREFIX, delivery_id)
    return {"merchant_id": caller.key.merchant_id, "mode": caller.key.mode, "public_id": delivery_id}


def _shown(caller: Caller, own: Mapping[str, Any], status: int) -> Response:
    row = sent.one(caller.connection, **own)
    if row is None:
        abort(problem(404))
    found = shown_delivery(row, sent.tries(caller.connection, row["id"]))
    return Response(json.dumps(found, ensure_ascii=False), status, content_type="application/json")


def shown_delivery(row: RowMapping, tries: Iterable[RowMapping]) -> dict[str, Any]:
    """Return a delivery as programs see it."""
    return {
        "id": row["public_id"],
        "object": "webhook_delivery",
        "event_id": row["event_public_id"],
        "event_type": row["event_type"],
        "endpoint_id": row["endpoint_public_id"],
        "status": row["status"],
        "tries": row["tries"],
        "next_try_at": timestamp(sent.next_try_at(row)),
        "created_at": timestamp(row["created_at"]),
        "delivered_at": timestamp(row["delivered_at"]),
        "attempts": [
            {
                "at": timestamp(one["at"]),
                "status": one["status"],
                "error": one["error"],
                "milliseconds": one["milliseconds"],
                "answer": sent.readable(one["answer"]),
            }
            for one in tries
        ],
    }
