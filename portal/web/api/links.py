"""The door of payment links for programs: make one, look at one or all of them, change one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, abort

from portal.merchants.keys import Scope
from portal.payments import links as store_links
from portal.payments.links import NewLink
from portal.payments.snapshot import timestamp
from portal.web.api import ids, lists
from portal.web.api.access import Caller, reads, require_live, writes
from portal.web.api.describing import IDEMPOTENCY_KEY, REPLAYED, ApiBlueprint
from portal.web.api.link_schemas import LinkChangesSchema, LinkSchema, NewLinkSchema, NewlyMadeLinkSchema
from portal.web.api.lists import list_of
from portal.web.api.problems import problem
from portal.web.api.schemas import PageSchema
from portal.web.services import services

PREFIX = "link"

links = ApiBlueprint("payment-links", __name__, description="Addresses that anyone may pay at.")


@links.route("/payment-links", methods=["POST"])
@links.doc(parameters=[IDEMPOTENCY_KEY], operationId="createPaymentLink")
@links.problems(400, 401, 403, 409, 413, 415, 422, 429)
@writes(Scope.WRITE, secret=True)
@links.arguments(NewLinkSchema)
@links.response(
    201,
    NewlyMadeLinkSchema,
    headers={
        "Location": {"schema": {"type": "string"}, "description": "Where the link is."},
        "Idempotent-Replayed": REPLAYED,
    },
)
def create(caller: Caller, wanted: Mapping[str, Any]) -> Response:
    """Make a payment link.

    Needs the scope `write`. The answer alone holds the link's `secret`, with which prefilled addresses are signed.
    """
    require_live(caller.key)
    at, key = services(), caller.key
    made = store_links.create(
        caller.connection, at.clock, at.vault, NewLink(merchant_id=key.merchant_id, mode=key.mode, **wanted)
    )
    secret = at.vault.open(made["sealed_secret"])["secret"]
    response = _shown(_object(made) | {"secret": secret}, 201)
    response.headers["Location"] = f"/api/v1/payment-links/{made['public_id']}"
    return response


@links.route("/payment-links", methods=["GET"])
@links.doc(operationId="listPaymentLinks")
@links.problems(401, 403, 422, 429)
@reads(Scope.READ)
@links.arguments(PageSchema, location="query")
@links.response(200, list_of(LinkSchema))
def index(caller: Caller, asked: Mapping[str, Any]) -> Response:
    """List payment links, newest first.

    Needs the scope `read`.
    """
    page, key = lists.wanted(caller, "payment-links", asked), caller.key
    found = store_links.page(
        caller.connection, merchant_id=key.merchant_id, mode=key.mode, before=page.before, most=page.most
    )
    return page.answer(found, _object)


@links.route("/payment-links/<link_id>", methods=["GET"], parameters=[ids.in_path("link_id", PREFIX)])
@links.doc(operationId="getPaymentLink")
@links.problems(401, 403, 404, 422, 429)
@reads(Scope.READ)
@links.response(200, LinkSchema)
def show(caller: Caller, link_id: str) -> Response:
    """Look at a payment link.

    Needs the scope `read`.
    """
    ids.require(PREFIX, link_id)
    key = caller.key
    found = store_links.known(
        caller.connection, merchant_id=key.merchant_id, mode=key.mode, public_id=link_id
    )
    if found is None:
        abort(problem(404))
    return _shown(_object(found), 200)


@links.route("/payment-links/<link_id>", methods=["PATCH"], parameters=[ids.in_path("link_id", PREFIX)])
@links.doc(operationId="updatePaymentLink")
@links.problems(400, 401, 403, 404, 413, 415, 422, 429)
@writes(Scope.WRITE)
@links.arguments(LinkChangesSchema)
@links.response(200, LinkSchema)
def change(caller: Caller, wanted: Mapping[str, Any], link_id: str) -> Response:
    """Change a payment link: only what is sent changes.

    Needs the scope `write`. Orders that were made from it stay as they are.
    """
    ids.require(PREFIX, link_id)
    key = caller.key
    found = store_links.change(
        caller.connection, merchant_id=key.merchant_id, mode=key.mode, public_id=link_id, changes=wanted
    )
    if found is None:
        abort(problem(404))
    return _shown(_object(found), 200)


def _object(link: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": link["public_id"],
        "object": "payment_link",
        "mode": link["mode"],
        "url": f"{services().settings.public_url}/l/{link['slug']}",
        "title": link["title"],
        "description": link["description"],
        "amount": link["amount"],
        "currency": link["currency"],
        "prefill": link["prefill"],
        "enabled": link["enabled"],
        "expires_at": timestamp(link["expires_at"]),
        "max_uses": link["max_uses"],
        "uses": link["uses"],
        "created_at": timestamp(link["created_at"]),
    }


def _shown(link: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(link, ensure_ascii=False), status, content_type="application/json")
