"""The door of refunds for programs: ask for money of an order to be sent back, look at what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Response, abort
from marshmallow import fields

from portal.domain.money import LARGEST
from portal.domain.provider import Mode
from portal.domain.states import RefundStatus
from portal.merchants.keys import Scope
from portal.payments import reading, refund_queries
from portal.payments import refunds as requesting
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.refundable import NotRefundable
from portal.payments.snapshot import refund_object
from portal.web.api import ids
from portal.web.api.access import Caller, reads, writes
from portal.web.api.describing import IDEMPOTENCY_KEY, REPLAYED, ApiBlueprint
from portal.web.api.fields import text, whole
from portal.web.api.problems import problem
from portal.web.api.schemas import Answered, Taken, maybe, moment, one_of, said
from portal.web.services import services

PREFIX = "ref"
CODES = {
    "nothing_paid": "nothing_to_refund",
    "too_much": "refund_too_large",
    "several_payments": "several_payments",
    "changed": "refund_amount_changed",
}
"""By the code of NotRefundable, the problem that a program is told."""

refunds = ApiBlueprint("refunds", __name__, description="Money on its way back.")


class NewRefundSchema(Taken):
    """What is to be sent back; nothing said: all that is left."""

    amount = whole(1, LARGEST, **said("In whole units; left out: all that may still be sent back."))
    reason = text(255, load_default="", **said("Why, for the store's own books."))
    refund_amount_available = whole(
        0,
        LARGEST,
        **said("What you believe may be sent back: the order's figure. Where it is no longer true: 412."),
    )


class RefundSchema(Answered):
    """Money on its way back, as it stands. More fields may come."""

    id = fields.String(required=True, **said("`ref_…`"))
    object = one_of(["refund"])
    mode = one_of(Mode)
    order_id = fields.String(required=True, **said("`ord_…`"))
    attempt_id = fields.String(required=True, **said("The payment that it is sent back of: `att_…`"))
    status = one_of(
        RefundStatus, **said("`by_hand`: the operator has no way, a person of the store sends it.")
    )
    amount = fields.Integer(required=True, **said("What the customer receives, in whole units."))
    currency = fields.String(required=True)
    fee = fields.Integer(required=True, allow_none=True, **said("The operator's; null where it told none."))
    operator = fields.String(required=True, **said("Such as `tmoney`."))
    operator_reference = fields.String(required=True, allow_none=True, **said("The operator's own."))
    phone = fields.String(required=True, allow_none=True, **said("The wallet, masked."))
    reason = fields.String(required=True)
    failure_code = fields.String(required=True, allow_none=True, **said("Why it failed, or null."))
    created_at = moment("When it was asked for.")
    sent_at = maybe("When the operator was told, or null.")
    ended_at = maybe("When its outcome was known, or null.")


@refunds.route("/orders/<order_id>/refunds", methods=["POST"], parameters=[ids.in_path("order_id", "ord")])
@refunds.doc(parameters=[IDEMPOTENCY_KEY], operationId="createRefund")
@refunds.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429)
@writes(Scope.REFUNDS)
@refunds.arguments(NewRefundSchema)
@refunds.response(
    201,
    RefundSchema,
    headers={
        "Location": {"schema": {"type": "string"}, "description": "Where the refund is."},
        "Idempotent-Replayed": REPLAYED,
    },
)
def create(caller: Caller, wanted: Mapping[str, Any], order_id: str) -> Response:
    """Send money of an order back to the wallet that paid.

    Needs the scope `refunds`. The amount is reserved at once, so that never more is sent back than was paid; the
    operator is told next, and `refund.succeeded` or `refund.failed` tells the end.
    """
    ids.require("ord", order_id)
    key, tx, at = caller.key, caller.connection, services()
    found = reading.order(tx, merchant_id=key.merchant_id, mode=key.mode, public_id=order_id)
    if found is None:
        abort(problem(404))
    new = NewRefund(
        amount=wanted.get("amount"),
        reason=wanted["reason"],
        believed=wanted.get("refund_amount_available"),
    )
    source = Source("api", key.public_id)
    try:
        made = requesting.request(tx, at.clock, at.directory, found.order["id"], new, source=source)
    except NotRefundable as refusal:
        _refuse(refusal)
    response = _shown(refund_object(found.order, found.attempts, made), 201)
    response.headers["Location"] = f"/api/v1/refunds/{made['public_id']}"
    return response


@refunds.route("/refunds/<refund_id>", parameters=[ids.in_path("refund_id", PREFIX)])
@refunds.doc(operationId="getRefund")
@refunds.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@refunds.response(200, RefundSchema)
def show(caller: Caller, refund_id: str) -> Response:
    """Look at a refund.

    Needs the scope `read`.
    """
    ids.require(PREFIX, refund_id)
    key = caller.key
    found = refund_queries.whole(
        caller.connection, merchant_id=key.merchant_id, mode=key.mode, public_id=refund_id
    )
    if found is None:
        abort(problem(404))
    return _shown(refund_object(*found), 200)


def _refuse(refusal: NotRefundable) -> NoReturn:
    code = CODES[refusal.code]
    status = 412 if refusal.code == "changed" else 409
    abort(problem(status, f"{refusal.left} may be sent back now.", code=code))


def _shown(refund: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(refund, ensure_ascii=False), status, content_type="application/json")
