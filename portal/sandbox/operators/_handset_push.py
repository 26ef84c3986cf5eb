"""One request to a handset and what becomes of it, as pure functions: the phone's ending decides."""

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Literal

from portal.sandbox.operators._handset_settings import HandsetSettings
from portal.sandbox.scenarios import Ending, ending_of

Kind = Literal["payment", "payout"]


class State(Enum):
    """Where a request stands; the last two are final."""

    WAITING = auto()
    DONE = auto()
    FAILED = auto()


class Failure(Enum):
    """Why nothing moved; the value is what the operators' messages say."""

    CANCELLED = "Transaction annulée par le client"
    REFUSED = "Solde insuffisant"
    WRONG_PIN = "Code PIN incorrect"
    LAPSED = "Délai de confirmation dépassé"


@dataclass(frozen=True)
class Push:
    """A request as it stands. Times are Unix seconds; `phone` is `228XXXXXXXX`; `reference` the merchant's.

    `payment` is the operator's reference, `given` what else the merchant sent and callbacks repeat, `moved`
    the whole francs that moved. A "payout" asks no customer: only `refused` can make it fail.
    """

    kind: Kind
    account: str
    reference: str
    phone: str
    amount: int
    payment: str
    asked_at: float
    given: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False
    state: State = State.WAITING
    failure: Failure | None = None
    moved: int = 0
    ended_at: float = 0.0

    @property
    def ending(self) -> Ending:
        """Return the scenario."""
        return ending_of(self.phone)

    @property
    def told_amount(self) -> int:
        """Return the francs that callbacks and answers name: what moved, or what was asked for."""
        return self.moved if self.state is State.DONE else self.amount


_FAILURES: Mapping[Ending, Failure] = {
    Ending.CUSTOMER_CANCELS: Failure.CANCELLED,
    Ending.REFUSED: Failure.REFUSED,
    Ending.WRONG_PIN: Failure.WRONG_PIN,
    Ending.NOBODY_ACTS: Failure.LAPSED,
}
_tickets = itertools.count(secrets.randbelow(100_000))


def fresh_payment(now: float) -> str:
    """Return a payment reference of 15 digits that no other has, not even after a restart."""
    return f"{int(now):010d}{next(_tickets) % 100_000:05d}"


def ended(push: Push, now: float) -> Push:
    """Return the request as it ends; what has ended already stays."""
    if push.state is not State.WAITING:
        return push
    failure = Failure.REFUSED if push.refused else _failure(push)
    if failure is not None:
        return replace(push, state=State.FAILED, failure=failure, ended_at=now)
    smaller = push.kind == "payment" and push.ending is Ending.SMALLER
    moved = max(1, push.amount // 2) if smaller else push.amount
    return replace(push, state=State.DONE, moved=moved, ended_at=now)


def seconds_until_end(push: Push, settings: HandsetSettings) -> float:
    """Return how long after its acceptance a request ends."""
    if push.ending is Ending.SLOW:
        return settings.slow_seconds
    if push.kind == "payment" and push.ending is Ending.NOBODY_ACTS:
        return settings.lapse_seconds
    return settings.prompt_seconds


def pretended(push: Push, now: float) -> Push:
    """Return the success that a forger pretends: the true reference, an invented payment."""
    return replace(push, state=State.DONE, moved=push.amount, payment=fresh_payment(now), ended_at=now)


def _failure(push: Push) -> Failure | None:
    return _FAILURES.get(push.ending) if push.kind == "payment" else None
