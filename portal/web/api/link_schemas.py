"""The room of a payment link's shapes: what is taken when one is made or changed, and what is answered."""

from __future__ import annotations

from marshmallow import fields, validate

from portal.domain.money import LARGEST, XOF
from portal.domain.provider import Mode
from portal.web.api.fields import Instant, YesNo, text, whole
from portal.web.api.schemas import Answered, Taken, maybe, moment, one_of, said

MOST_USES = 1_000_000

AMOUNT = "In whole units; null: the customer types it."
EXPIRES_AT = "Until when it may be paid; null: for ever."
MAX_USES = "How many orders may be paid by it; null: as many as come."
PREFILL = "Whether its address may carry an amount and a reference."


class LinkChangesSchema(Taken):
    """What is to change: what is left out stays."""

    title = text(100, 1, **said("What the customer pays for."))
    description = text(255, **said("What is bought, for the customer to read."))
    amount = whole(1, LARGEST, allow_none=True, **said(AMOUNT))
    expires_at = Instant(allow_none=True, **said(EXPIRES_AT, format="date-time"))
    max_uses = whole(1, MOST_USES, allow_none=True, **said(MAX_USES))
    prefill = YesNo(**said(PREFILL))
    enabled = YesNo(**said("Whether it may be paid at all."))


class NewLinkSchema(Taken):
    """A payment link as it is wanted."""

    title = text(100, 1, required=True, **said("What the customer pays for.", examples=["Pagne, 6 m"]))
    description = text(255, load_default="", **said("What is bought, for the customer to read."))
    amount = whole(1, LARGEST, load_default=None, **said(AMOUNT))
    currency = fields.String(
        load_default=XOF, validate=validate.OneOf([XOF], error="Send XOF."), **said("ISO 4217.")
    )
    expires_at = Instant(load_default=None, **said(EXPIRES_AT, format="date-time"))
    max_uses = whole(1, MOST_USES, load_default=None, **said(MAX_USES))
    prefill = YesNo(load_default=False, **said(PREFILL))


class LinkSchema(Answered):
    """A payment link as it stands. More fields may come."""

    id = fields.String(required=True, **said("`link_…`"))
    object = one_of(["payment_link"])
    mode = one_of(Mode)
    url = fields.String(required=True, **said("Give it to customers.", format="uri"))
    title = fields.String(required=True)
    description = fields.String(required=True)
    amount = fields.Integer(required=True, allow_none=True, **said(AMOUNT))
    currency = fields.String(required=True)
    prefill = fields.Boolean(required=True, **said(PREFILL))
    enabled = fields.Boolean(required=True)
    expires_at = maybe(EXPIRES_AT)
    max_uses = fields.Integer(required=True, allow_none=True, **said(MAX_USES))
    uses = fields.Integer(required=True, **said("How many orders were paid by it."))
    created_at = moment("When it was made.")


class NewlyMadeLinkSchema(LinkSchema):
    """A payment link as it was just made, with its secret."""

    secret = fields.String(
        required=True, **said("Signs prefilled addresses. Shown this once: keep it on your server.")
    )
