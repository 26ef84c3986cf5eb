"""The door of orders for programs: create one, look at one, or at all of them, cancel one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, abort

from portal.domain.money import Money
from portal.domain.provider import Mode
from portal.merchants import stores
from portal.merchants.keys import Key, Scope
from portal.payments import lifecycle, reading
from portal.payments.intents import NewOrder
from portal.payments.ledger import Source
from portal.payments.lifecycle import NotPossible
from portal.payments.queries import Filters
from portal.payments.reading import Reading
from portal.payments.snapshot import order_object
from portal.web.api import ids, lists, return_urls
from portal.web.api.access import Caller, reads, require_live, writes
from portal.web.api.describing import IDEMPOTENCY_KEY, REPLAYED, ApiBlueprint
from portal.web.api.lists import list_of
from portal.web.api.problems import problem
from portal.web.api.schemas import NewOrderSchema, NothingSchema, OrderFilterSchema, OrderSchema
from portal.web.services import services

PREFIX = "ord"
CODES = {"undecided": "undecided", "finished": "finished"}
"""By the code of NotPossible, the problem that a program is told of a cancellation."""
ADDRESSES = ("return_url", "cancel_url")

orders = ApiBlueprint("orders", __name__, description="What a store wants paid.")


@orders.route("/orders", methods=["POST"])
@orders.doc(parameters=[IDEMPOTENCY_KEY], operationId="createOrder")
@orders.problems(400, 401, 403, 409, 413, 415, 422, 429)
@writes(Scope.WRITE)
@orders.arguments(NewOrderSchema)
@orders.response(
    201,
    OrderSchema,
    headers={
        "Location": {"schema": {"type": "string"}, "description": "Where the order is."},
        "Idempotent-Replayed": REPLAYED,
    },
)
def create(caller: Caller, wanted: Mapping[str, Any]) -> Response:
    """Create an order.

    Send the customer's browser to its `checkout_url`. Needs the scope `write`.
    """
    require_live(caller.key)
    _require_known_sites(caller.key, wanted)
    key = caller.key
    order = lifecycle.open_order(caller.connection, services().clock, _new_order(key, wanted), now=key.now)
    response = _shown(Reading(order), 201)
    response.headers["Location"] = f"/api/v1/orders/{order['public_id']}"
    return response


@orders.route("/orders", methods=["GET"])
@orders.doc(operationId="listOrders")
@orders.problems(401, 403, 422, 429)
@reads(Scope.READ)
@orders.arguments(OrderFilterSchema, location="query")
@orders.response(200, list_of(OrderSchema))
def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
    """List orders, newest first.

    Needs the scope `read`. Each is the whole order, as a look at it alone shows it.
    """
    page = lists.wanted(caller, "orders", asked)
    filters = Filters(
        status=asked.get("status"),
        operator=asked.get("operator"),
        reference=asked.get("reference"),
        since=asked.get("created_after"),
        until=asked.get("created_before"),
    )
    key = caller.key
    found = reading.orders(
        caller.connection,
        merchant_id=key.merchant_id,
        mode=key.mode,
        filters=filters,
        before=page.before,
        most=page.most,
    )
    return page.answer(found, _object, id_of=lambda one: one.order["id"])


@orders.route(
    "/orders/<order_id>",
    parameters=[ids.in_path("order_id", PREFIX)],
)
@orders.doc(operationId="getOrder")
@orders.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@orders.response(200, OrderSchema)
def show(caller: Caller, order_id: str) -> Response:
    """Look at an order.

    Needs the scope `read`. A test key sees test orders only.
    """
    return _shown(_known(caller, order_id), 200)


@orders.route("/orders/<order_id>/cancel", methods=["POST"], parameters=[ids.in_path("order_id", PREFIX)])
@orders.doc(parameters=[IDEMPOTENCY_KEY], operationId="cancelOrder")
@orders.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@writes(Scope.WRITE)
@orders.arguments(NothingSchema, required=False)
@orders.response(200, OrderSchema, headers={"Idempotent-Replayed": REPLAYED})
def cancel(caller: Caller, _nothing: Mapping[str, Any], order_id: str) -> Response:
    """Cancel an order that nobody is paying.

    Needs the scope `write`. 409 `undecided` while a payment of it may still succeed, 409 `finished` where there is
    nothing left to cancel.
    """
    found = _known(caller, order_id)
    source = Source("api", caller.key.public_id)
    try:
        lifecycle.cancel(caller.connection, services().clock, found.order["id"], source)
    except NotPossible as refusal:
        abort(problem(409, code=CODES[refusal.code]))
    return _shown(_known(caller, order_id), 200)


def _known(caller: Caller, order_id: str) -> Reading:
    """Return the caller's order; end with 404 where it has none such."""
    ids.require(PREFIX, order_id)
    key = caller.key
    found = reading.order(caller.connection, merchant_id=key.merchant_id, mode=key.mode, public_id=order_id)
    if found is None:
        abort(problem(404))
    return found


def _shown(found: Reading, status: int) -> Response:
    return Response(json.dumps(_object(found), ensure_ascii=False), status, content_type="application/json")


def _object(found: Reading) -> dict[str, Any]:
    public_url = services().settings.public_url
    seen = order_object(found.order, found.attempts, found.reviews, public_url=public_url)
    return seen | {"refund_amount_available": found.left}


def _require_known_sites(key: Key, wanted: Mapping[str, Any]) -> None:
    objections = {
        name: [said]
        for name in ADDRESSES
        if name in wanted and (said := return_urls.objection(wanted[name], Mode(key.mode), key.return_hosts))
    }
    if "site" in wanted and not stores.may_open(wanted["site"], key.sites, key.mode):
        objections["site"] = ["This is none of the store's sites: add it in the settings, exactly so."]
    if objections:
        abort(problem(422, errors=objections))


def _new_order(key: Key, wanted: Mapping[str, Any]) -> NewOrder:
    return NewOrder(
        merchant_id=key.merchant_id,
        mode=key.mode,
        money=Money(wanted["amount"], wanted["currency"]),
        reference=wanted["reference"],
        source="api",
        lasts=timedelta(seconds=wanted["expires_in"]),
        description=wanted["description"],
        customer=wanted.get("customer"),
        metadata=wanted["metadata"],
        return_url=wanted.get("return_url"),
        cancel_url=wanted.get("cancel_url"),
        site=wanted.get("site"),
    )
