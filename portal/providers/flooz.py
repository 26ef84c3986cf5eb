"""Flooz (Moov Money, Togo): the shopper approves on the handset; only Verify, which we ask, settles.

The protocol page `Flooz` is the source of every field, code and default here; sections are named below.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from portal.domain.money import XOF
from portal.domain.provider import (
    Account,
    Acknowledgement,
    Charge,
    Credential,
    Endpoint,
    Hearsay,
    Inquiry,
    Limits,
    NeverOffered,
    NotConfigured,
    NotificationRejected,
    NoWord,
    Outcome,
    PhoneUse,
    Prompt,
    Provider,
    RawNotification,
    Said,
    Unanswered,
    Verdict,
    Word,
)
from portal.domain.words import N_
from portal.providers import _flooz_words as words
from portal.providers._http import Http, NoAnswer
from portal.providers._json import Unreadable, fields_of, object_of

log = structlog.get_logger("flooz")

DEBIT_URL = "FLOOZ_DEBIT_URL"
VERIFY_URL = "FLOOZ_VERIFY_URL"

RANDOM, ZERO = "random", "zero"
BLOCK_BYTES = 16

OUR_REFERENCE = re.compile(r"(?=.*[A-Z])[0-9A-Z]{8,40}")  # digits alone are Moov's own
# Of two calls under way the later one may arrive first, and then the lower index is refused: so once more, with a new
# index. Bad authorization debits nothing, and the reference is the same.
TRIES = 2

READ_FROM_VERIFY = frozenset({200, 404})  # a server that failed may say anything about a payment

REFUSALS = {"address": 403, "method": 405, "unknown_account": 404}


class Flooz:
    """The provider. See `domain.provider.Provider` for what each declaration means."""

    slug: str = "flooz"
    name: str = "Moov Money"
    also_known_as: str = "Flooz"
    notify_method: str = "POST"
    phone: PhoneUse = PhoneUse.TOGO
    prompt: Prompt | None = Prompt(
        N_("Payer %(price)s à %(name)s avec Moov Money ? Entrez votre code secret Flooz."),
        timedelta(seconds=120),
    )
    by_hand: Sequence[str] = (
        N_("Ouvrez le menu marchand de Moov Money (Flooz)."),
        N_("Envoyez le montant au numéro qui a payé."),
        N_("Notez ici la référence que Moov Money vous donne."),
    )
    credentials: Sequence[Credential] = (
        # A colon parts the user from the password in what is encrypted.
        Credential("user", N_("Identifiant"), r"[!-9;-~]{1,64}", secret=False, test="demo"),
        Credential("password", N_("Mot de passe"), r"[!-~]{1,128}", test="demo-password"),
        Credential(
            "secret_key",
            N_("Clé de chiffrement"),
            r"[!-~]{32}",
            hint=N_("32 caractères, donnée par Moov"),
            test="cross-sandbox-key-for-flooz-0001",
        ),
        Credential("merchant_key", N_("Clé marchand"), r"[!-~]{1,128}", test="demo-merchant-key"),
        Credential(
            "partnermsisdn",
            N_("Numéro Flooz marchand"),
            r"228[0-9]{8}",
            hint=N_("228 suivi de 8 chiffres"),
            secret=False,
            test="22896######",
        ),
        Credential(
            "iv",
            N_("Vecteur d'initialisation"),
            f"{RANDOM}|{ZERO}",
            secret=False,
            test=RANDOM,
            choices=((RANDOM, N_("Au hasard, envoyé devant")), (ZERO, N_("Des zéros"))),
        ),
        Credential(
            "names",
            N_("Génération du service"),
            "2025|older",
            secret=False,
            test="2025",
            choices=(("2025", N_("2025 (status, mrorrefid)")), ("older", N_("Plus ancienne (code, refid)"))),
        ),
    )
    endpoints: Sequence[Endpoint] = (
        Endpoint(DEBIT_URL, "/payment/HttpService/json/cv/debit"),
        Endpoint(VERIFY_URL, "/payment/HttpService/json/cv/Verify"),
    )
    currencies: frozenset[str] = frozenset({XOF})
    limits: Limits = Limits(100, 1_000_000)
    guard: timedelta | None = None
    when_silent: NeverOffered | Unanswered = Unanswered("interrupted before Flooz answered")
    form_action: Sequence[str] = ()

    def __init__(self, http: Http) -> None:
        """Take the client with which Flooz is called."""
        self.http = http

    def settles_by_notification(self, account: Account) -> bool:  # noqa: ARG002 - for every account
        """Say no: the callback is unsigned, so it only makes us ask Verify."""
        return False

    def start(self, charge: Charge) -> Outcome:
        """Ask for the debit. Once it was sent, all but a readable answer is Unanswered: it may have debited."""
        account = charge.account
        try:
            url, body, names = (
                account.url(DEBIT_URL),
                _debit(charge),
                account.credentials.get("names", "2025"),
            )
        except (NotConfigured, Unreadable) as error:
            return NeverOffered(str(error))
        try:
            return words.debit_outcome(*self._asked(account, url, body, words.STATUS_IS_CALLED[names]), names)
        except (NoAnswer, Unreadable) as error:
            return Unanswered(str(error))

    def ask(self, inquiry: Inquiry) -> Word:
        """Ask Verify what became of the attempt."""
        account = inquiry.account
        body = {
            "mrchrefid": inquiry.reference,
            "partnermsisdn": account.credentials["partnermsisdn"],
        }
        try:
            http_status, said = self._asked(account, account.url(VERIFY_URL), body, words.VERIFY_STATUS)
            if http_status not in READ_FROM_VERIFY:
                return NoWord(f"Verify answers HTTP {http_status}")
            return words.verify_word(said, inquiry)
        except (NoAnswer, NotConfigured, Unreadable) as error:
            return NoWord(str(error))

    def _asked(
        self, account: Account, url: str, body: Mapping[str, Any], status: str
    ) -> tuple[int, Mapping[str, Any]]:
        """Return HTTP status and reply; raise NoAnswer or Unreadable. `status`: the name that its code has there."""
        for _ in range(TRIES):
            answer = self.http.post(url, body, headers=_signed(account))
            said = object_of(answer.text)
            if words.status_of(said, status) != words.UNAUTHORISED:
                return answer.status, said
        # Every payment of that store fails until somebody looks: not a matter of one shopper.
        log.error("Flooz refuses our authorization", operator=self.slug, account=account.public_id)
        return answer.status, said

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:  # noqa: ARG002
        """Read a callback: whatever it says, it only names an attempt to ask about, in one of two fields."""
        fields = _callback(raw.body)
        told = [text for name in words.REFERENCES if isinstance(text := fields.get(name), str)]
        ours = dict.fromkeys(text for text in told if OUR_REFERENCE.fullmatch(text))
        if not ours:
            raise NotificationRejected("neither mrchrefid nor refid is a reference of ours")
        return [Hearsay(reference) for reference in ours]

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Answer as section Callback says: 200 and code 0 once it is stored."""
        match verdict:
            case Verdict.REFUSED:
                return _says(REFUSALS.get(reason, 400), "refused", 1)
            case Verdict.UNKNOWN_REFERENCE:
                return _says(404, "unknown reference", 1)
            case _:
                return _says(200, "success", 0)


