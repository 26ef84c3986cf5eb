"""The room of the rules of movement: which state may follow which, as data.

The tables are those of the project's rules of money. `payments.lifecycle` alone applies them; `flask states`
prints them; the hypothesis machines test them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.events import (
    Accepted,
    AttemptEvent,
    Cancelled,
    Failed,
    FailureCode,
    Lapsed,
    NotSent,
    Paid,
    Refunded,
    RefundEvent,
    RefundFailed,
    Unheard,
)


class OrderStatus(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVIEW = "review"
    CLOSED = "closed"


class AttemptStatus(StrEnum):
    """Where one try with one operator stands."""

    STARTING = "starting"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class RefundStatus(StrEnum):
    """Where money on its way back stands."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    SENDING = "sending"
    UNKNOWN = "unknown"
    BY_HAND = "by_hand"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    """What can happen to an order."""

    ATTEMPT_STARTED = "attempt started"
    ATTEMPTS_OVER = "last live attempt ended without money"
    RIGHT_PAYMENT = "right payment"
    WRONG_PAYMENT = "wrong amount or currency"
    EXPIRY = "expiry passed"
    CANCEL = "cancelled by merchant or shopper"
    ACCEPTED_BY_PERSON = "a person accepts"
    REFUNDED_IN_FULL = "a person refunds in full"


class ReviewReason(StrEnum):
    """Why a person must decide."""

    AMOUNT_MISMATCH = "amount_mismatch"
    DOUBLE_PAYMENT = "double_payment"
    PAID_AFTER_CANCEL = "paid_after_cancel"
    PAID_AFTER_CLOSE = "paid_after_close"
    CONTRADICTION = "contradiction"
    DUPLICATE_REFERENCE = "duplicate_reference"
    OVERSOLD = "oversold"
    OVER_REFUNDED = "over_refunded"
    UNCONFIRMED = "unconfirmed"


LIVE = frozenset({AttemptStatus.STARTING, AttemptStatus.WAITING, AttemptStatus.UNKNOWN})
"""Attempts that hold the single-debit guard."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The state changes. `late`: money that came after we had written the attempt off."""

    to: AttemptStatus
    late: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing new: this was said before."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Overtaken by what is already known: journalled, changes nothing."""


@dataclass(frozen=True, slots=True)
class Contradicted:
    """An authentic later word against recorded money: a person must look."""


Step = Moved | Repeated | Stale | Contradicted

_S, _W, _U = AttemptStatus.STARTING, AttemptStatus.WAITING, AttemptStatus.UNKNOWN
_P, _F, _C, _E = AttemptStatus.PAID, AttemptStatus.FAILED, AttemptStatus.CANCELLED, AttemptStatus.EXPIRED

ATTEMPT: dict[tuple[AttemptStatus, type[AttemptEvent]], Step] = {
    (_S, Accepted): Moved(_W),
    (_S, Unheard): Moved(_U),
    (_S, Paid): Moved(_P),
    (_S, Failed): Moved(_F),
    (_S, Cancelled): Moved(_C),
    (_S, Lapsed): Moved(_E),
    (_W, Accepted): Repeated(),
    (_W, Unheard): Stale(),
    (_W, Paid): Moved(_P),
    (_W, Failed): Moved(_F),
    (_W, Cancelled): Moved(_C),
    (_W, Lapsed): Moved(_E),
    (_U, Accepted): Moved(_W),
    (_U, Unheard): Repeated(),
    (_U, Paid): Moved(_P),
    (_U, Failed): Moved(_F),
    (_U, Cancelled): Moved(_C),
    (_U, Lapsed): Moved(_E),
    # A further Paid: the lifecycle compares it with what is recorded; what gets here is another payment.
    (_P, Paid): Moved(_P),
    (_P, Accepted): Stale(),
    (_P, Unheard): Stale(),
    (_P, Failed): Stale(),
    (_P, Cancelled): Stale(),
    (_P, Lapsed): Stale(),
    (_F, Paid): Moved(_P, late=True),
    (_F, Accepted): Stale(),
    (_F, Unheard): Stale(),
    (_F, Failed): Repeated(),
    (_F, Cancelled): Stale(),
    (_F, Lapsed): Stale(),
    (_C, Paid): Moved(_P, late=True),
    (_C, Accepted): Stale(),
    (_C, Unheard): Stale(),
    (_C, Failed): Stale(),
    (_C, Cancelled): Repeated(),
    (_C, Lapsed): Stale(),
    (_E, Paid): Moved(_P, late=True),
    (_E, Accepted): Stale(),
    (_E, Unheard): Stale(),
    (_E, Failed): Stale(),
    (_E, Cancelled): Stale(),
    (_E, Lapsed): Repeated(),
}
"""What an event does to an attempt whose end, if it has one, is the operator's own word."""

UNCONFIRMED: dict[type[AttemptEvent], AttemptStatus] = {Failed: _F, Cancelled: _C, Lapsed: _E}
"""An end that we or the shopper only deduced gives way to the operator's first authentic word."""


