"""TMoney Online (Mixx by Yas): a hosted page, reached by an auto-posted form; its notification can settle.

The protocol page `TMoney Online` is the source of every field, limit and word here; sections are named below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta

from portal.domain.events import AttemptEvent, Cancelled, Failed, FailureCode, Lapsed, Paid
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
    PostForm,
    Prompt,
    Provider,
    RawNotification,
    Said,
    Unanswered,
    Verdict,
)
from portal.domain.words import N_
from portal.providers._http import Answer, Http, NoAnswer

URL = "TMONEY_ONLINE_URL"
NUMERIC = {XOF: "952"}  # section 2: ISO 4217 digits; XOF has no minor unit
LETTERS = {digits: letters for letters, digits in NUMERIC.items()}

# Section 1: plain text, `OK:<session id>` or `NOK:<WORD>`. The id is opaque; the example has 32 digits.
SESSION = re.compile(r"OK:([0-9A-Za-z_-]{1,128})")
REFUSAL = re.compile(r"NOK:([A-Z0-9_]{1,64})")

SESSION_LASTS = timedelta(seconds=180)  # section 1: bounds the use of the session id

# Section 2: what is shown to people may be cut on a whole character; anything else over its limit is our error.
SHOWN = {"brand": 150, "description": 255, "text": 250}
BOUND = {
    "purchaseref": (1, 250),
    "phonenumber": (8, 16),
    "accepturl": (0, 150),
    "declineurl": (0, 150),
    "cancelurl": (0, 150),
}

# Section 4, `error` beside `status` NOK.
ERRORS: Mapping[str, AttemptEvent] = {
    "": Failed(FailureCode.REFUSED),
    "CANCEL": Cancelled(FailureCode.CUSTOMER),
    "AUTHENTICATION": Failed(FailureCode.AUTHENTICATION),
    "PAYMENT_FAILED": Failed(FailureCode.REFUSED),
    "EXPIRED_SESSION": Lapsed(FailureCode.SESSION_EXPIRED),
}

ACKNOWLEDGED = Acknowledgement(200, "OK")
REFUSALS = {"address": 403, "method": 405, "unknown_account": 404}


class OverLimit(Exception):
    """A value of ours is not of the length that TMoney Online takes. The text names it."""


class TMoneyOnline:
    """The provider. See `domain.provider.Provider` for what each declaration means."""

    slug: str = "tmoney-online"
    name: str = "Mixx by Yas"
    also_known_as: str = "TMoney"
    notify_method: str = "GET"
    phone: PhoneUse = PhoneUse.NONE  # section 2: a number that we fill in could not be changed there
    prompt: Prompt | None = None
    by_hand: Sequence[str] = (
        N_("Ouvrez le menu marchand de Mixx by Yas (TMoney)."),
        N_("Envoyez le montant au numéro qui a payé."),
        N_("Notez ici la référence que Mixx by Yas vous donne."),
    )
    credentials: Sequence[Credential] = (
        Credential(
            "merchantid",
            N_("Identifiant marchand"),
            r"[0-9]{16}",
            hint=N_("16 chiffres, donné par TMoney"),
            test="#" * 16,
        ),
    )
    endpoints: Sequence[Endpoint] = (Endpoint(URL, "/online/online.php"),)
    currencies: frozenset[str] = frozenset(NUMERIC)
    limits: Limits = Limits(100, 9_999_999_999)
    # The 180 s bound the use of the session id; the shopper may still be typing.
    guard: timedelta | None = timedelta(minutes=20)
    when_silent: NeverOffered | Unanswered = NeverOffered("interrupted before the page was offered")
    form_action: Sequence[str] = (URL,)

    def __init__(self, http: Http) -> None:
        """Take the client with which TMoney is called."""
        self.http = http

    def settles_by_notification(self, account: Account) -> bool:  # noqa: ARG002 - for every account
        """Say yes: it cannot be asked, so its notification must settle (section 4)."""
        return True

    def start(self, charge: Charge) -> Outcome:
        """Fetch a session id (section 1) and return the form that opens TMoney's page (section 2).

        Nothing can be debited before the shopper's browser has posted that form, so every failure is NeverOffered;
        a value of ours over its limit is one before anything is sent.
        """
        try:
            url = charge.account.url(URL)
            merchant = charge.account.credentials["merchantid"]
            order = order_form(charge, merchant)
            session = _session_id(self.http.get(url, merchantid=merchant))
            return PostForm(url, {"sessionid": session, **order}, SESSION_LASTS)
        except (NoAnswer, NotConfigured, OverLimit) as error:
            return NeverOffered(str(error))

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:  # noqa: ARG002
        """Read a notification (section 4): one authentic word about one attempt."""
        fields = _single(raw.query)
        reference = _required(fields, "purchaseref", 250)
        match fields.get("status", "").upper():
            case "OK":
                return [Notice(reference, _paid(fields))]
            case "NOK":
                # A word not on the page is still TMoney's NOK: no money moved.
                word = fields.get("error", "").upper()
                return [Notice(reference, ERRORS.get(word, Failed(FailureCode.REFUSED)))]
            case _:
                msg = "status is neither OK nor NOK"
                raise NotificationRejected(msg)

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Answer as section 4 says: 200 `OK` once the fact is stored, also for a repeat."""
        match verdict:
            case Verdict.REFUSED:
                return Acknowledgement(REFUSALS.get(reason, 400), "NOK")
            case Verdict.UNKNOWN_REFERENCE:
                return Acknowledgement(404, "NOK")
            case _:
                return ACKNOWLEDGED


