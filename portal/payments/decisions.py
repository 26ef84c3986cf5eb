"""The room of judgement: what one event means for an order and its attempt, decided purely, written elsewhere.

Amount, currency and the operator's payment reference are compared here and nowhere else, for all operators
(account, merchant and mode are bound by the lock that finds the attempt).
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.events import AttemptEvent, Cancelled, Failed, Lapsed, Paid, is_final_word
from portal.domain.money import Money
from portal.domain.provider import Verdict
from portal.domain.states import (
    LIVE,
    AttemptStatus,
    Contradicted,
    Moved,
    OrderEvent,
    OrderStatus,
    Repeated,
    ReviewReason,
    Stale,
    step,
    step_order,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rows say while the order is locked.

    `payments`: Paid facts recorded for this attempt; `disputed`: words about it that were recorded as
    no payment (duplicate reference, contradiction); `taken`: the event's payment reference already belongs to
    another attempt of the account.
    """

    order_status: OrderStatus
    before_review: OrderStatus | None
    money: Money
    attempt_status: AttemptStatus
    confirmed: bool
    payments: tuple[Paid, ...] = ()
    disputed: tuple[Paid, ...] = ()
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written. `fact` None: nothing enters the journal; `paid`: a payment to count."""

    verdict: Verdict
    fact: str | None = None
    attempt: AttemptStatus | None = None
    confirmed: bool = False
    failure_code: str | None = None
    paid: Paid | None = None
    order: OrderStatus | None = None
    before_review: OrderStatus | None = None
    late: bool = False
    reviews: tuple[ReviewReason, ...] = ()
    announce: tuple[str, ...] = ()


def decide(standing: Standing, event: AttemptEvent) -> Decision:
    """Return what the event means; total over every status and event."""
    if isinstance(event, Paid):
        return _decide_paid(standing, event)
    final = is_final_word(event)
    match step(standing.attempt_status, event, confirmed=standing.confirmed, authentic=final):
        case Moved(to):
            return _moved(standing, event, to, final=final)
        case Repeated():
            return Decision(Verdict.REPEATED)
        case Stale():
            # The word may come too late to move anything, and still be the first authentic one.
            return Decision(Verdict.STALE, fact="stale", confirmed=final)
        case Contradicted():
            return _contradicted()


def _moved(standing: Standing, event: AttemptEvent, to: AttemptStatus, *, final: bool) -> Decision:
    ended = standing.attempt_status in LIVE and to not in LIVE
    order = step_order(standing.order_status, None, OrderEvent.ATTEMPTS_OVER) if ended else None
    waits_in_review = ended and standing.before_review is OrderStatus.PROCESSING
    code = event.code if isinstance(event, Failed | Cancelled | Lapsed) else None
    failed = final and standing.order_status is not OrderStatus.PAID
    return Decision(
        Verdict.APPLIED,
        fact=type(event).__name__.lower(),
        attempt=to,
        confirmed=final,
        failure_code=code,
        order=order,
        before_review=OrderStatus.OPEN if waits_in_review else None,
        announce=("order.payment_failed",) if failed else (),
    )


def _decide_paid(standing: Standing, paid: Paid) -> Decision:
    if any(paid.same_fact(known) for known in (*standing.payments, *standing.disputed)):
        return Decision(Verdict.REPEATED)
    if standing.taken:
        return Decision(
            Verdict.APPLIED,
            fact=ReviewReason.DUPLICATE_REFERENCE,
            reviews=(ReviewReason.DUPLICATE_REFERENCE,),
            announce=("order.review",),
        )
    if any(paid.payment_reference == known.payment_reference for known in standing.payments):
        return _contradicted()  # the same payment, told with another amount
    return _counted(standing, paid)


def _contradicted() -> Decision:
    return Decision(
        Verdict.APPLIED,
        fact=ReviewReason.CONTRADICTION,
        reviews=(ReviewReason.CONTRADICTION,),
        announce=("order.review",),
    )


def _counted(standing: Standing, paid: Paid) -> Decision:
    """Money that arrived is real: count it, and see whether it is the right payment."""
    right = paid.money == standing.money
    event = OrderEvent.RIGHT_PAYMENT if right else OrderEvent.WRONG_PAYMENT
    order = step_order(standing.order_status, standing.before_review, event)
    review = None if order is OrderStatus.PAID else _reason(standing, right=right)
    announce = ("order.paid",) if order is OrderStatus.PAID else ()
    moved = step(standing.attempt_status, paid, confirmed=standing.confirmed, authentic=True)
    return Decision(
        Verdict.APPLIED,
        fact="paid",
        attempt=AttemptStatus.PAID,
        confirmed=True,
        paid=paid,
        order=order,
        before_review=_before(standing, order),
        late=isinstance(moved, Moved) and moved.late,
        reviews=(review,) if review else (),
        announce=announce + (("order.review",) if review else ()),
    )


def _before(standing: Standing, order: OrderStatus | None) -> OrderStatus | None:
    """Return the status to come back to from review: what its only live attempt pays wrongly is open again."""
    stays = order is None and standing.order_status is OrderStatus.REVIEW
    if order is not OrderStatus.REVIEW and not stays:
        return None
    before = standing.before_review if stays else standing.order_status
    return (
        OrderStatus.OPEN if before is OrderStatus.PROCESSING and standing.attempt_status in LIVE else before
    )


def _reason(standing: Standing, *, right: bool) -> ReviewReason:
    """Name why money that does not make the order paid needs a person."""
    status = standing.order_status
    if status is OrderStatus.REVIEW:
        status = standing.before_review or OrderStatus.OPEN
    if status is OrderStatus.PAID:
        return ReviewReason.DOUBLE_PAYMENT
    if not right:
        return ReviewReason.AMOUNT_MISMATCH
    return ReviewReason.PAID_AFTER_CLOSE if status is OrderStatus.CLOSED else ReviewReason.PAID_AFTER_CANCEL
