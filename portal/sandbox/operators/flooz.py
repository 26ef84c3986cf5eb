"""Plays Flooz (Moov Money): debit and Verify behind an encrypted authorization, on every generation's path."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from portal.sandbox.operators import _flooz_words as words
from portal.sandbox.operators._flooz_door import Door
from portal.sandbox.operators._flooz_settings import FloozSettings
from portal.sandbox.operators._flooz_words import Status
from portal.sandbox.operators._handset import Handset, Taken
from portal.sandbox.operators._handset_push import Push, fresh_payment
from portal.sandbox.operators._handset_replies import answer, as_json, francs_of, received, text_of
from portal.sandbox.operators._tmoney_online_form import read_phone
from portal.sandbox.outgoing import any_2xx
from portal.sandbox.recording import about
from portal.sandbox.settings import Section
from portal.sandbox.world import World

_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{0,100}")
_REQUIRED = ("msisdn", "key", "mrchrefid", "mrchname", "amount", "partnermsisdn")
_STATUSES: Mapping[Taken, Status] = {
    Taken.ACCEPTED: Status.GOOD,
    Taken.KNOWN: Status.ALREADY_USED,
    Taken.BUSY: Status.PUSH_PENDING,
}


def blueprint(world: World) -> Blueprint:
    """Return the twin's views, under an account's public id and under the operator's bare paths."""
    settings = world.settings.declare(words.NAME, FloozSettings())
    counter = _Counter(world, settings)
    views = Blueprint(words.NAME, __name__, url_prefix=f"/{words.NAME}")
    for prefix, account in (("", {"account": ""}), ("/<account>", {})):
        for path, view in (
            ("/payment/HttpService/json/cv/debit", counter.debit),
            ("/floozdebitapi/flooz/debitService", counter.debit),
            ("/Flooz/DebitService/Debit", counter.debit),
            ("/payment/HttpService/json/cv/Verify", counter.verify),
        ):
            # An endpoint per path: bare paths that shared one would be redirected to the first of them.
            views.add_url_rule(
                prefix + path, path[1:].replace("/", "_"), view, methods=["POST"], defaults=account
            )
    views.url_value_preprocessor(_check_account)
    return views


def _check_account(_endpoint: str | None, values: dict[str, str] | None) -> None:
    if values and not _ACCOUNT.fullmatch(values["account"]):
        raise NotFound


class _Counter:
    """The views: each reads the request, asks door and handset, and answers in the operator's fields."""

    def __init__(self, world: World, settings: Section[FloozSettings]) -> None:
        self._world = world
        self._settings = settings
        self._door = Door(settings)
        self._handset = Handset(words.NAME, world, settings, words.callback, any_2xx)

    def debit(self, account: str) -> Response:
        """Ask the customer on the handset."""
        return self._answered("debit", lambda: self._debit(account))

    def verify(self, account: str) -> Response:
        """Say what became of a debit."""
        return self._answered("verify", lambda: self._verify(account))

    def _answered(self, operation: str, execute: Callable[[], Response]) -> Response:
        return answer(self._world, self._settings, operation, execute)

    def _debit(self, account: str) -> Response:
        body, settings = received(), self._settings.now
        reference = text_of(body, "mrchrefid")
        about(reference)
        if not self._door.opens(account, request.headers.get("Authorization", "")):
            return as_json(words.reply(Status.BAD_AUTHORIZATION, settings))
        problem = _problem(body, settings)
        if problem is not None:
            return as_json(words.reply(problem, settings))
        push = self._read(account, body)
        taken = self._handset.take(push, one_at_a_time=True)
        ticket = words.ticket_of(push) if taken is Taken.ACCEPTED else ""
        return as_json(words.reply(_STATUSES[taken], settings, ticket))

    def _verify(self, account: str) -> Response:
        body, settings = received(), self._settings.now
        reference, header = text_of(body, "mrchrefid"), request.headers.get("Authorization", "")
        about(reference)
        if (header or settings.verify_needs_authorization) and not self._door.opens(account, header):
            return as_json(words.unverified(Status.BAD_AUTHORIZATION))
        push = self._handset.find(account, reference)
        return as_json(words.verified(push) if push else words.unverified(settings.unknown_status))

    def _read(self, account: str, body: Mapping[str, Any]) -> Push:
        now = self._world.clock()
        return Push(
            kind="payment",
            account=account,
            reference=text_of(body, "mrchrefid"),
            phone=read_phone(text_of(body, "msisdn")) or "",
            amount=francs_of(body, "amount"),
            payment=fresh_payment(now),
            asked_at=now,
            given={"mrchname": text_of(body, "mrchname")},
        )


def _problem(body: Mapping[str, Any], settings: FloozSettings) -> Status | None:
    if not all(text_of(body, name) for name in _REQUIRED):
        return Status.INCOMPLETE
    if read_phone(text_of(body, "msisdn")) is None:
        return Status.INVALID
    if not settings.least_amount <= francs_of(body, "amount") <= settings.most_amount:
        return Status.INVALID
    if settings.merchant_key not in ("", text_of(body, "key")):
        return Status.NOT_ALLOWED
    if settings.partner not in ("", text_of(body, "partnermsisdn")):
        return Status.NOT_ALLOWED
    return None
