"""The room of Togolese phone numbers: read liberally, stored as E.164, shown masked."""

from __future__ import annotations

import phonenumbers

REGION = "TG"


class PhoneError(ValueError):
    """The text is no valid phone number of Togo (eight digits after +228)."""


def parse(text: str) -> str:
    """Return the number as E.164 (`+228XXXXXXXX`); raise PhoneError where it is not a valid Togolese one.

    Numbers have been portable since 9 May 2024, so a prefix never refuses a wallet.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(text[:3]) from error
    if phonenumbers.region_code_for_number(number) != REGION or not phonenumbers.is_valid_number(number):
        raise PhoneError(text[:3])
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(phone: str | None) -> str | None:
    """Return the number with all but its first two and last two local digits hidden: `+228 90••••12`."""
    if not phone:
        return None
    digits = phone.removeprefix("+").removeprefix("228")
    if len(digits) < 4:  # noqa: PLR2004 - nothing would stay hidden
        return "••••"
    return f"+228 {digits[:2]}••••{digits[-2:]}"
