"""The room of made-up events: every kind, with every code that it may carry."""

from __future__ import annotations

from hypothesis import strategies as st

from portal.domain.events import Accepted, AttemptEvent, Cancelled, Failed, FailureCode, Lapsed, Paid, Unheard
from portal.domain.money import Money

EVENTS: tuple[AttemptEvent, ...] = (
    Accepted(),
    Unheard(),
    Paid(Money(500), "T1"),
    *(ending(code) for ending in (Failed, Cancelled, Lapsed) for code in FailureCode),
)


def events() -> st.SearchStrategy[AttemptEvent]:
    return st.sampled_from(EVENTS)


def payments(amount: int = 500) -> st.SearchStrategy[Paid]:
    """Payments around the amount that is wanted, under a few references."""
    money = st.builds(
        Money, st.sampled_from([amount - 1, amount, amount + 1]), st.sampled_from(["XOF", "952"])
    )
    return st.builds(Paid, money, st.sampled_from([None, "T1", "T2"]))
