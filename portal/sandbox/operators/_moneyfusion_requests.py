"""What MoneyFusion is asked, read as liberally as the operator reads it: a payment, or a withdrawal."""

import json
import re
from dataclasses import dataclass, field

from flask import Request
from werkzeug.exceptions import HTTPException

from portal.sandbox.operators._moneyfusion_settings import HIGHEST_AMOUNT
from portal.sandbox.operators._moneyfusion_wallets import can_pay_out

LONGEST_TEXT = 2_000
_WHOLE = re.compile(r"[0-9]{1,10}(?:\.0+)?")
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_TOGOLESE = re.compile(r"(?:\+228|00228|228)([0-9]{8})")
_REFERENCES = ("reference", "orderId", "order_id")


class Refused(Exception):
    """The operator says no, in these words."""

    def __init__(self, message: str) -> None:
        """Keep the words for the reply."""
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Payin:
    """A payment to collect. `amount` in whole francs; the rest as given, absent URLs empty, `personal` any JSON."""

    merchant: str
    amount: int
    phone: str
    name: str
    personal: object
    return_url: str
    webhook_url: str

    @property
    def reference(self) -> str:
        """Return the merchant's own reference: the one so named in `personal_Info`, else the first value there."""
        first = self.personal[0] if isinstance(self.personal, list) and self.personal else self.personal
        if not isinstance(first, dict):
            return ""
        named = [first[name] for name in _REFERENCES if name in first]
        values = [value for value in (*named, *first.values()) if isinstance(value, str | int)]
        return str(values[0]) if values else ""


@dataclass(frozen=True)
class Withdrawal:
    """Money to pay out, in whole francs; `webhook_url` unchanged, for it may carry the merchant's secret."""

    account: str
    country: str
    phone: str
    amount: int
    mode: str
    webhook_url: str = field(repr=False)


def read_phone(typed: str) -> str | None:
    """Return a number of any country without its spaces, a Togolese one as 8 digits; None when it is none."""
    number = re.sub(r"[\s.\-()]", "", typed)
    if togolese := _TOGOLESE.fullmatch(number):
        return togolese[1]
    return number if _PHONE.fullmatch(number) else None


def json_object(request: Request) -> dict[str, object]:
    """Return the JSON object that a request carries under any content type, or raise Refused."""
    try:
        given = request.get_json(force=True)
        # What cannot be said again (NaN, half a character, a bottomless list) is not taken in.
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except (HTTPException, RecursionError, ValueError) as problem:
        raise Refused("Requête invalide : JSON attendu.") from problem
    if not isinstance(given, dict):
        raise Refused("Requête invalide : objet JSON attendu.")
    return given


def read_payin(merchant: str, given: dict[str, object], minimum: int) -> Payin:
    """Return the payment asked for, or raise Refused. The articles may have any shape: nobody counts them."""
    wanted = {"totalPrice": given.get("totalPrice"), "article": given.get("article")}
    wanted |= {"numeroSend": given.get("numeroSend"), "nomclient": given.get("nomclient")}
    missing = [name for name, value in wanted.items() if value is None]
    if missing:
        raise Refused(f"Champs requis manquants : {', '.join(missing)}.")
    if not isinstance(wanted["article"], list | dict | str):
        raise Refused("article : une liste d'articles est attendue.")
    return Payin(
        merchant=merchant,
        amount=_amount("totalPrice", wanted["totalPrice"], minimum),
        phone=_text("numeroSend", wanted["numeroSend"]),
        name=_text("nomclient", wanted["nomclient"]),
        personal=given.get("personal_Info") or [],
        return_url=_text("return_url", given.get("return_url") or ""),
        webhook_url=_text("webhook_url", given.get("webhook_url") or ""),
    )


def read_withdrawal(account: str, given: dict[str, object], minimum: int) -> Withdrawal:
    """Return the withdrawal asked for, or raise Refused."""
    names = ("countryCode", "phone", "amount", "withdraw_mode")
    if any(given.get(name) in (None, "") for name in names):
        raise Refused("Tous les champs (countryCode, phone, amount, withdraw_mode) sont requis.")
    country = _text("countryCode", given["countryCode"])
    mode = _text("withdraw_mode", given["withdraw_mode"])
    if not can_pay_out(country, mode):
        raise Refused("Mode de retrait non pris en charge pour ce pays.")
    phone = read_phone(_text("phone", given["phone"]))
    if phone is None:
        raise Refused("Numéro de téléphone invalide.")
    return Withdrawal(
        account=account,
        country=country,
        phone=phone,
        amount=_amount("amount", given["amount"], minimum),
        mode=mode,
        webhook_url=_text("webhook_url", given.get("webhook_url") or ""),
    )


def _text(name: str, value: object) -> str:
    # Clients send a number where a text is asked for, and texts with spaces around them.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(f"{name} : un texte est attendu.")
    text = str(value).strip()
    if len(text) > LONGEST_TEXT:
        raise Refused(f"{name} : texte trop long.")
    return text


def _amount(name: str, value: object, minimum: int) -> int:
    text = "" if isinstance(value, bool) else str(value).strip()
    if not isinstance(value, str | int | float) or not _WHOLE.fullmatch(text):
        raise Refused(f"{name} : un montant entier est attendu.")
    amount = int(text.partition(".")[0])
    if amount < minimum:
        raise Refused(f"Le montant minimum est de {minimum} FCFA.")
    if amount > HIGHEST_AMOUNT:
        raise Refused("Le montant est trop élevé.")
    return amount
