"""The room of webhook endpoints' shapes: what is taken and what is answered."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from portal.domain.provider import Mode
from portal.security.outbound import LONGEST
from portal.web.api.fields import YesNo, text
from portal.web.api.schemas import Answered, Taken, maybe, moment, one_of, said
from portal.webhooks.kinds import EndpointState, EventType, Format

SUBSCRIBABLE = [str(kind) for kind in EventType if kind is not EventType.PING]


def _types(**options: Any) -> fields.List[Any]:
    inner = fields.String(validate=validate.OneOf(SUBSCRIBABLE, error="There is no such type."))
    return fields.List(
        inner,
        validate=validate.Length(1, len(SUBSCRIBABLE), error="Name at least one type, each once."),
        **options,
    )


class NewEndpointSchema(Taken):
    """Where and of what a shop wants to be told."""

    url = text(
        LONGEST,
        1,
        required=True,
        **said("https; in test mode http as well. On the public internet.", format="uri"),
    )
    events = _types(**said("The types wanted; left out: all."))
    format = fields.String(
        load_default=Format.STANDARD,
        validate=validate.OneOf(list(Format), error="Send standard or partner_callback."),
        **said(
            "`standard`: Standard Webhooks. `partner_callback`: the fourteen fields of TMoney's callback."
        ),
    )
    description = text(255, load_default="", **said("For the store's own books."))


class EndpointChangesSchema(Taken):
    """What is to be another; what is not sent stays."""

    url = text(LONGEST, 1, **said("As at creation.", format="uri"))
    events = _types(allow_none=True, **said("The types wanted; null: all."))
    description = text(255, **said("For the store's own books."))
    enabled = YesNo(
        **said("false keeps what waits; true sends it, with what was missed while the endpoint failed."),
    )


class EndpointSchema(Answered):
    """A webhook endpoint as it stands. More fields may come."""

    id = fields.String(required=True, **said("`we_…`"))
    object = one_of(["webhook_endpoint"])
    mode = one_of(Mode)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True, allow_none=True, **said("Null: all types."))
    format = one_of(Format)
    description = fields.String(required=True)
    status = one_of(
        EndpointState, **said("`paused`: by us, after three days of failing. `gone`: it answered 410.")
    )
    failing_since = maybe("Its first failure since it last took anything, or null.")
    secret_rotates_until = maybe("Until when deliveries bear a second signature, by the secret before.")
    created_at = moment("When it was made.")


class EndpointWithSecretSchema(EndpointSchema):
    """The same, with its secret: shown this once."""

    secret = fields.String(required=True, **said("`whsec_…`: keep it; it verifies signatures."))
