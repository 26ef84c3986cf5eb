"""The room of what can happen to a payment: one closed union of events, in the field's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.money import Money


class FailureCode(StrEnum):
    """Why a payment did not happen; stable, shown to programs as `failure_code`."""

    NOT_STARTED = "not_started"
    REFUSED = "refused"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    AUTHENTICATION = "authentication"
    REVERSED = "reversed"
    CUSTOMER = "cancelled_by_customer"
    LEFT = "left"
    SESSION_EXPIRED = "session_expired"
    WRITTEN_OFF = "written_off"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operator took our request; the shopper has yet to act."""


@dataclass(frozen=True, slots=True)
class Paid:
    """Money arrived.

    `payment_reference` is the operator's own (None where it gave none), `fee` in whole units (None: not told),
    `payer` the wallet that paid and `rail` its kind, both as the operator named them.
    """

    money: Money
    payment_reference: str | None = None
    fee: int | None = None
    payer: str | None = None
    rail: str | None = None

    def same_fact(self, other: Paid) -> bool:
        """Say whether both are one payment: amount, currency and the operator's reference are all equal."""
        return (self.money, self.payment_reference) == (other.money, other.payment_reference)


@dataclass(frozen=True, slots=True)
class Failed:
    """The operator refused. `REVERSED` is its later, authentic word that money went back.

    `WRITTEN_OFF`: a person found no such payment in the operator's statement.
    """

    code: FailureCode = FailureCode.REFUSED


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The customer gave up: by the operator's word, or by their own with us (`LEFT`)."""

    code: FailureCode = FailureCode.CUSTOMER


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Time ran out: the operator says so (`SESSION_EXPIRED`), or our guard time did (`NO_ANSWER`)."""

    code: FailureCode = FailureCode.NO_ANSWER


@dataclass(frozen=True, slots=True)
class Unheard:
    """Our call met silence, or an answer nobody can read: the outcome is unknown."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """The customer received `money` back (None: the operator names no sum of its own, so it is what we asked for).

    `fee` is the operator's, in whole units; `debited` is what left the merchant's account, fee included.
    """

    money: Money | None = None
    payment_reference: str | None = None
    fee: int | None = None
    debited: Money | None = None


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The operator's authentic, final word that a refund did not happen."""

    code: FailureCode = FailureCode.REFUSED


@dataclass(frozen=True, slots=True)
class NotSent:
    """A payout that never left us: the operator was not asked to pay, for certain."""


AttemptEvent = Accepted | Paid | Failed | Cancelled | Lapsed | Unheard
RefundEvent = Accepted | Refunded | RefundFailed | NotSent | Unheard

OURS = frozenset({FailureCode.LEFT, FailureCode.NO_ANSWER})
"""Ends that we deduced or the shopper told us: the operator may still say otherwise."""


def is_final_word(event: AttemptEvent) -> bool:
    """Say whether the event is an authentic final word about an attempt, after which its outcome is known."""
    match event:
        case Paid():
            return True
        case Failed(code) | Cancelled(code) | Lapsed(code):
            return code not in OURS
        case Accepted() | Unheard():
            return False
