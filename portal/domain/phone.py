"""The room of phone numbers, Togolese unless they say otherwise: read liberally, stored as E.164, shown masked."""

from __future__ import annotations

import phonenumbers

REGION = "TG"
COUNTRY = "228"
LOCAL_DIGITS = 8
SHOWN_DIGITS = 4
"""Of a local number; with fewer nothing would stay hidden."""


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


def spoken(number: str) -> str:
    """Return a number (E.164) as people read it aloud, `+228 90 11 22 33`; what is none stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked(phone: str | None) -> str | None:
    """Return the number with all but its first two and last two local digits hidden: `+228 90••••12`.

    Of a foreign number the country's digits stay too.
    """
    if not phone:
        return None
    digits = phone.removeprefix("+")
    local = digits.removeprefix(COUNTRY)
    if len(local) < SHOWN_DIGITS:
        return "••••"
    if local != digits or len(digits) == LOCAL_DIGITS:
        return f"+{COUNTRY} {local[:2]}••••{local[-2:]}"
    return f"+{digits[:3]} ••••{digits[-2:]}"
