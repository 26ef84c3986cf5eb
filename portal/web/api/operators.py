"""The door of operators for programs: with what the store's customers can pay."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from portal.domain.provider import CanDisburse, Mode, PhoneUse, Provider
from portal.merchants import accounts
from portal.merchants.keys import Scope
from portal.web.api import lists
from portal.web.api.access import Caller, reads
from portal.web.api.describing import ApiBlueprint
from portal.web.api.lists import list_of
from portal.web.api.schemas import Answered, one_of, said
from portal.web.services import services

operators = ApiBlueprint("operators", __name__, description="With what customers can pay.")


class OperatorSchema(Answered):
    """One operator that the store offers. More fields may come."""

    operator = fields.String(required=True, **said("As attempts name it, such as `tmoney-online`."))
    object = one_of(["operator"])
    name = fields.String(required=True, **said("As people know it."))
    currencies = fields.List(fields.String(), required=True)
    least = fields.Integer(required=True, **said("The least amount that it takes, in whole units."))
    most = fields.Integer(required=True, **said("The greatest."))
    phone = one_of(
        PhoneUse, **said("What the customer is asked for on our page: no number, one of Togo, any.")
    )
    can_refund = fields.Boolean(
        required=True, **said("Whether we can send money back through it; else it is by hand.")
    )


@operators.route("/operators")
@operators.doc(operationId="listOperators")
@operators.problems(401, 403, 422, 429)
@reads(Scope.READ)
@operators.response(200, list_of(OperatorSchema))
def index(caller: Caller) -> Response:
    """List the operators that the store offers in the key's mode.

    Needs the scope `read`. They all come on one page.
    """
    key, at = caller.key, services()
    offers = key.live or key.mode != Mode.LIVE
    connected = accounts.enabled(caller.connection, at.directory, key.merchant_id, key.mode) if offers else []
    known = [at.providers[account.operator] for account in connected if account.operator in at.providers]
    return lists.envelope(map(_object, known), has_more=False, next_cursor=None)


def _object(provider: Provider) -> dict[str, Any]:
    return {
        "operator": provider.slug,
        "object": "operator",
        "name": provider.name,
        "currencies": sorted(provider.currencies),
        "least": provider.limits.least,
        "most": provider.limits.most,
        "phone": provider.phone,
        "can_refund": isinstance(provider, CanDisburse),
    }
