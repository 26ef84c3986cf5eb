"""Plays MoneyFusion: pay-in, hosted page, status and withdrawal, on the operator's own paths."""

import re

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from portal.sandbox.checks import is_among
from portal.sandbox.operators import _moneyfusion_flow as flow
from portal.sandbox.operators import _moneyfusion_pages as pages
from portal.sandbox.operators import _moneyfusion_words as words
from portal.sandbox.operators._moneyfusion_desk import Desk, new_token
from portal.sandbox.operators._moneyfusion_payouts import Payouts
from portal.sandbox.operators._moneyfusion_requests import (
    Refused,
    json_object,
    read_payin,
    read_withdrawal,
)
from portal.sandbox.operators._moneyfusion_settings import BEARER, EITHER, PRIVATE_KEY, MoneyfusionSettings
from portal.sandbox.operators._moneyfusion_wallets import DEFAULT_WALLET
from portal.sandbox.operators._moneyfusion_words import NAME
from portal.sandbox.recording import about, lose_reply
from portal.sandbox.settings import Section
from portal.sandbox.world import World

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NOT_IN_A_NAME = re.compile(r"[^\w '-]")


def blueprint(world: World) -> Blueprint:
    """Return the twin's views, on the operator's bare paths and under an account's public id."""
    settings = world.settings.declare(NAME, MoneyfusionSettings())
    desk = Desk(world, settings)
    counter, shop = _Counter(world, settings, desk, Payouts(world, settings)), _HostedPage(desk)
    views = Blueprint(NAME, __name__, url_prefix=f"/{NAME}")
    views.add_url_rule("/<app>/<key>/pay/", "pay", counter.pay, methods=["POST"], strict_slashes=False)
    for prefix in ("", "/<account>"):
        views.add_url_rule(f"{prefix}/paiementNotif/<token>", "status", counter.status, methods=["GET"])
        views.add_url_rule(f"{prefix}/api/v1/withdraw", "withdraw", counter.withdraw, methods=["POST"])
    views.add_url_rule("/page/<token>", "show", shop.show, methods=["GET"])
    views.add_url_rule("/page/<token>", "act", shop.act, methods=["POST"])
    views.url_value_preprocessor(_check_path)
    return views


def _check_path(_endpoint: str | None, values: dict[str, str] | None) -> None:
    for name, value in (values or {}).items():
        if not (_ACCOUNT if name == "account" else _ID).fullmatch(value):
            raise NotFound


class _Counter:
    """What the merchant's server meets; everything is answered in JSON, refusals too."""

    def __init__(
        self, world: World, settings: Section[MoneyfusionSettings], desk: Desk, payouts: Payouts
    ) -> None:
        self._world = world
        self._settings = settings
        self._desk = desk
        self._payouts = payouts

    def pay(self, app: str, key: str) -> Response:
        """Open a payment; the URL is the merchant's secret, and any is a merchant here."""
        del key  # every id is right, as every phone is
        settings = self._settings.now
        try:
            self._check_caller()
            payin = read_payin(app, json_object(request), settings.minimum)
        except Refused as refusal:
            return self._refuse(refusal)
        page = self._desk.accept(payin)
        about(page.reference)
        self._world.sleep(settings.reply_delay)
        if self._desk.loses_reply_to(payin):
            lose_reply()
        reply = {"statut": True, "token": page.token, "message": "paiement en cours", "url": self._url(page)}
        return self._answer(reply, "replace_next_replies")

    def status(self, token: str, account: str = "") -> Response:
        """Tell how a payment stands."""
        del account  # a token is unguessable, and says all
        self._world.sleep(self._settings.now.status_delay)
        page = self._desk.page(token)
        if page is None:
            return self._refuse(Refused("Aucun paiement trouvé pour ce token."))
        about(page.reference)
        data = words.status(page, self._settings.now)
        reply = {"statut": True, "data": data, "message": "details paiement"}
        return self._answer(reply, "replace_next_statuses")

    def withdraw(self, account: str = "") -> Response:
        """Take a withdrawal; a refused one can look like success, but for the token."""
        settings = self._settings.now
        try:
            self._check_caller()
            self._check_private_key()
            withdrawal = read_withdrawal(account, json_object(request), settings.minimum)
        except Refused as refusal:
            return self._refuse(refusal)
        if self._settings.take("refuse_next_withdrawals"):
            return _json({"statut": True, "message": "Solde insuffisant"})
        token = new_token()
        about(token)
        self._payouts.accept(withdrawal, token)
        self._world.sleep(settings.withdraw_delay)
        if self._settings.take("lose_next_withdraw_replies"):
            lose_reply()
        reply = {"tokenPay": token, "statut": True, "message": "Retrait soumis avec succès"}
        return self._answer(reply, "replace_next_withdraw_replies")

    def _check_caller(self) -> None:
        caller = request.remote_addr or ""
        if not is_among(self._settings.now.callers, caller):
            raise Refused(f"IP non autorisée ou application non approuvée ({caller})")

    def _check_private_key(self) -> None:
        header = self._settings.now.withdraw_header
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        by_bearer = header in (BEARER, EITHER) and scheme.lower() == "bearer" and bool(bearer.strip())
        by_key = header in (PRIVATE_KEY, EITHER) and bool(request.headers.get(PRIVATE_KEY, "").strip())
        if not (by_bearer or by_key):
            raise Refused("Clé API manquante ou invalide.")

    def _answer(self, reply: dict[str, object], replaced_by: str) -> Response:
        if not self._settings.take(replaced_by):
            return _json(reply)
        settings = self._settings.now
        body = settings.replacement_body
        kind = "text/html" if body.startswith("<") else "application/json"
        return Response(body, settings.replacement_status, mimetype=kind)

    def _refuse(self, refusal: Refused) -> Response:
        return _json({"statut": False, "message": refusal.message}, self._settings.now.refusal_status)

    def _url(self, page: flow.Page) -> str:
        settings = self._settings.now
        path = url_for(".show", token=page.token)
        url = f"{(settings.public_url or request.host_url).rstrip('/')}{path}"
        if not settings.url_with_spaces:
            return url
        # The operator does not quote what it puts into this URL; what would end the query is left out.
        return f"{url}?nom={_NOT_IN_A_NAME.sub('', page.payin.name)}"


class _HostedPage:
    """What the shopper meets."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, token: str) -> Response:
        """Show the page as it stands; nothing changes but that it was seen."""
        return pages.stage(self._turn(token, flow.look).page)

    def act(self, token: str) -> AnyResponse:
        """Do what the shopper pressed; lead back to the page, or show the form again with what is wrong."""
        turn = self._turn(token, _act())
        if turn.problem is not None:
            return pages.stage(turn.page, turn.problem)
        return redirect(url_for(".show", token=token, lang=request.args.get("lang")), 303)

    def _turn(self, token: str, act: flow.Act) -> flow.Turn:
        turn = self._desk.turn(token, act)
        if turn is None:
            raise NotFound
        about(turn.page.reference)
        return turn


def _act() -> flow.Act:
    form = request.form
    match form.get("act"):
        case "cancel":
            return flow.cancel
        case "code":
            return flow.enter_code(form.get("otp", ""))
        case _:
            wallet = form.get("moyen", DEFAULT_WALLET)
            return flow.identify(wallet, form.get("phone", ""), form.get("pin", ""))


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(words.as_json(body), status, mimetype="application/json")
