"""MoneyFusion: a hosted page for any West African wallet or card; only its status, which we ask, settles.

The protocol page `MoneyFusion` is the source of every field, word and limit here; sections are named below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from portal.domain.events import FailureCode, NotSent, Unheard
from portal.domain.money import XOF, Money
from portal.domain.provider import (
    Account,
    Acknowledgement,
    Charge,
    Credential,
    Disbursed,
    Endpoint,
    Inquiry,
    Limits,
    NeverOffered,
    NotConfigured,
    NotificationRejected,
    NoWord,
    Outcome,
    Payout,
    PhoneUse,
    Prompt,
    Provider,
    RawNotification,
    Redirect,
    Refused,
    Said,
    Unanswered,
    Verdict,
    Word,
)
from portal.domain.words import N_
from portal.providers import _moneyfusion_words as words
from portal.providers._http import Http, NoAnswer
from portal.providers._json import Unreadable, object_of, short

HOSTS = "MONEYFUSION_HOSTS"
STATUS_URL = "MONEYFUSION_STATUS_URL"
WITHDRAW_URL = "MONEYFUSION_WITHDRAW_URL"

# An address by its host or its IPv6 address, without a name or password in it, a query or a fragment.
API_URL = r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%-]{1,100}){1,8}/?"

PRIVATE_KEY, BEARER = "moneyfusion-private-key", "Authorization: Bearer"
LONGEST_PAGE = 2_000

REFUSALS = {"address": 403, "method": 405, "unknown_account": 404}


class MoneyFusion:
    """The provider. See `domain.provider.Provider` for what each declaration means."""

    slug: str = "moneyfusion"
    name: str = "MoneyFusion"
    also_known_as: str = N_("tous les portefeuilles et cartes")
    notify_method: str = "POST"
    phone: PhoneUse = PhoneUse.ANY
    prompt: Prompt | None = None
    by_hand: Sequence[str] = (
        N_("Ouvrez votre tableau de bord MoneyFusion, à la page des retraits."),
        N_("Envoyez le montant au numéro qui a payé."),
        N_("Notez ici la référence que MoneyFusion vous donne."),
    )
    credentials: Sequence[Credential] = (
        Credential(
            "api_url",
            N_("Adresse de l'API de paiement"),
            API_URL,
            hint=N_(
                "Dans votre tableau de bord MoneyFusion. Elle est secrète : qui la connaît peut s'en servir."
            ),
            test=f"/{'*' * 8}/{'*' * 24}/pay/",
            hosts=HOSTS,
        ),
        Credential(
            "private_key",
            N_("Clé privée des retraits"),
            r"[!-~]{0,200}",
            hint=N_("Pour rembourser sans quitter le portail. Vide : vous remboursez à la main."),
            test="*" * 32,
        ),
        Credential(
            "key_header",
            N_("En-tête de la clé privée"),
            f"{PRIVATE_KEY}|{BEARER}",
            secret=False,
            test=PRIVATE_KEY,
            choices=((PRIVATE_KEY, PRIVATE_KEY), (BEARER, BEARER)),
        ),
    )
    endpoints: Sequence[Endpoint] = (
        Endpoint(STATUS_URL, "/paiementNotif"),
        Endpoint(WITHDRAW_URL, "/api/v1/withdraw"),
    )
    currencies: frozenset[str] = frozenset({XOF})
    # The page names no greatest amount. What is too much for a wallet the operator refuses, and nothing is debited.
    limits: Limits = Limits(200, 1_000_000_000)
    guard: timedelta | None = timedelta(minutes=20)
    when_silent: NeverOffered | Unanswered = NeverOffered("interrupted before the page was offered")
    form_action: Sequence[str] = ()

    def __init__(self, http: Http) -> None:
        """Take the client with which MoneyFusion is called."""
        self.http = http

    def settles_by_notification(self, account: Account) -> bool:  # noqa: ARG002 - for every account
        """Say no: a webhook about a payment is unsigned, so it only makes us ask."""
        return False

    def start(self, charge: Charge) -> Outcome:
        """Fetch the address of the page on which the shopper pays (section Pay-in).

        Nothing can be debited before the shopper's browser has that page, so every failure is NeverOffered.
        """
        try:
            url = charge.account.trusted(charge.account.credentials["api_url"], HOSTS)
            answer = self.http.post(url, words.payin(charge))
            return _page(object_of(answer.text), charge.account)
        except (NoAnswer, NotConfigured, Unreadable) as error:
            return NeverOffered(str(error))

    def ask(self, inquiry: Inquiry) -> Word:
        """Ask for the status (section Status) by our stored token: no other one can be believed."""
        account = inquiry.account
        if not inquiry.handle:
            return NoWord("MoneyFusion gave no token to ask with")
        try:
            where = f"{account.url(STATUS_URL).rstrip('/')}/{quote(inquiry.handle, safe='')}"
            answer = self.http.get(account.trusted(where, HOSTS))
            return words.status_word(answer.status, object_of(answer.text), inquiry)
        except (NoAnswer, NotConfigured, Unreadable) as error:
            return NoWord(str(error))

    def reaches(self, phone: str, rail: str | None, money: Money) -> bool:
        """Say whether a withdrawal can go there (section Withdraw): its kind of wallet is known, and its least sum."""
        enough = money.currency in self.currencies and money.amount >= words.LEAST_PAYOUT
        return enough and words.mode_of(phone, rail) is not None

    def disburse(self, payout: Payout) -> Disbursed:
        """Ask for a withdrawal (section Withdraw), once; without a private key none is asked for."""
        account = payout.account
        mode = words.mode_of(payout.phone, payout.rail)
        if mode is None or not self.reaches(payout.phone, payout.rail, payout.money):
            return Disbursed(NotSent(), detail=N_("MoneyFusion ne peut pas envoyer ce montant à ce numéro."))
        key = account.credentials.get("private_key")
        if not key:
            return Disbursed(NotSent(), detail=N_("La clé privée des retraits n'est pas renseignée."))
        try:
            url = account.trusted(account.url(WITHDRAW_URL), HOSTS)
        except NotConfigured as error:
            return Disbursed(NotSent(), detail=str(error))
        try:
            header = _header(key, account.credentials.get("key_header"))
            answer = self.http.post(url, words.withdrawal(payout, mode), headers=header)
            return words.disbursed(answer.status, object_of(answer.text))
        except (NoAnswer, Unreadable) as error:
            return Disbursed(Unheard(), detail=str(error))

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:  # noqa: ARG002
        """Read a webhook: about a payment it is hearsay, about a payout it claims by the secret in its address."""
        secrets = [value for name, value in raw.query if name == "refund"]
        try:
            return [words.heard(object_of(raw.body), secrets)]
        except Unreadable as error:
            raise NotificationRejected(str(error)) from error

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Answer 200 once it is stored; an unknown token is never answered 200 and dropped (section Webhook)."""
        match verdict:
            case Verdict.REFUSED:
                return _says(REFUSALS.get(reason, 400), received=False)
            case Verdict.UNKNOWN_REFERENCE:
                return _says(404, received=False)
            case _:
                return _says(200, received=True)


def provider(http: Http) -> Provider:
    """Return the provider (found by `portal.providers.discover`)."""
    return MoneyFusion(http)


def _page(said: Mapping[str, Any], account: Account) -> Redirect | Refused:
    """Return where the shopper goes on, quoted and trusted; the HTTP status of a refusal varies, so it says nothing."""
    if not words.statut(said):
        return Refused(FailureCode.REFUSED, words.message(said))
    page = account.trusted(short(said.get("url"), "url", LONGEST_PAGE), HOSTS)
    return Redirect(page, handle=words.token(said, "token"))


def _header(key: str, kind: str | None) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"} if kind == BEARER else {PRIVATE_KEY: key}


def _says(status: int, *, received: bool) -> Acknowledgement:
    return Acknowledgement(status, json.dumps({"received": received}), "application/json")
