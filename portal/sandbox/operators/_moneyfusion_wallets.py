"""The wallets that the MoneyFusion twin knows: those a shopper may choose, and those it can pay out to."""

from collections.abc import Mapping

CARD = "card"

WALLETS: Mapping[str, str] = {
    "t-money-togo": "T-Money (Mixx by Yas), Togo",
    "moov-togo": "Moov Money (Flooz), Togo",
    "orange": "Orange Money",
    "orange-money-ci": "Orange Money, Côte d'Ivoire",
    "mtn-ci": "MTN MoMo, Côte d'Ivoire",
    "moov-ci": "Moov Money, Côte d'Ivoire",
    "wave-ci": "Wave, Côte d'Ivoire",
    "orange-money-senegal": "Orange Money, Sénégal",
    "wave-senegal": "Wave, Sénégal",
    "mtn-benin": "MTN MoMo, Bénin",
    "moov-benin": "Moov Money, Bénin",
    "orange-money-burkina": "Orange Money, Burkina Faso",
    "orange-money-mali": "Orange Money, Mali",
    CARD: "Visa, Mastercard",
}
"""`moyen` and how people call it. "orange" and "card" name no country, as seen from the operator."""

DEFAULT_WALLET = next(iter(WALLETS))

_BY_COUNTRY: Mapping[str, tuple[str, ...]] = {
    "tg": ("t-money-togo", "moov-togo"),
    "ci": ("orange-money-ci", "mtn-ci", "moov-ci", "wave-ci"),
    "sn": ("orange-money-senegal", "free-money-senegal", "wave-senegal", "expresso-senegal"),
    "bf": ("orange-money-burkina", "moov-burkina-faso"),
    "bj": ("mtn-benin", "moov-benin"),
    "ml": ("orange-money-mali",),
    "cg": ("orange-money-mali", "mtn-cg"),
    "cm": ("orange-money-cm", "mtn-cm"),
    "cd": ("airtel-money-cd",),
    "ga": ("airtel-money-ga", "libertis-ga"),
    "gh": ("airtel-money-gh", "mtn-gh", "vodafone-gh"),
    "gn": ("orange-gn", "mtn-gn"),
    "ne": ("airtel-money-ne", "mtn-ne", "mauritel-ne"),
    "gm": ("orange-gm",),
}
"""From the operator's public documentation of withdrawals; its countries farther away are left out."""


def can_pay_out(country: str, mode: str) -> bool:
    """Tell whether a withdrawal may go to this `countryCode` and `withdraw_mode`."""
    return mode in _BY_COUNTRY.get(country.lower(), ())
