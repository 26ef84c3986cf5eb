"""Toy Money: a wallet that only tests know; it answers JSON, redirects, and tells the end by POST.

Put into a copy of the tree as `portal/providers/toy.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from portal.domain.events import AttemptEvent, Cancelled, Failed, Paid
from portal.domain.money import XOF, Money
from portal.domain.provider import (
    Account,
    Acknowledgement,
    Charge,
    Credential,
    Endpoint,
    Limits,
    NeverOffered,
    NotConfigured,
    Notice,
    NotificationRejected,
    Outcome,
    PhoneUse,
    Prompt,
    Provider,
    RawNotification,
    Redirect,
    Said,
    Unanswered,
    Verdict,
)
from portal.providers._http import Http, NoAnswer

URL = "TOY_URL"
ENDS: Mapping[str, AttemptEvent] = {"refused": Failed(), "cancelled": Cancelled()}
STATUSES = {"address": 403, "method": 405, "unknown_account": 404}


class Toy:
    """The provider."""

    slug: str = "toy"
    name: str = "Toy Money"
    also_known_as: str = "Jouet"
    notify_method: str = "POST"
    phone: PhoneUse = PhoneUse.NONE
    prompt: Prompt | None = None
    by_hand: Sequence[str] = ("Ouvrez votre coffre de jouets.", "Rendez les billes.")
    credentials: Sequence[Credential] = (Credential("shop", "Boutique", r"S[0-9]{4}", test="S####"),)
    endpoints: Sequence[Endpoint] = (Endpoint(URL, "/pages"),)
    currencies: frozenset[str] = frozenset({XOF})
    limits: Limits = Limits(5, 1_000_000)
    guard: timedelta | None = timedelta(minutes=10)
    when_silent: NeverOffered | Unanswered = NeverOffered()
    form_action: Sequence[str] = ()

    def __init__(self, http: Http) -> None:
        """Take the client with which the operator is called."""
        self.http = http

    def settles_by_notification(self, account: Account) -> bool:  # noqa: ARG002
        """Say yes: nobody can ask it."""
        return True

    def start(self, charge: Charge) -> Outcome:
        """Ask for a page; it is opened at the operator's or nowhere."""
        try:
            url = charge.account.url(URL)
            answer = self.http.get(
                url,
                shop=charge.account.credentials["shop"],
                sum=str(charge.money.amount),
                ours=charge.reference,
                back=charge.returns.accept,
            )
        except (NoAnswer, NotConfigured) as error:
            return NeverOffered(str(error))
        page = _object(answer.text).get("page")
        if answer.status != 200 or not isinstance(page, str) or not page.startswith(f"{url}/"):
            return NeverOffered("no page")
        return Redirect(page)

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:  # noqa: ARG002
        """Read the end of one payment."""
        told = _object(raw.body.decode(errors="replace"))
        ours = _word(told, "ours")
        if told.get("end") != "paid":
            try:
                return [Notice(ours, ENDS[_word(told, "end")])]
            except KeyError as error:
                raise NotificationRejected("unknown end") from error
        amount = told.get("sum")
        if type(amount) is not int or amount <= 0:
            raise NotificationRejected("sum is not a whole number")
        return [Notice(ours, Paid(Money(amount), _word(told, "theirs"), payer=_word(told, "wallet")))]

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Say in JSON whether it was taken."""
        status = 200
        if verdict is Verdict.REFUSED:
            status = STATUSES.get(reason, 400)
        if verdict is Verdict.UNKNOWN_REFERENCE:
            status = 404
        return Acknowledgement(status, json.dumps({"taken": status == 200}), "application/json")


def provider(http: Http) -> Provider:
    """Return the provider."""
    return Toy(http)


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {}


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9+]{1,64}", value):
        raise NotificationRejected(f"{name} is missing or unreadable")
    return value
