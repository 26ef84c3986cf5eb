"""The room of the API's shapes: what is taken, checked to the letter, and what is answered, described."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, fields, validate

from portal.domain.events import FailureCode
from portal.domain.money import LARGEST, XOF
from portal.domain.provider import Mode
from portal.domain.states import AttemptStatus, OrderStatus, ReviewReason
from portal.merchants.stores import LONGEST_SITE
from portal.web.api.fields import MOST_METADATA, Instant, Metadata, Phone, QueryWhole, text, whole

SHORTEST, LONGEST, USUAL = 60, 30 * 24 * 3600, 24 * 3600  # seconds
ADDRESS = 2000
MOST_LISTED, USUALLY_LISTED = 100, 25
LONGEST_CURSOR = 300
MONEY_MOVED = ("no", "unknown", "yes")


def said(description: str, **more: Any) -> dict[str, Any]:
    """Return what the document says of a field."""
    return {"metadata": {"description": description, **more}}


class Taken(Schema):
    """What a caller sends: a field that we do not know is an error, not a wish unheard."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, str] = {  # noqa: RUF012 - marshmallow reads it so
        "unknown": "There is no such field.",
        "type": "Send a JSON object.",
    }


class NothingSchema(Taken):
    """What a call takes that has nothing to be told: no body at all, or `{}`."""


class PageSchema(Taken):
    """Which page of a list is wanted; filters are added by extending it."""

    limit = QueryWhole(1, MOST_LISTED, load_default=USUALLY_LISTED, **said("How many at most."))
    cursor = text(
        LONGEST_CURSOR,
        1,
        **said("The `next_cursor` of the page before, to read on from there.", format="cursor"),
    )


class Answered(Schema):
    """What we answer: more fields may come."""

    class Meta:
        unknown = INCLUDE


class NewCustomerSchema(Taken):
    """Who buys, as far as the shop knows."""

    name = text(100, **said("The customer's name."))
    phone = Phone(
        **said("A phone number of Togo; answered as E.164.", format="phone", examples=["+22890112233"])
    )
    email = fields.Email(
        validate=validate.Length(max=254),
        error_messages={"invalid": "Send an e-mail address."},
        **said("An e-mail address."),
    )


class NewOrderSchema(Taken):
    """What the shop wants paid."""

    amount = whole(
        1, LARGEST, required=True, **said("In whole units; XOF has no smaller one.", examples=[500])
    )
    currency = fields.String(
        load_default=XOF, validate=validate.OneOf([XOF], error="Send XOF."), **said("ISO 4217.")
    )
    reference = text(
        100,
        1,
        required=True,
        **said("The shop's own name for it; need not be unique.", examples=["CMD-1001"]),
    )
    description = text(255, load_default="", **said("What is bought, for the customer to read."))
    customer = fields.Nested(NewCustomerSchema)
    return_url = text(
        ADDRESS, 1, **said("Where the customer goes when done: https on a return host.", format="uri")
    )
    cancel_url = text(
        ADDRESS, 1, **said("Where the customer goes after giving up: as `return_url`.", format="uri")
    )
    site = text(
        LONGEST_SITE,
        1,
        **said(
            "Which of the store's sites opens the checkout in a window, and is told of the end there.",
            format="origin",
            examples=["https://boutique.example"],
        ),
    )
    metadata = Metadata(
        load_default=dict,
        **said("Names (1 to 40 characters) and texts (up to 500) of the shop.", maxProperties=MOST_METADATA),
    )
    expires_in = whole(
        SHORTEST, LONGEST, load_default=USUAL, **said("Seconds for which the order may be paid.")
    )


def moment(description: str, **more: Any) -> fields.String:
    """Return a field that holds a moment as RFC 3339 in UTC."""
    return fields.String(required=True, **said(description, format="date-time", **more))


def maybe(description: str) -> fields.String:
    """Return a field that holds a moment as RFC 3339 in UTC, or null."""
    return fields.String(required=True, allow_none=True, **said(description, format="date-time"))