def step(status: AttemptStatus, event: AttemptEvent, *, confirmed: bool, authentic: bool) -> Step:
    """Say what `event` does to an attempt in `status`.

    `confirmed`: the attempt already has an authentic final word. `authentic`: the event is one.
    """
    if status is AttemptStatus.PAID and isinstance(event, Failed) and event.code is FailureCode.REVERSED:
        return Contradicted()
    ended = status not in LIVE and status is not AttemptStatus.PAID
    if ended and not confirmed and authentic and type(event) in UNCONFIRMED:
        return Moved(UNCONFIRMED[type(event)])
    return ATTEMPT[status, type(event)]


_O = OrderStatus

ORDER: dict[tuple[OrderStatus, OrderEvent], OrderStatus] = {
    (_O.OPEN, OrderEvent.ATTEMPT_STARTED): _O.PROCESSING,
    (_O.PROCESSING, OrderEvent.ATTEMPTS_OVER): _O.OPEN,
    (_O.OPEN, OrderEvent.RIGHT_PAYMENT): _O.PAID,
    (_O.PROCESSING, OrderEvent.RIGHT_PAYMENT): _O.PAID,
    (_O.EXPIRED, OrderEvent.RIGHT_PAYMENT): _O.PAID,
    (_O.CANCELLED, OrderEvent.RIGHT_PAYMENT): _O.REVIEW,
    (_O.CLOSED, OrderEvent.RIGHT_PAYMENT): _O.REVIEW,
    (_O.OPEN, OrderEvent.WRONG_PAYMENT): _O.REVIEW,
    (_O.PROCESSING, OrderEvent.WRONG_PAYMENT): _O.REVIEW,
    (_O.EXPIRED, OrderEvent.WRONG_PAYMENT): _O.REVIEW,
    (_O.CANCELLED, OrderEvent.WRONG_PAYMENT): _O.REVIEW,
    (_O.CLOSED, OrderEvent.WRONG_PAYMENT): _O.REVIEW,
    (_O.OPEN, OrderEvent.EXPIRY): _O.EXPIRED,
    (_O.PROCESSING, OrderEvent.EXPIRY): _O.EXPIRED,
    (_O.OPEN, OrderEvent.CANCEL): _O.CANCELLED,
    (_O.REVIEW, OrderEvent.ACCEPTED_BY_PERSON): _O.PAID,
    (_O.REVIEW, OrderEvent.REFUNDED_IN_FULL): _O.CLOSED,
}
"""What happens to an order. A pair that is missing changes nothing.

An order in review answers to money as the status answers that it would return to (`step_order`).
"""


def step_order(
    status: OrderStatus, before_review: OrderStatus | None, event: OrderEvent
) -> OrderStatus | None:
    """Return the order's next status, or None where the event does not move it."""
    if status is OrderStatus.REVIEW and event in {OrderEvent.RIGHT_PAYMENT, OrderEvent.WRONG_PAYMENT}:
        moved = ORDER.get((before_review or OrderStatus.OPEN, event))
        return None if moved is OrderStatus.REVIEW else moved
    return ORDER.get((status, event))


_R = RefundStatus

REFUND: dict[tuple[RefundStatus, type[RefundEvent]], RefundStatus] = {
    (_R.SENDING, Accepted): _R.SENDING,
    (_R.SENDING, Unheard): _R.UNKNOWN,
    (_R.SENDING, Refunded): _R.SUCCEEDED,
    (_R.SENDING, RefundFailed): _R.FAILED,
    (_R.SENDING, NotSent): _R.BY_HAND,
    (_R.UNKNOWN, Accepted): _R.SENDING,
    (_R.UNKNOWN, Refunded): _R.SUCCEEDED,
    (_R.UNKNOWN, RefundFailed): _R.FAILED,
    (_R.UNKNOWN, NotSent): _R.BY_HAND,
    (_R.FAILED, Refunded): _R.SUCCEEDED,
    (_R.BY_HAND, Refunded): _R.SUCCEEDED,
}
"""What an operator's word, or a person's for `by_hand`, does to a refund. A missing pair changes nothing."""

REFUND_BY_PEOPLE: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    _R.REQUESTED: (_R.CANCELLED,),
    _R.AWAITING_APPROVAL: (_R.CANCELLED,),
    _R.BY_HAND: (_R.SUCCEEDED, _R.CANCELLED),
    _R.UNKNOWN: (_R.SUCCEEDED, _R.FAILED),
}
"""What a person may record of a refund, by where it stands; of one on its way only the operator speaks."""

REFUND_BY_HOUSE: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    _R.REQUESTED: (_R.AWAITING_APPROVAL, _R.BY_HAND, _R.SENDING),
    _R.AWAITING_APPROVAL: (_R.BY_HAND, _R.SENDING),
}
"""What becomes of a refund by the house's own rules."""

REFUND_DECISIONS: dict[RefundStatus, tuple[RefundStatus, ...]] = {
    status: (*REFUND_BY_HOUSE.get(status, ()), *REFUND_BY_PEOPLE[status]) for status in REFUND_BY_PEOPLE
}
"""All that is decided about a refund, rather than told by its operator."""
