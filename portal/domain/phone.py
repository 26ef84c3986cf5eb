"""The room of phone numbers, Togolese unless they say otherwise: read liberally, stored as E.164, shown masked."""

from __future__ import annotations

import phonenumbers

REGION = "TG"


class PhoneError(ValueError):
    """The text is no valid phone number (in Togo: eight digits after +228)."""


def parse(text: str) -> str:
    """Return the number as E.164 (`+228XXXXXXXX`); raise PhoneError where it is not a valid Togolese one.

    Numbers have been portable since 9 May 2024, so a prefix never refuses a wallet.
    """
    number = parse_any(text)
    if phonenumbers.region_code_for_number(phonenumbers.parse(number)) != REGION:
        raise PhoneError(text[:3])
    return number


def parse_any(text: str) -> str:
    """Return the number of any country as E.164, of Togo where it names none; raise PhoneError where invalid."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(text[:3]) from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneError(text[:3])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(phone: str | None) -> str | None:
    """Return the number with all but its first two and last two local digits hidden: `+228 90••••12`.

    Of a foreign number the country's digits stay too.
    """
    if not phone:
        return None
    digits = phone.removeprefix("+")
    if len(digits.removeprefix("228")) < 4:  # noqa: PLR2004 - nothing would stay hidden
        return "••••"
    if len(digits) == 8 or digits.startswith("228"):  # noqa: PLR2004 - a Togolese number without its country
        digits = digits.removeprefix("228")
        return f"+228 {digits[:2]}••••{digits[-2:]}"
    return f"+{digits[:3]} ••••{digits[-2:]}"
