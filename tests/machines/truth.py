"""The room of what truly happened: the words that the operator was thanked for, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.machines.stage import Row

SETTLED = ("applied", "repeated", "stale")
LETTERS = {"952": "XOF"}


@dataclass(frozen=True)
class Word:
    """One authentic notification about one of the store's attempts; `row`: its line in the inbox."""

    row: int
    reference: str
    status: str
    amount: int
    currency: str
    payment_reference: str


@dataclass(frozen=True)
class Payment:
    """Money that arrived."""

    reference: str
    amount: int
    currency: str


@dataclass
class Truth:
    """`payments` by the operator's payment reference; `decided`: attempts that had an authentic final word."""

    pending: list[Word] = field(default_factory=list)
    thanked: list[Word] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    handed_out: set[str] = field(default_factory=set)

    def hears(self, word: Word) -> None:
        """Take a word that was acknowledged: it counts from when its line in the inbox is settled."""
        self.thanked.append(word)
        self.pending.append(word)

    def settle(self, verdicts: dict[int, str]) -> None:
        """Count the words that were applied meanwhile, in the order in which they came."""
        for word in [one for one in self.pending if verdicts[one.row] in SETTLED]:
            self.pending.remove(word)
            self._count(word)

    def _count(self, word: Word) -> None:
        if word.status == "NOK":
            self.decided.add(word.reference)
        elif word.payment_reference not in self.payments:
            self.decided.add(word.reference)
            self.payments[word.payment_reference] = Payment(word.reference, word.amount, word.currency)

    def paid_to(self, attempts: list[Row]) -> list[Payment]:
        """Return the payments that arrived for these attempts."""
        references = {attempt["reference"] for attempt in attempts}
        return [one for one in self.payments.values() if one.reference in references]
