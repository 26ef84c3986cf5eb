"""The room of MoneyFusion's words: what its replies, its status and its webhooks say, a vocabulary each.

The protocol page `MoneyFusion` is the source; sections are named below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain import phone
from portal.domain.events import (
    Accepted,
    AttemptEvent,
    Failed,
    FailureCode,
    Paid,
    Refunded,
    RefundFailed,
    Unheard,
)
from portal.domain.money import XOF, Money
from portal.domain.provider import (
    Answered,
    Charge,
    Claim,
    Disbursed,
    Hearsay,
    Inquiry,
    NothingKnown,
    NotificationRejected,
    NoWord,
    Payout,
    Said,
    Word,
)
from portal.providers._json import Unreadable, inner, short, whole

TOGO = "+228"
OUR_REFERENCE = re.compile(r"[0-9A-Z]{8,40}")
OUR_SECRET = re.compile(r"[0-9A-Za-z_-]{1,200}")
# Opaque, but part of a path: a name of dots alone would lead elsewhere.
TOKEN = re.compile(r"(?!\.+$)[!-~]{1,100}")
LONGEST_MESSAGE = 200
LONGEST_LOCAL = 10
"""Digits of a West African number without its country."""

# Section Access: a refusal of ours as a caller, which says nothing about a payment.
REFUSES_US = re.compile(r"autoris|approuv", re.IGNORECASE)
NOT_ABOUT_A_PAYMENT = frozenset({401, 403, 408, 429})
SERVER_FAILED = 500

# Section Status, `data.statut`; `paid` brings its sums with it.
STATUS: Mapping[str, AttemptEvent] = {
    "pending": Accepted(),
    "no paid": Accepted(),  # may still become paid
    "failure": Failed(FailureCode.REFUSED),
    "failed": Failed(FailureCode.REFUSED),
}
PAID = "paid"

# Section Webhook; section Withdraw.
PAYIN, PAYOUT = "payin.", "payout."
COMPLETED, CANCELLED = "payout.session.completed", "payout.session.cancelled"

# Section Withdraw gives two modes, both of Togo. By `moyen` without its case, spaces and signs.
COUNTRY = "tg"
LEAST_PAYOUT = 200
T_MONEY, MOOV = "t-money-togo", "moov-togo"
MODES: Mapping[str, str] = {
    **dict.fromkeys(("tmoneytogo", "tmoney", "tmoneytg", "mixxbyyas", "mixxbyyastogo", "mixx"), T_MONEY),
    **dict.fromkeys(("moovtogo", "moov", "moovtg", "moovmoney", "moovmoneytogo", "flooz", "flooztogo"), MOOV),
}
OF_TOGO = frozenset(name for name in MODES if name.endswith(("togo", "tg")) or name == "tmoney")
"""The wallets that are nowhere else; Moov, Flooz and Mixx are names in other countries too."""


# ---- what we say


def payin(charge: Charge) -> Mapping[str, Any]:
    """Return the body of a pay-in; raise Unreadable where there is no number to tell."""
    if not charge.phone:
        raise Unreadable("MoneyFusion needs the shopper's number")
    return {
        "totalPrice": charge.money.amount,
        "article": [{(charge.description or charge.reference)[:LONGEST_MESSAGE]: charge.money.amount}],
        "numeroSend": local(charge.phone),
        # The shopper's name is not ours to give, and the store's would stand there as the payer's.
        "nomclient": "Client",
        "personal_Info": [{"reference": charge.reference}],
        "return_url": charge.returns.accept,
        "webhook_url": charge.notify_url,
    }


def withdrawal(payout: Payout, mode: str) -> Mapping[str, Any]:
    """Return the body of a withdrawal."""
    return {
        "countryCode": COUNTRY,
        "phone": local(payout.phone),
        "amount": payout.money.amount,
        "withdraw_mode": mode,
        "webhook_url": payout.notify_url,
    }


def local(number: str) -> str:
    """Return the eight digits of a Togolese number, of any other all digits."""
    return number.removeprefix(TOGO).removeprefix("+")


def mode_of(number: str, rail: str | None) -> str | None:
    """Return the `withdraw_mode` of a wallet; None where the page gives none (another country, a card)."""
    if rail is None or not re.fullmatch(r"\+228[0-9]{8}", number):
        return None
    return MODES.get(_bare(rail))


def _bare(rail: str) -> str:
    return re.sub(r"[^a-z0-9]", "", rail.lower())


# ---- what it says


def statut(said: Mapping[str, Any]) -> bool:
    """Return the outer `statut`, a boolean; raise Unreadable."""
    value = said.get("statut")
    if not isinstance(value, bool):
        raise Unreadable("statut is no boolean")
    return value


def message(said: Mapping[str, Any]) -> str:
    """Return the message on one line, cut, without what cannot be shown."""
    text = said.get("message")
    plain = (
        "".join(letter if letter.isprintable() else " " for letter in text) if isinstance(text, str) else ""
    )
    return " ".join(plain.split())[:LONGEST_MESSAGE].strip()


def token(said: Mapping[str, Any], name: str) -> str:
    """Return the operator's own name for a payment; raise Unreadable."""
    value = short(said.get(name), name)
    if not TOKEN.fullmatch(value):
        raise Unreadable(f"{name} cannot stand in an address")
    return value


