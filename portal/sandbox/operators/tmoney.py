"""Plays TMoney MBANKING: login, push debit, credit and both questions, on the paths of both generations."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from portal.sandbox.operators import _tmoney_words as words
from portal.sandbox.operators._handset import Handset, Taken
from portal.sandbox.operators._handset_push import Kind, Push, fresh_payment
from portal.sandbox.operators._handset_replies import answer, as_json, francs_of, received, text_of
from portal.sandbox.operators._tmoney_door import Door
from portal.sandbox.operators._tmoney_online_form import read_phone
from portal.sandbox.operators._tmoney_purse import Purse
from portal.sandbox.operators._tmoney_settings import TmoneySettings
from portal.sandbox.recording import about
from portal.sandbox.settings import Section
from portal.sandbox.world import World

_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{0,100}")
_REPEATED = ("refCommande", "dateHeureRequete", "description")


def blueprint(world: World) -> Blueprint:
    """Return the twin's views, under an account's public id and under the operator's bare paths."""
    settings = world.settings.declare(words.NAME, TmoneySettings())
    counter = _Counter(world, settings)
    views = Blueprint(words.NAME, __name__, url_prefix=f"/{words.NAME}")
    for prefix, account in (("", {"account": ""}), ("/<account>", {})):
        for path, method, view in (
            ("/login", "POST", counter.login),
            ("/push-api/v1/debit", "POST", counter.debit),
            ("/tmoney-middleware/debit", "POST", counter.debit),
            ("/push-api/v1/transactionid", "GET", counter.check_debit),
            ("/tmoney-middleware/transactionid", "GET", counter.check_debit),
            ("/m-banking/v1/api/tpcredit", "POST", counter.credit),
            ("/api/tpcredit", "POST", counter.credit),
            ("/m-banking/v1/api/tpcredit/check-transaction-id", "GET", counter.check_credit),
        ):
            # An endpoint per path: bare paths that shared one would be redirected to the first of them.
            views.add_url_rule(
                prefix + path, path[1:].replace("/", "_"), view, methods=[method], defaults=account
            )
    views.url_value_preprocessor(_check_account)
    return views


def _check_account(_endpoint: str | None, values: dict[str, str] | None) -> None:
    if values and not _ACCOUNT.fullmatch(values["account"]):
        raise NotFound


class _Counter:
    """The views: each reads the request, asks door, purse and handset, and answers in the operator's fields."""

    def __init__(self, world: World, settings: Section[TmoneySettings]) -> None:
        self._world = world
        self._settings = settings
        self._door = Door(world, settings)
        self._purse = Purse(settings)
        self._handset = Handset(words.NAME, world, settings, words.callback, words.executed)

    def login(self, account: str) -> Response:
        """Give a token for a user's name and password."""
        return self._answered("login", lambda: self._login(account))

    def debit(self, account: str) -> Response:
        """Ask the customer on the handset."""
        return self._signed_in("debit", account, lambda: self._request(account, "payment"))

    def credit(self, account: str) -> Response:
        """Send the partner's money to a customer."""
        return self._signed_in("credit", account, lambda: self._request(account, "payout"))

    def check_debit(self, account: str) -> Response:
        """Say what became of a debit."""
        return self._signed_in("check", account, lambda: self._check(account, "payment"))

    def check_credit(self, account: str) -> Response:
        """Say what became of a credit."""
        return self._signed_in("check", account, lambda: self._check(account, "payout"))

    def _signed_in(self, operation: str, account: str, execute: Callable[[], Response]) -> Response:
        def checked() -> Response:
            if self._door.opens(account, request.headers.get("Authorization", "")):
                return execute()
            settings = self._settings.now
            refusal = words.said(words.NOT_SIGNED_IN, "Utilisateur non connecté", settings)
            return as_json(refusal, settings.unauthorized_status)

        return self._answered(operation, checked)

    def _answered(self, operation: str, execute: Callable[[], Response]) -> Response:
        settings = self._settings.now
        if settings.gateway_fault and operation in settings.gateway_fault_on:
            return as_json({"fault": {"message": settings.gateway_fault}}, settings.gateway_fault_status)
        return answer(self._world, self._settings, operation, execute)

    def _login(self, account: str) -> Response:
        body, settings = received(), self._settings.now
        token = self._door.sign_in(account, text_of(body, "nomUtilisateur"), text_of(body, "motDePasse"))
        if token is None:
            refusal = words.said(words.ALREADY, "Echec d'authentification", settings)
            return as_json({"statut": refusal, "data": None})
        return as_json({"statut": words.said("2000", "Succès", settings), "data": {"token": token}})

    def _request(self, account: str, kind: Kind) -> Response:
        body = received()
        push = self._read(account, kind, body)
        if push is None:
            return self._said(words.FAILED, "Paramètre absent ou invalide", body)
        about(push.reference)
        if kind == "payout":
            return self._credited(push, body)
        if self._handset.take(push) is not Taken.ACCEPTED:
            return self._said(words.ALREADY, "Requête déjà soumise", body)
        if self._settings.now.full_debit_reply:
            return as_json(words.told(push, self._settings.now))
        return self._said(words.WAITING, "Requête en cours de traitement", body)

    def _credited(self, push: Push, body: Mapping[str, Any]) -> Response:
        settings = self._settings.now
        known = self._handset.find(push.account, push.reference)
        if known or not self._pay(push):
            return self._said(words.ALREADY, "Requête déjà soumise", body)
        now_stands = self._handset.find(push.account, push.reference) if settings.credit_at_once else None
        balance = {"soldePartenaire": self._settings.now.balance}
        return as_json(words.told(now_stands or push, settings) | balance)

    def _pay(self, push: Push) -> bool:
        # The money leaves the partner before the request is known, so that no two credits spend the same franc.
        refused = self._settings.take("refuse_next_credits") or not self._purse.pay(push.amount)
        at_once = self._settings.now.credit_at_once
        if self._handset.take(replace(push, refused=refused), at_once=at_once) is Taken.ACCEPTED:
            return True
        if not refused:
            self._purse.give_back(push.amount)
        return False

    def _check(self, account: str, kind: Kind) -> Response:
        reference = request.args.get("idRequete", "")
        about(reference)
        push = self._handset.find(account, reference)
        found = [words.facts(push, self._settings.now)] if push and push.kind == kind else []
        return as_json({"total": len(found), "data": found})

    def _read(self, account: str, kind: Kind, body: Mapping[str, Any]) -> Push | None:
        reference = text_of(body, "idRequete", "idrequete")
        phone, amount = read_phone(text_of(body, "numeroClient")), francs_of(body, "montant")
        if not reference or phone is None or not amount:
            return None
        now = self._world.clock()
        given = {name: text_of(body, name) for name in _REPEATED}
        given["dateHeureRequete"] = text_of(body, "dateHeureRequete", "dateheureRequete")
        return Push(kind, account, reference, phone, amount, fresh_payment(now), now, given)

    def _said(self, code: str, message: str, body: Mapping[str, Any]) -> Response:
        settings = self._settings.now
        reference = {"idRequete": text_of(body, "idRequete", "idrequete")}
        about(reference["idRequete"])
        description = {"description": text_of(body, "description")}
        return as_json(words.said(code, message, settings) | description | reference)