def provider(http: Http) -> Provider:
    """Return the provider (found by `portal.providers.discover`)."""
    return Flooz(http)


def authorization(index: int, credentials: Mapping[str, str], iv: bytes) -> str:
    """Return the header: AES-256-CBC over `<index>:<user>:<password>`, PKCS#7, its 16-byte IV before it or left out.

    An IV of zeros is left out: that is the other of the two forms.
    """
    padder = PKCS7(BLOCK_BYTES * 8).padder()
    plain = f"{index}:{credentials['user']}:{credentials['password']}".encode()
    cipher = Cipher(algorithms.AES(credentials["secret_key"].encode()), modes.CBC(iv)).encryptor()
    sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    shown = base64.b64encode(sealed).decode()
    return shown if not any(iv) else f"{base64.b64encode(iv).decode()}:{shown}"


def _signed(account: Account) -> Mapping[str, str]:
    """Return the headers of one call; its index is never used for another, not even where that fails."""
    credentials = account.credentials
    iv = bytes(BLOCK_BYTES) if credentials.get("iv") == ZERO else os.urandom(BLOCK_BYTES)
    return {"Authorization": authorization(account.next_index(), credentials, iv)}


def _debit(charge: Charge) -> Mapping[str, Any]:
    if charge.phone is None or not re.fullmatch(r"\+228[0-9]{8}", charge.phone):
        raise Unreadable("Flooz needs a Togolese number")
    return {
        "msisdn": charge.phone.removeprefix("+"),
        "key": charge.account.credentials["merchant_key"],
        "mrchrefid": charge.reference,
        "mrchname": charge.brand,
        "amount": charge.money.amount,
        "partnermsisdn": charge.account.credentials["partnermsisdn"],
    }


def _callback(body: bytes) -> Mapping[str, Any]:
    """Return the callback's fields, which come as JSON or as a form whatever the header calls them."""
    try:
        return object_of(body) if body.lstrip()[:1] == b"{" else fields_of(body)
    except Unreadable as error:
        raise NotificationRejected(str(error)) from error


def _says(status: int, message: str, code: int) -> Acknowledgement:
    return Acknowledgement(status, json.dumps({"message": message, "code": code}), "application/json")