def one_of(values: Any, **options: Any) -> fields.String:
    """Return a field that holds one of the values."""
    choices = [str(value) for value in values]
    return fields.String(required=True, validate=validate.OneOf(choices), **options)


class ReviewSchema(Answered):
    """Facts that a person of the store must decide about."""

    id = fields.String(required=True)
    reason = one_of(ReviewReason)
    opened_at = moment("When it was found.")
    decision = fields.String(required=True, allow_none=True, **said("Null until a person has decided."))


class AttemptSchema(Answered):
    """One try with one operator."""

    id = fields.String(required=True, **said("`att_…`"))
    operator = fields.String(required=True, **said("Such as `tmoney-online`."))
    status = one_of(AttemptStatus)
    operator_reference = fields.String(required=True, allow_none=True, **said("The operator's own."))
    amount = fields.Integer(required=True)
    fee = fields.Integer(required=True, allow_none=True, **said("The operator's; null where it told none."))
    phone = fields.String(required=True, allow_none=True, **said("The wallet, masked."))
    created_at = moment("When it was started.")
    failure_code = fields.String(
        required=True,
        allow_none=True,
        **said(f"Null, or one of: {', '.join(FailureCode)}. New ones may come."),
    )


class CustomerSchema(Answered):
    """Who buys: only what the shop told."""

    name = fields.String()
    phone = fields.String(**said("E.164."))
    email = fields.String()


class OrderSchema(Answered):
    """An order as it stands. More fields may come."""

    id = fields.String(required=True, **said("`ord_…`"))
    object = one_of(["order"])
    mode = one_of(Mode)
    status = one_of(OrderStatus)
    finished = fields.Boolean(required=True, **said("Nothing more will happen by itself."))
    money_moved = one_of(
        MONEY_MOVED, **said("`unknown` while an attempt could have debited and has no final word.")
    )
    amount = fields.Integer(required=True, **said("In whole units."))
    currency = fields.String(required=True)
    amount_paid = fields.Integer(required=True)
    amount_refunded = fields.Integer(required=True)
    paid_late = fields.Boolean(required=True, **said("Paid after it had expired."))
    review = fields.List(fields.Nested(ReviewSchema), required=True)
    source = fields.String(required=True, **said("`api` or `link`."))
    reference = fields.String(required=True)
    reference_verified = fields.Boolean(required=True)
    description = fields.String(required=True)
    customer = fields.Nested(CustomerSchema, required=True, allow_none=True)
    metadata = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    checkout_url = fields.String(required=True, **said("Send the customer's browser there.", format="uri"))
    return_url = fields.String(required=True, allow_none=True)
    cancel_url = fields.String(required=True, allow_none=True)
    created_at = moment("When it was created.")
    expires_at = moment("Until when it may be paid.")
    paid_at = maybe("When it was paid, or null.")
    refund_amount_available = fields.Integer(
        required=True, **said("How much may be sent back now. Answered here only: events do not carry it.")
    )
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class OrderFilterSchema(PageSchema):
    """Which orders are wanted, newest first."""

    reference = text(100, 1, **said("The shop's own name for it, exactly."))
    status = fields.String(
        validate=validate.OneOf(list(OrderStatus), error="There is no such status."),
        **said("Where they stand."),
    )
    operator = text(30, 1, **said("With which operator a payment was tried, such as `tmoney-online`."))
    created_after = Instant(**said("Created at that moment or later.", format="date-time"))
    created_before = Instant(**said("Created before that moment.", format="date-time"))


class ProblemSchema(Answered):
    """What went wrong, by RFC 9457."""

    type = fields.String(required=True, **said("Where the code is explained.", format="uri-reference"))
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, **said("Stable: decide by it."))
    detail = fields.String(**said("What it was this time, for people."))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        **said("For 422 `invalid`: what is wrong, by field (`customer.phone`)."),
    )