def status_word(http_status: int, said: Mapping[str, Any], inquiry: Inquiry) -> Word:
    """Return what the status says about the attempt; raise Unreadable."""
    if http_status in NOT_ABOUT_A_PAYMENT or http_status >= SERVER_FAILED:
        return NoWord(f"HTTP {http_status}: {message(said)}")
    if not statut(said):
        no = message(said)
        return NoWord(no) if REFUSES_US.search(no) else NothingKnown(no)
    data = inner(said.get("data"), "data")
    if token(data, "tokenPay") != inquiry.handle:
        return NoWord("the status is about another token")
    if _reference(data) not in (None, inquiry.reference):
        return NoWord("the status is about another reference")
    word = " ".join(short(data.get("statut"), "data.statut").split()).lower()
    if word == PAID:
        return Answered(_paid(data, inquiry.money.amount))
    return Answered(STATUS[word]) if word in STATUS else NoWord("data.statut is no word of MoneyFusion's")


def _paid(data: Mapping[str, Any], order: int) -> Paid:
    rail = _rail(data.get("moyen"))
    gross, fee = _sums(data, order)
    return Paid(
        Money(gross, XOF),
        payment_reference=token(data, "tokenPay"),
        fee=fee,
        payer=_payer(data.get("numeroTransaction"), rail),
        rail=rail,
    )


def _sums(data: Mapping[str, Any], order: int) -> tuple[int, int | None]:
    """Return what the shopper paid, and the fee where it is known (section Status, the rule of `Montant`)."""
    montant = whole(data.get("Montant"), "Montant")
    if montant == 0:
        raise Unreadable("paid, and no amount")
    try:
        frais = whole(data["frais"], "frais") if data.get("frais") is not None else None
    except Unreadable:
        if montant != order:
            raise
        frais = None
    if frais is not None and montant + frais == order:
        return order, frais
    if montant == order:
        # Whether `frais` was taken from the merchant or from the shopper on top is not said: net unknown.
        return order, None
    # A mismatch either way, for a person. As where it is right, the shopper's sum is both together.
    return whole(montant + (frais or 0), "Montant with frais"), frais


def _payer(told: object, rail: str | None) -> str | None:
    """Return the wallet's number: E.164 where it can be, else its digits as told; None for a card."""
    if not isinstance(told, str | int) or isinstance(told, bool):
        return None
    number = re.sub(r"[ .()-]", "", str(told)[:40])
    if not re.fullmatch(r"(?:\+|00)?[0-9]{6,15}", number):
        return None
    digits = re.sub(r"^(?:\+|00)", "", number)
    if digits != number or len(digits) > LONGEST_LOCAL:
        return _valid(f"+{digits}") or number
    # Eight digits are a number in several countries, and money would go back there: only a wallet of Togo makes it one.
    is_togolese = rail is not None and _bare(rail) in OF_TOGO
    return (is_togolese and _valid(TOGO + digits)) or number


def _valid(number: str) -> str | None:
    try:
        return phone.parse_any(number)
    except phone.PhoneError:
        return None


def _rail(moyen: object) -> str | None:
    try:
        return short(moyen, "moyen", 40)
    except Unreadable:
        return None


def _reference(said: Mapping[str, Any]) -> str | None:
    """Return our reference from `personal_Info`, where there is one of our shape."""
    info = said.get("personal_Info")
    parts: Sequence[Any] = info if isinstance(info, list) else [info]
    told = [part.get("reference") for part in parts if isinstance(part, dict)]
    return next((one for one in told if isinstance(one, str) and OUR_REFERENCE.fullmatch(one)), None)


def heard(said: Mapping[str, Any], secrets: Sequence[str]) -> Said:
    """Return what a webhook says, `secrets` being those of its address; raise Unreadable or NotificationRejected."""
    event = short(said.get("event"), "event", 60)
    if event.startswith(PAYIN):
        return _hearsay(said)
    if not event.startswith(PAYOUT):
        raise NotificationRejected("event is neither of a payin nor of a payout")
    handle = token(said, "tokenPay")
    if event not in {COMPLETED, CANCELLED} or len(secrets) != 1 or not OUR_SECRET.fullmatch(secrets[0]):
        return Hearsay(handle=handle)
    happened = RefundFailed() if event == CANCELLED else Refunded(None, handle, debited=_debited(said))
    return Claim(secrets[0], handle, happened)


def _hearsay(said: Mapping[str, Any]) -> Hearsay:
    reference = _reference(said)
    try:
        return Hearsay(reference, token(said, "tokenPay"))
    except Unreadable:
        if reference is None:
            raise
        return Hearsay(reference)


def _debited(said: Mapping[str, Any]) -> Money | None:
    """Return what left the merchant's account, fees added; the payout happened, whether this can be read or not."""
    try:
        amount = whole(said.get("montant"), "montant")
    except Unreadable:
        return None
    return Money(amount, XOF) if amount else None


def disbursed(http_status: int, said: Mapping[str, Any]) -> Disbursed:
    """Return what the reply to a withdrawal means; raise Unreadable.

    `statut: true` without a token is a refusal, says the page. So is `statut: false`: it is the operator's own word
    about this very request, over our connection, and no payout has a name by which it could still complete. What is
    not such a plain no (a server that failed, a conflict, a no that names a payout) leaves the outcome unknown.
    """
    if said.get("tokenPay") not in (None, ""):
        handle = token(said, "tokenPay")
        return Disbursed(Accepted() if statut(said) else Unheard(), handle, message(said))
    statut(said)
    is_plain_no = http_status < SERVER_FAILED and http_status not in {404, 408, 409, 425, 429}
    return Disbursed(RefundFailed() if is_plain_no else Unheard(), None, message(said))
