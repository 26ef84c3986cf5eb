"""The fields in which Flooz tells of a request: in replies, to Verify and in callbacks, in both generations."""

import json
from datetime import UTC, datetime
from enum import IntEnum
from typing import assert_never
from urllib.parse import urlencode

from portal.sandbox.operators._flooz_settings import FloozSettings
from portal.sandbox.operators._handset_push import Failure, Push, State
from portal.sandbox.outgoing import Call

NAME = "flooz"

Fields = dict[str, object]


class Status(IntEnum):
    """The operator's statuses; 0 is "being processed" of a debit and "paid" of a payment."""

    GOOD = 0
    INCOMPLETE = 1
    INVALID = 3
    ALREADY_USED = 4
    NOT_ALLOWED = 5
    PUSH_PENDING = 8
    VALIDATION_PENDING = 9
    FAILED = 10
    BAD_AUTHORIZATION = 99
    REFUSED = 100


_MESSAGES: dict[Status, str] = {
    Status.GOOD: "Transaction en cours de traitement",
    Status.INCOMPLETE: "Paramètres incomplets",
    Status.INVALID: "Paramètres invalides",
    Status.ALREADY_USED: "Référence déjà utilisée",
    Status.NOT_ALLOWED: "Opération non autorisée",
    Status.PUSH_PENDING: "Une demande est déjà en attente sur ce numéro",
    Status.VALIDATION_PENDING: "Validation en attente",
    Status.FAILED: "Transaction échouée",
    Status.BAD_AUTHORIZATION: "Autorisation incorrecte",
    Status.REFUSED: "Transaction refusée",
}


def reply(status: Status, settings: FloozSettings, ticket: str = "") -> Fields:
    """Return a debit's reply; `ticket` is the operator's own number of the request."""
    code, number = ("code", "refid") if settings.names == "older" else ("status", "mrorrefid")
    message = "success" if status is Status.GOOD else "error"
    return {code: status.value, "message": message, "description": _MESSAGES[status], number: ticket}


def verified(push: Push) -> Fields:
    """Return what Verify says of a request that it knows."""
    details: Fields = {
        "pushussd": "SUCCESS",
        "callback": "" if push.state is State.WAITING else "SUCCESS",
        "amount": push.told_amount,
        "mrchreference": push.reference,
        "mrchname": push.given.get("mrchname", ""),
        "msisdn": push.phone,
        "mrorreference": ticket_of(push),
        "referenceid": _payment(push),
        "validationdate": _date(push.ended_at) if push.state is State.DONE else "",
        "status": status_of(push).value,
    }
    return {"message": "success", "status": Status.GOOD.value, "details": details}


def unverified(status: int) -> Fields:
    """Return what Verify says where it has nothing to tell."""
    return {"message": "error", "status": status, "details": None}


def callback(push: Push, url: str, settings: FloozSettings) -> Call:
    """Return the call that tells the merchant, as JSON or as a form."""
    fields = _told(push, settings)
    as_form = settings.callback_as == "form"
    return Call(
        operator=NAME,
        method="POST",
        url=url,
        reference=push.reference,
        body=urlencode(fields) if as_form else json.dumps(fields, ensure_ascii=False),
        content_type="application/x-www-form-urlencoded" if as_form else "application/json",
        timeout=settings.notify_timeout_seconds,
    )


def ticket_of(push: Push) -> str:
    """Return the operator's number of a request, which it has before any money moves."""
    return f"MR{push.payment}"


def status_of(push: Push) -> Status:
    """Return the status of the payment."""
    match push.state:
        case State.WAITING:
            return Status.VALIDATION_PENDING
        case State.DONE:
            return Status.GOOD
        case State.FAILED:
            return _failed(push.failure)
        case _:
            assert_never(push.state)


def _failed(failure: Failure | None) -> Status:
    match failure:
        case Failure.WRONG_PIN:
            return Status.NOT_ALLOWED
        case Failure.REFUSED:
            return Status.REFUSED
        case Failure.CANCELLED | Failure.LAPSED | None:
            return Status.FAILED
        case _:
            assert_never(failure)


def _told(push: Push, settings: FloozSettings) -> Fields:
    references: Fields = {"refid": _payment(push), "mrchrefid": push.reference}
    if settings.names == "older":
        references = {"refid": push.reference}
    message = push.failure.value if push.failure else "success" if push.state is State.DONE else "pending"
    told: Fields = {"amount": push.told_amount, "msisdn": push.phone}
    return references | told | {"status": status_of(push).value, "message": message}


def _payment(push: Push) -> str:
    return push.payment if push.state is State.DONE else ""


def _date(seconds: float) -> str:
    # Lomé keeps UTC all year.
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
