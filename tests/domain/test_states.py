from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import (
    AttemptEvent,
    Cancelled,
    Failed,
    FailureCode,
    Lapsed,
    Paid,
    Refunded,
    is_final_word,
)
from portal.domain.money import Money
from portal.domain.states import (
    ATTEMPT,
    LIVE,
    ORDER,
    REFUND,
    REFUND_DECISIONS,
    AttemptStatus,
    Contradicted,
    Moved,
    OrderEvent,
    OrderStatus,
    RefundStatus,
    Repeated,
    Stale,
    Step,
    step,
    step_order,
)
from tests.domain.strategies import EVENTS, events

S, E = OrderStatus, OrderEvent
ENDED = frozenset(AttemptStatus) - LIVE
UNPAID_ENDS = ENDED - {AttemptStatus.PAID}


# ---- attempts


def test_every_status_answers_every_event() -> None:
    assert set(ATTEMPT) == set(product(AttemptStatus, get_args(AttemptEvent)))


@given(st.sampled_from(AttemptStatus), events(), st.booleans())
def test_a_step_is_always_one_of_four(status: AttemptStatus, event: AttemptEvent, confirmed: bool) -> None:  # noqa: FBT001
    taken = step(status, event, confirmed=confirmed, authentic=is_final_word(event))
    assert isinstance(taken, get_args(Step))


@given(events())
def test_nothing_leaves_paid(event: AttemptEvent) -> None:
    """Paid facts are authentic, so a paid attempt is always a confirmed one."""
    match step(AttemptStatus.PAID, event, confirmed=True, authentic=is_final_word(event)):
        case Moved(to):
            assert to is AttemptStatus.PAID
        case other:
            assert isinstance(other, Repeated | Stale | Contradicted)


@given(st.lists(events(), max_size=12), st.sampled_from(sorted(LIVE)))
def test_money_that_arrived_stays_whatever_is_said_after(
    told: list[AttemptEvent], status: AttemptStatus
) -> None:
    confirmed = paid = False
    for event in told:
        final = is_final_word(event)
        taken = step(status, event, confirmed=confirmed, authentic=final)
        status = taken.to if isinstance(taken, Moved) else status
        confirmed, paid = confirmed or final, paid or isinstance(event, Paid)
        assert (status is AttemptStatus.PAID) is paid


@pytest.mark.parametrize("status", AttemptStatus)
def test_money_counts_in_every_state_and_late_after_an_end(status: AttemptStatus) -> None:
    taken = step(status, Paid(Money(500)), confirmed=False, authentic=True)
    assert taken == Moved(AttemptStatus.PAID, late=status in UNPAID_ENDS)


@pytest.mark.parametrize("status", sorted(LIVE))
@pytest.mark.parametrize(
    ("event", "end"),
    [
        (Failed(), AttemptStatus.FAILED),
        (Cancelled(), AttemptStatus.CANCELLED),
        (Lapsed(), AttemptStatus.EXPIRED),
    ],
)
def test_a_live_attempt_ends_as_it_is_told(
    status: AttemptStatus, event: AttemptEvent, end: AttemptStatus
) -> None:
    assert step(status, event, confirmed=False, authentic=True) == Moved(end)


def test_the_word_that_money_went_back_contradicts_a_payment() -> None:
    reversed_ = Failed(FailureCode.REVERSED)
    assert step(AttemptStatus.PAID, reversed_, confirmed=True, authentic=True) == Contradicted()


@pytest.mark.parametrize("event", [Failed(), Cancelled(), Lapsed(FailureCode.SESSION_EXPIRED)])
def test_a_stale_end_after_a_success_changes_nothing(event: AttemptEvent) -> None:
    assert step(AttemptStatus.PAID, event, confirmed=True, authentic=True) == Stale()


@pytest.mark.parametrize("status", sorted(UNPAID_ENDS))
def test_a_deduced_end_gives_way_to_the_operators_first_word(status: AttemptStatus) -> None:
    refused = Failed(FailureCode.REFUSED)
    assert step(status, refused, confirmed=False, authentic=True) == Moved(AttemptStatus.FAILED)


