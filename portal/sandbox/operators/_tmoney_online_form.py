"""The order form as TMoney Online reads it: every field, its limit, and the phone's several notations."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portal.sandbox.checks import is_web_address
from portal.sandbox.texts import Language, language_of

LEAST_AMOUNT = 100
_PHONE = re.compile(r"(?:\+228|00228|228)?([0-9]{8})")


@dataclass(frozen=True)
class Order:
    """A good order form. `phone` is `228XXXXXXXX`, or empty for the shopper to type; so are absent URLs."""

    session: str = field(repr=False)
    merchant: str
    amount: int
    reference: str
    phone: str
    brand: str
    description: str
    text: str
    accept_url: str
    decline_url: str
    cancel_url: str
    language: Language


@dataclass(frozen=True)
class Rule:
    """One field: what it must be, as a test and in words (`fr`, `en`)."""

    name: str
    accepts: Callable[[str], bool]
    fr: str
    en: str
    required: bool = False


def read_phone(typed: str) -> str | None:
    """Return a Togolese number in any usual notation as `228XXXXXXXX`; None when it is none."""
    number = _PHONE.fullmatch(re.sub(r"\s", "", typed))
    return f"228{number[1]}" if number else None


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda value: compiled.fullmatch(value) is not None


def _is_amount(value: str) -> bool:
    return re.fullmatch(r"[0-9]{3,10}", value) is not None and int(value) >= LEAST_AMOUNT


def _is_phone(value: str) -> bool:
    return 8 <= len(value) <= 16 and read_phone(value) is not None  # noqa: PLR2004 - the operator's limits


def _is_url(value: str) -> bool:
    return len(value) <= 150 and is_web_address(value)  # noqa: PLR2004 - the operator's limit


_PHONE_WORDS = ("8 à 16 caractères, un numéro togolais", "8 to 16 characters, a Togolese number")
_URL_WORDS = (
    "une adresse http ou https d'au plus 150 caractères",
    "an http or https address of at most 150 characters",
)
RULES: tuple[Rule, ...] = (
    Rule("sessionid", _matching(r".{1,250}"), "la session reçue", "the session received", required=True),
    Rule("merchantid", _matching(r"[0-9]{16}"), "16 chiffres", "16 digits", required=True),
    Rule(
        "amount", _is_amount, "3 à 10 chiffres, au moins 100", "3 to 10 digits, at least 100", required=True
    ),
    Rule("currency", _matching("952"), "952", "952", required=True),
    Rule("purchaseref", _matching(r".{1,250}"), "1 à 250 caractères", "1 to 250 characters", required=True),
    Rule(
        "brand",
        _matching(r".{0,150}"),
        "présent, au plus 150 caractères",
        "present, at most 150 characters",
        required=True,
    ),
    Rule("phonenumber", _is_phone, *_PHONE_WORDS),
    Rule("phonennumber", _is_phone, *_PHONE_WORDS),
    Rule("description", _matching(r".{0,255}"), "au plus 255 caractères", "at most 255 characters"),
    Rule("accepturl", _is_url, *_URL_WORDS),
    Rule("declineurl", _is_url, *_URL_WORDS),
    Rule("cancelurl", _is_url, *_URL_WORDS),
    Rule("text", _matching(r".{0,250}"), "au plus 250 caractères", "at most 250 characters"),
    Rule("language", _matching("fr|en"), "fr ou en", "fr or en"),
)


def broken_rule(form: Mapping[str, str]) -> Rule | None:
    """Return the first rule that the form breaks. An optional field left empty counts as absent."""
    return next((rule for rule in RULES if not _holds(rule, form)), None)


def read_order(form: Mapping[str, str]) -> Order:
    """Return the order of a form that breaks no rule."""
    return Order(
        session=form["sessionid"],
        merchant=form["merchantid"],
        amount=int(form["amount"]),
        reference=form["purchaseref"],
        phone=read_phone(form.get("phonenumber") or form.get("phonennumber", "")) or "",
        brand=form["brand"],
        description=form.get("description", ""),
        text=form.get("text", ""),
        accept_url=form.get("accepturl", ""),
        decline_url=form.get("declineurl", ""),
        cancel_url=form.get("cancelurl", ""),
        language=language_of(form.get("language")),
    )


def _holds(rule: Rule, form: Mapping[str, str]) -> bool:
    value = form.get(rule.name)
    if rule.required:
        return value is not None and rule.accepts(value)
    return not value or rule.accepts(value)
