"""TMoney MBANKING (Mixx by Yas): a debit that the shopper approves on the handset, credits, and check-transaction.

The protocol page `TMoney MBANKING` is the source of every field, code and word here. The old credit (version 1) is a
GET with `merchantid` or `agentid`, `password`, `client`, `amount`, `currency`, `trxcode`, `type`, `description`,
`referenceid`, `sms` and `email`, answered by a POST with `referenceid`, `result` and `transactionid`: it puts a
password into an address, so it is not spoken here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from portal.clock import Clock
from portal.domain.events import NotSent, Unheard
from portal.domain.money import LARGEST, XOF, Money
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
    RefundWord,
    Said,
    Unanswered,
    Verdict,
    Word,
)
from portal.domain.words import N_
from portal.providers._http import Http, NoAnswer
from portal.providers._json import Unreadable, object_of
from portal.providers._tmoney_desk import LOGIN, Desk, NotSignedIn
from portal.providers._tmoney_reading import (
    callback_said,
    credit_event,
    credit_word,
    debit_outcome,
    debit_word,
)
from portal.providers._tmoney_words import folded

DEBIT = "TMONEY_DEBIT_URL"
DEBIT_CHECK = "TMONEY_DEBIT_CHECK_URL"
CREDIT = "TMONEY_CREDIT_URL"
CREDIT_CHECK = "TMONEY_CREDIT_CHECK_URL"

VERIFY = "verify_by_asking"
PHONE = re.compile(r"\+228[0-9]{8}")
DESCRIPTION = 100  # the page names no limit; what is longer is cut

CALLBACK_EXECUTED = "2001"
REFUSALS = {"address": 403, "method": 405, "unknown_account": 404}


class TMoney:
    """The provider. See `domain.provider.Provider` for what each declaration means."""

    slug: str = "tmoney"
    name: str = "Mixx by Yas direct"
    also_known_as: str = "TMoney"
    notify_method: str = "POST"
    phone: PhoneUse = PhoneUse.TOGO
    prompt: Prompt | None = Prompt(
        N_(
            "Mixx by Yas (TMoney) vous demande de payer %(price)s à %(name)s. Tapez votre code secret pour confirmer."
        ),
        timedelta(seconds=120),
    )
    by_hand: Sequence[str] = (
        N_("Ouvrez le menu marchand de Mixx by Yas (TMoney)."),
        N_("Envoyez le montant au numéro qui a payé."),
        N_("Notez ici la référence que Mixx by Yas vous donne."),
    )
    credentials: Sequence[Credential] = (
        Credential(
            "nomUtilisateur",
            N_("Nom d'utilisateur"),
            r"[!-~]{1,100}",
            hint=N_("donné par TMoney pour son service MBANKING"),
            secret=False,
            test="cross-######",
        ),
        Credential("motDePasse", N_("Mot de passe"), r"[ -~\u00a1-\u024f]{1,200}", test="*" * 16),
        Credential(
            VERIFY,
            N_("Vérifier chaque notification auprès de TMoney"),
            r"on|off",
            hint=N_("conseillé : une notification de TMoney n'est pas signée"),
            secret=False,
            test="on",
            choices=(("on", N_("Oui, vérifier")), ("off", N_("Non, croire les adresses de la liste"))),
        ),
    )
    endpoints: Sequence[Endpoint] = (
        Endpoint(LOGIN, "/login"),
        Endpoint(DEBIT, "/push-api/v1/debit"),
        Endpoint(DEBIT_CHECK, "/push-api/v1/transactionid"),
        Endpoint(CREDIT, "/m-banking/v1/api/tpcredit"),
        Endpoint(CREDIT_CHECK, "/m-banking/v1/api/tpcredit/check-transaction-id"),
    )
    currencies: frozenset[str] = frozenset({XOF})
    limits: Limits = Limits(1, LARGEST)
    guard: timedelta | None = None  # a push holds it until a final word
    when_silent: NeverOffered | Unanswered = Unanswered("interrupted while the debit was sent")
    form_action: Sequence[str] = ()

    def __init__(self, desk: Desk) -> None:
        """Take the desk at which TMoney is called."""
        self.desk = desk

    def settles_by_notification(self, account: Account) -> bool:
        """Say yes only where the merchant switched verification off; saved before there was a switch means on."""
        return account.credentials.get(VERIFY, "on") == "off"

    def start(self, charge: Charge) -> Outcome:
        """Send a debit, once; what was not accepted for want of a login can debit nothing."""
        if charge.phone is None or not PHONE.fullmatch(charge.phone):
            return NeverOffered("no Togolese phone number")
        body = self._request(charge.reference, charge.money, charge.phone, charge.description)
        try:
            answer = self.desk.post(charge.account, DEBIT, body)
        except (NotConfigured, NotSignedIn) as error:
            return NeverOffered(str(error))
        except NoAnswer as error:
            return Unanswered(str(error))
        return debit_outcome(answer, charge.reference)

    def ask(self, inquiry: Inquiry) -> Word:
        """Ask check-transaction about a debit."""
        try:
            answer = self.desk.get(inquiry.account, DEBIT_CHECK, inquiry.reference)
        except (NotConfigured, NotSignedIn, NoAnswer) as error:
            return NoWord(str(error))
        return debit_word(answer, inquiry.reference)

    def reaches(self, phone: str, rail: str | None, money: Money) -> bool:  # noqa: ARG002 - it knows one kind only
        """Say yes to every Togolese wallet: a prefix refuses none."""
        return bool(PHONE.fullmatch(phone)) and money.currency in self.currencies and self.limits.allow(money)

    def disburse(self, payout: Payout) -> Disbursed:
        """Send a credit, once. One that left us and was turned away is not certain enough to send again."""
        body = self._request(payout.reference, payout.money, payout.phone, payout.description)
        try:
            answer = self.desk.post(payout.account, CREDIT, body)
        except NotConfigured as error:
            return Disbursed(NotSent(), detail=str(error))
        except NotSignedIn as error:
            return Disbursed(Unheard() if error.sent else NotSent(), detail=str(error))
        except NoAnswer as error:
            return Disbursed(Unheard(), detail=str(error))
        event, detail = credit_event(answer, payout.reference)
        return Disbursed(event, detail=detail)

    def ask_payout(self, inquiry: Inquiry) -> RefundWord:
        """Ask check-transaction about a credit."""
        try:
            answer = self.desk.get(inquiry.account, CREDIT_CHECK, inquiry.reference)
        except (NotConfigured, NotSignedIn, NoAnswer) as error:
            return NoWord(str(error))
        return credit_word(answer, inquiry.reference)

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:
        """Read a callback: hearsay where every word is verified, else what its status and code say together."""
        try:
            fields = folded(object_of(raw.body))
            return [callback_said(fields, may_settle=self.settles_by_notification(account))]
        except Unreadable as error:
            raise NotificationRejected(str(error)) from error

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Answer code 2001, callback executed, once it is stored; a refusal or an unknown request has another."""
        match verdict:
            case Verdict.REFUSED:
                status = REFUSALS.get(reason, 400)
                return _told(status, str(status), "callback refused")
            case Verdict.UNKNOWN_REFERENCE:
                return _told(404, "404", "unknown idRequete")
            case _:
                return _told(200, CALLBACK_EXECUTED, "callback executed")

    def _request(self, reference: str, money: Money, phone: str, description: str) -> Mapping[str, Any]:
        return {
            "idRequete": reference,
            "numeroClient": phone.removeprefix("+"),
            "montant": money.amount,
            "refCommande": reference,
            "dateHeureRequete": f"{self.desk.clock.now():%Y-%m-%d %H:%M:%S}",  # Togo keeps UTC
            "description": description[:DESCRIPTION],
        }


def provider(http: Http) -> Provider:
    """Return the provider (found by `portal.providers.discover`)."""
    return TMoney(Desk(http, Clock()))


def _told(status: int, code: str, message: str) -> Acknowledgement:
    return Acknowledgement(status, json.dumps({"code": code, "message": message}), "application/json")