@pytest.mark.parametrize("status", sorted(UNPAID_ENDS))
@given(event=st.sampled_from([event for event in EVENTS if not isinstance(event, Paid)]))
def test_a_confirmed_end_gives_way_to_money_alone(status: AttemptStatus, event: AttemptEvent) -> None:
    assert step(status, event, confirmed=True, authentic=is_final_word(event)) in (Repeated(), Stale())


# ---- orders: the table of the rules of money, row by row

ROWS = [
    ([S.OPEN], E.ATTEMPT_STARTED, S.PROCESSING),
    ([S.PROCESSING], E.ATTEMPTS_OVER, S.OPEN),
    ([S.OPEN, S.PROCESSING, S.EXPIRED], E.RIGHT_PAYMENT, S.PAID),
    ([S.OPEN, S.PROCESSING], E.EXPIRY, S.EXPIRED),
    ([S.OPEN], E.CANCEL, S.CANCELLED),
    ([S.CANCELLED, S.CLOSED], E.RIGHT_PAYMENT, S.REVIEW),
    ([S.OPEN, S.PROCESSING, S.EXPIRED, S.CANCELLED, S.CLOSED], E.WRONG_PAYMENT, S.REVIEW),
    ([S.REVIEW], E.ACCEPTED_BY_PERSON, S.PAID),
    ([S.REVIEW], E.REFUNDED_IN_FULL, S.CLOSED),
]
TABLE = {(status, event): then for statuses, event, then in ROWS for status in statuses}


OUTSIDE_REVIEW = [
    (status, event)
    for status, event in product(OrderStatus, OrderEvent)
    if status is not S.REVIEW or event not in {E.RIGHT_PAYMENT, E.WRONG_PAYMENT}
]


@pytest.mark.parametrize(("status", "event"), OUTSIDE_REVIEW)
def test_an_order_moves_as_the_table_says_and_not_otherwise(status: OrderStatus, event: OrderEvent) -> None:
    assert step_order(status, None, event) is TABLE.get((status, event))


def test_the_table_has_no_other_rows() -> None:
    assert TABLE == ORDER


@pytest.mark.parametrize(
    ("before", "then"),
    [(S.OPEN, S.PAID), (S.PROCESSING, S.PAID), (S.EXPIRED, S.PAID), (None, S.PAID), (S.CANCELLED, None)],
)
def test_in_review_the_right_money_still_pays_what_it_would_have_paid(
    before: OrderStatus | None, then: OrderStatus | None
) -> None:
    assert step_order(S.REVIEW, before, E.RIGHT_PAYMENT) is then


@pytest.mark.parametrize("before", [None, *OrderStatus])
def test_in_review_more_wrong_money_changes_nothing(before: OrderStatus | None) -> None:
    assert step_order(S.REVIEW, before, E.WRONG_PAYMENT) is None


@given(st.sampled_from(OrderEvent), st.sampled_from([None, *OrderStatus]))
def test_nothing_that_happens_makes_a_paid_order_unpaid(
    event: OrderEvent, before: OrderStatus | None
) -> None:
    assert step_order(S.PAID, before, event) is None


# ---- refunds


def test_a_refund_that_reached_the_customer_is_never_taken_back() -> None:
    assert [pair for pair in REFUND if pair[0] is RefundStatus.SUCCEEDED] == []
    assert RefundStatus.SUCCEEDED not in REFUND_DECISIONS


@pytest.mark.parametrize(
    "status", [RefundStatus.SENDING, RefundStatus.UNKNOWN, RefundStatus.FAILED, RefundStatus.BY_HAND]
)
def test_the_word_that_the_customer_has_the_money_succeeds(status: RefundStatus) -> None:
    assert REFUND[status, Refunded] is RefundStatus.SUCCEEDED


def test_a_refund_on_its_way_cannot_be_cancelled() -> None:
    on_its_way = {RefundStatus.SENDING, RefundStatus.UNKNOWN}
    assert all(RefundStatus.CANCELLED not in REFUND_DECISIONS.get(status, ()) for status in on_its_way)
