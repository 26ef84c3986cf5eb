"""The room of what must come of each ending of the shopper's number, whoever pays and by whatever road."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import shorten
from typing import Any

from babel.messages.pofile import read_po

from config import ROOT

CATALOGUE = ROOT / "portal" / "translations" / "en" / "LC_MESSAGES" / "messages.po"

PAID = "Payé"
UNHEARD_START = "L'opérateur n'a pas répondu. Aucun montant n'a été débité. Vous pouvez réessayer."


@dataclass(frozen=True)
class Ending:
    """The last two digits, what the shopper finally reads (as the French of the code), and what a shop is told."""

    digits: str
    reads: str
    status: str = "paid"
    money_moved: str = "yes"
    told: tuple[int, ...] = (200,)
    """How the portal answers the operator's notifications, in the order in which they are sent."""

    @property
    def phone(self) -> str:
        return f"90 00 00 {self.digits}"

    @property
    def paid(self) -> bool:
        return self.status == "paid"


ENDINGS = (
    Ending("00", PAID),
    Ending("01", "Vous avez annulé le paiement. Aucun montant n'a été débité.", "open", "no"),
    Ending(
        "02",
        "Le paiement n'a pas abouti : refusé par l'opérateur (solde insuffisant, par exemple) ou non confirmé. "
        "Aucun montant n'a été débité. Vous pouvez réessayer.",
        "open",
        "no",
    ),
    Ending(
        "03",
        "L'opérateur n'a pas pu vous identifier (code PIN ou code SMS). Aucun montant n'a été débité. "
        "Après trois erreurs, votre compte peut être bloqué : appelez votre opérateur.",
        "open",
        "no",
    ),
    Ending(
        "04",
        "Le temps pour payer est écoulé. Aucun montant n'a été débité. Vous pouvez réessayer.",
        "open",
        "no",
    ),
    Ending("05", PAID),
    Ending("06", PAID, told=(200, 200, 200)),
    Ending("07", PAID, told=(200, 200)),
    Ending("08", "Le marchand vérifie votre paiement", "review"),
    Ending("09", "Votre paiement n'est pas confirmé", "expired", "unknown", told=()),
    Ending("10", PAID),
    Ending("11", PAID),
    Ending("12", PAID, told=(403, 200)),
)
BY_DIGITS = {ending.digits: ending for ending in ENDINGS}


@cache
def _english() -> dict[str, str]:
    with CATALOGUE.open("rb") as catalogue:
        return {str(entry.id): str(entry.string) for entry in read_po(catalogue, locale="en") if entry.id}


def spoken(text: str, language: str, **values: str) -> str:
    """Return a text of the code as it must be read in the language, its placeholders filled."""
    said = text if language == "fr" else _english()[text]
    return said % values if values else said


def row(how: str, ending: Ending, language: str, order: Mapping[str, Any], seconds: float) -> str:
    """Return a line of the table that the tests show: what came of one payment, and what its shopper read."""
    became = f"order {order['status']}, money moved: {order['money_moved']}"
    read = shorten(spoken(ending.reads, language), 90, placeholder=" …")
    return f"payment {how:<31} {ending.digits}  {language}  {became:<36} {seconds:6.1f} s  {read}"
