"""The room of amounts as people read them: `5 000 F CFA`."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import format_decimal
from flask_babel import get_locale

NAMES = {"XOF": "F CFA"}
LONGEST = 12


def shown(amount: int, currency: str) -> str:
    """Return the amount in the language's own manner, in whole units, never broken across lines."""
    return _shown(amount, currency, str(get_locale()))


@lru_cache(maxsize=4096)
def _shown(amount: int, currency: str, locale: str) -> str:
    number = format_decimal(amount, locale=locale).replace("\u202f", "\u00a0")
    return f"{number}\u00a0{NAMES.get(currency, currency)}".replace(" ", "\u00a0")


def read_amount(text: str) -> int | None:
    """Return the whole amount that a person typed, however they grouped its digits; None where it is none."""
    digits = "".join(text.split()).replace("\u202f", "").replace("\u00a0", "")
    for name in ("FCFA", "CFA", "XOF"):
        digits = digits.removesuffix(name).removesuffix(name.lower())
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST:
        return None
    return int(digits)
