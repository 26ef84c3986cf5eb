"""The room of amounts: whole units of one currency, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

XOF = "XOF"
"""The West African franc: it has no minor unit, so one unit is one franc."""

LARGEST = 9_999_999_999
"""The largest amount any operator can carry: ten digits (TMoney Online, section 2)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units of a currency (ISO 4217 letters, or digits where an operator says only those).

    Raises TypeError for a float, a bool or any other non-integer, ValueError for a negative amount or a
    malformed currency.
    """

    amount: int
    currency: str = XOF

    def __post_init__(self) -> None:
        """Refuse what is not money."""
        if type(self.amount) is not int:
            msg = f"an amount is a whole number, not {type(self.amount).__name__}"
            raise TypeError(msg)
        if self.amount < 0:
            msg = "an amount is never negative"
            raise ValueError(msg)
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isalnum():  # noqa: PLR2004 - ISO 4217
            msg = "a currency is named by three letters or digits"
            raise ValueError(msg)

    def __str__(self) -> str:
        """Show the amount for a log line; people's pages format it by language."""
        return f"{self.amount} {self.currency}"