def provider(http: Http) -> Provider:
    """Return the provider (found by `portal.providers.discover`)."""
    return TMoneyOnline(http)


def _session_id(answer: Answer) -> str:
    text = answer.text.strip()
    if answer.status == 200 and (found := SESSION.fullmatch(text)):  # noqa: PLR2004
        return found[1]
    if found := REFUSAL.fullmatch(text):
        raise NoAnswer(found[1])
    msg = f"unreadable answer, HTTP {answer.status}"
    raise NoAnswer(msg)


def order_form(charge: Charge, merchant: str) -> Mapping[str, str]:
    """Return the fields of section 2 but for the session id; raise OverLimit for a value of ours."""
    fields = {
        "merchantid": merchant,
        "amount": str(charge.money.amount),
        "currency": NUMERIC[charge.money.currency],
        "purchaseref": charge.reference,
        "brand": charge.brand,
        "description": charge.description,
        "accepturl": charge.returns.accept,
        "declineurl": charge.returns.decline,
        "cancelurl": charge.returns.cancel,
        "language": charge.language if charge.language in {"fr", "en"} else "fr",
    }
    if charge.text:
        fields["text"] = charge.text
    if charge.phone:
        fields["phonenumber"] = charge.phone.removeprefix("+")
    for name, (least, most) in BOUND.items():
        if name in fields and not least <= len(fields[name]) <= most:
            msg = f"{name} is not of the {least} to {most} characters that TMoney Online takes"
            raise OverLimit(msg)
    return fields | {name: _cut(fields[name], most) for name, most in SHOWN.items() if name in fields}


def _cut(text: str, most: int) -> str:
    """Return the beginning of the text, cut on a whole character: no letter is parted from its accent."""
    end = min(most, len(text))
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return text[: end or most]


def _single(query: Sequence[tuple[str, str]]) -> dict[str, str]:
    fields = dict(query)
    if len(fields) != len(query):
        msg = "a parameter is given twice"
        raise NotificationRejected(msg)
    return fields


def _required(fields: Mapping[str, str], name: str, most: int) -> str:
    value = fields.get(name, "")
    if not 1 <= len(value) <= most or not value.isprintable():
        msg = f"{name} is missing, too long or unreadable"
        raise NotificationRejected(msg)
    return value


def _paid(fields: Mapping[str, str]) -> Paid:
    if fields.get("error"):
        msg = "status OK beside an error"
        raise NotificationRejected(msg)
    amount, currency = fields.get("amount", ""), fields.get("currency", "")
    if not re.fullmatch(r"[0-9]{1,10}", amount) or int(amount) == 0:
        msg = "amount is not a whole number of at most ten digits"
        raise NotificationRejected(msg)
    if not re.fullmatch(r"[0-9]{3}", currency):
        msg = "currency is not three digits"
        raise NotificationRejected(msg)
    reference = _required(fields, "paymentref", 100)
    return Paid(Money(int(amount), LETTERS.get(currency, currency)), reference, payer=_payer(fields))


def _payer(fields: Mapping[str, str]) -> str | None:
    mobile = fields.get("mobile", "")
    return f"+{mobile}" if re.fullmatch(r"[0-9]{8,15}", mobile) else None
