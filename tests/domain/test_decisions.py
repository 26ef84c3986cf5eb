from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Accepted, AttemptEvent, Cancelled, Failed, FailureCode, Lapsed, Paid, Unheard
from portal.domain.money import Money
from portal.domain.provider import Verdict
from portal.domain.states import LIVE, AttemptStatus, OrderStatus, ReviewReason
from portal.payments.decisions import Decision, Standing, decide
from tests.domain.strategies import events, payments

A, S, R = AttemptStatus, OrderStatus, ReviewReason
WANTED = Money(500)
RIGHT = Paid(WANTED, "T1")
WRONG = Paid(Money(400), "T1")

WAITING = Standing(S.PROCESSING, None, WANTED, A.WAITING, confirmed=False)
PAID = Standing(S.PAID, None, WANTED, A.PAID, confirmed=True, payments=(RIGHT,))


def after(order: OrderStatus, attempt: AttemptStatus = A.EXPIRED) -> Standing:
    """Return an order in that status whose attempt ended without money."""
    return replace(WAITING, order_status=order, attempt_status=attempt)


def of_order(decision: Decision) -> tuple[OrderStatus | None, tuple[ReviewReason, ...], tuple[str, ...]]:
    return decision.order, decision.reviews, decision.announce


# ---- money, by the order's table


@pytest.mark.parametrize("order", [S.OPEN, S.PROCESSING, S.EXPIRED])
def test_the_right_payment_pays_what_can_be_paid(order: OrderStatus) -> None:
    decision = decide(after(order), RIGHT)
    assert of_order(decision) == (S.PAID, (), ("order.paid",))
    assert (decision.attempt, decision.confirmed, decision.paid) == (A.PAID, True, RIGHT)


@pytest.mark.parametrize(
    ("order", "reason"), [(S.CANCELLED, R.PAID_AFTER_CANCEL), (S.CLOSED, R.PAID_AFTER_CLOSE)]
)
def test_the_right_payment_of_what_was_given_up_is_for_a_person(
    order: OrderStatus, reason: ReviewReason
) -> None:
    decision = decide(after(order), RIGHT)
    assert of_order(decision) == (S.REVIEW, (reason,), ("order.review",))
    assert decision.before_review is order
    assert decision.attempt is A.PAID


@pytest.mark.parametrize("order", [S.OPEN, S.EXPIRED, S.CANCELLED, S.CLOSED])
@pytest.mark.parametrize("paid", [WRONG, Paid(Money(600), "T1"), Paid(Money(500, "952"), "T1")])
def test_the_wrong_amount_or_currency_is_for_a_person(order: OrderStatus, paid: Paid) -> None:
    decision = decide(after(order), paid)
    assert of_order(decision) == (S.REVIEW, (R.AMOUNT_MISMATCH,), ("order.review",))
    assert decision.before_review is order
    assert decision.paid == paid, "money that arrived is real, and counted"


def test_what_is_paid_wrongly_by_the_only_live_attempt_would_be_open_again() -> None:
    assert decide(WAITING, WRONG).before_review is S.OPEN


def test_another_payment_of_a_paid_order_is_a_double_payment() -> None:
    decision = decide(PAID, Paid(WANTED, "T2"))
    assert of_order(decision) == (None, (R.DOUBLE_PAYMENT,), ("order.review",))
    assert decision.paid == Paid(WANTED, "T2")
    by_another_attempt = replace(PAID, attempt_status=A.FAILED, payments=())
    assert decide(by_another_attempt, Paid(WANTED, "T2")).reviews == (R.DOUBLE_PAYMENT,)


@pytest.mark.parametrize("attempt", [A.FAILED, A.CANCELLED, A.EXPIRED])
def test_money_after_a_written_off_attempt_is_late(attempt: AttemptStatus) -> None:
    assert decide(after(S.OPEN, attempt), RIGHT).late
    assert not decide(WAITING, RIGHT).late


@pytest.mark.parametrize(("before", "order"), [(S.OPEN, S.PAID), (S.EXPIRED, S.PAID), (S.CANCELLED, None)])
def test_right_money_for_an_order_in_review_counts_as_before_it(
    before: OrderStatus, order: OrderStatus | None
) -> None:
    in_review = replace(after(S.REVIEW), before_review=before)
    decision = decide(in_review, RIGHT)
    assert decision.order is order
    assert decision.reviews == (() if order else (R.PAID_AFTER_CANCEL,))


def test_wrong_money_for_an_order_in_review_opens_another_item() -> None:
    decision = decide(replace(after(S.REVIEW), before_review=S.OPEN), WRONG)
    assert of_order(decision) == (None, (R.AMOUNT_MISMATCH,), ("order.review",))


# ---- the same word twice, and words that do not fit


@pytest.mark.parametrize("again", [RIGHT, replace(RIGHT, fee=5, payer="90112233")])
def test_the_same_payment_told_again_is_repeated(again: Paid) -> None:
    assert decide(PAID, again) == Decision(Verdict.REPEATED)


def test_a_disputed_word_told_again_is_repeated() -> None:
    assert decide(replace(WAITING, disputed=(RIGHT,)), RIGHT) == Decision(Verdict.REPEATED)


def test_the_same_payment_told_with_another_amount_contradicts() -> None:
    decision = decide(PAID, WRONG)
    assert of_order(decision) == (None, (R.CONTRADICTION,), ("order.review",))
    assert (decision.attempt, decision.paid) == (None, None), "no second payment is counted"


def test_another_attempts_reference_is_no_payment() -> None:
    decision = decide(replace(WAITING, taken=True), RIGHT)
    assert of_order(decision) == (None, (R.DUPLICATE_REFERENCE,), ("order.review",))
    assert (decision.attempt, decision.paid) == (None, None)


def test_the_word_that_money_went_back_is_for_a_person() -> None:
    decision = decide(PAID, Failed(FailureCode.REVERSED))
    assert of_order(decision) == (None, (R.CONTRADICTION,), ("order.review",))
    assert decision.attempt is None


@pytest.mark.parametrize(
    "event", [Failed(), Cancelled(), Lapsed(FailureCode.SESSION_EXPIRED), Accepted(), Unheard()]
)
def test_a_stale_word_after_a_payment_is_written_down_and_changes_nothing(event: AttemptEvent) -> None:
    decision = decide(PAID, event)
    assert (decision.verdict, decision.fact) == (Verdict.STALE, "stale")
    assert of_order(decision) == (None, (), ())
    assert decision.attempt is None


# ---- ends without money


@pytest.mark.parametrize(
    ("event", "end", "announced"),
    [
        (Failed(FailureCode.INSUFFICIENT_FUNDS), A.FAILED, ("order.payment_failed",)),
        (Cancelled(FailureCode.CUSTOMER), A.CANCELLED, ("order.payment_failed",)),
        (Cancelled(FailureCode.LEFT), A.CANCELLED, ()),
        (Lapsed(FailureCode.NO_ANSWER), A.EXPIRED, ()),
    ],
)
def test_when_the_last_live_attempt_ends_the_order_is_open_again(
    event: Failed | Cancelled | Lapsed, end: AttemptStatus, announced: tuple[str, ...]
) -> None:
    decision = decide(WAITING, event)
    assert (decision.attempt, decision.order, decision.failure_code) == (end, S.OPEN, event.code)
    assert decision.announce == announced


def test_an_attempt_that_ends_while_its_order_is_in_review_lets_it_come_back_as_open() -> None:
    in_review = replace(WAITING, order_status=S.REVIEW, before_review=S.PROCESSING)
    decision = decide(in_review, Failed())
    assert (decision.order, decision.before_review) == (None, S.OPEN)


def test_silence_where_money_may_have_moved_is_unknown_and_ends_nothing() -> None:
    decision = decide(replace(WAITING, attempt_status=A.STARTING), Unheard())
    assert (decision.attempt, decision.order, decision.confirmed) == (A.UNKNOWN, None, False)


@pytest.mark.parametrize("attempt", [A.CANCELLED, A.EXPIRED])
def test_a_late_word_after_a_deduced_end_is_still_the_final_one(attempt: AttemptStatus) -> None:
    decision = decide(after(S.OPEN, attempt), Failed(FailureCode.REFUSED))
    assert (decision.attempt, decision.confirmed) == (A.FAILED, True)
    assert decision.order is None, "the order was open again already"


# ---- whatever comes


def standings() -> st.SearchStrategy[Standing]:
    return st.builds(
        Standing,
        order_status=st.sampled_from(S),
        before_review=st.sampled_from([None, S.OPEN, S.PROCESSING, S.EXPIRED, S.CANCELLED]),
        money=st.just(WANTED),
        attempt_status=st.sampled_from(A),
        confirmed=st.booleans(),
        payments=st.lists(payments(), max_size=2).map(tuple),
        disputed=st.lists(payments(), max_size=1).map(tuple),
        taken=st.booleans(),
    )


@given(standings(), events() | payments())
def test_every_event_has_a_meaning_in_every_standing(standing: Standing, event: AttemptEvent) -> None:
    decision = decide(standing, event)
    assert (decision.fact is None) is (decision.verdict is Verdict.REPEATED), "what is new is written down"
    assert bool(decision.reviews) is ("order.review" in decision.announce), "a review is announced"
    assert (decision.order is S.PAID) is ("order.paid" in decision.announce), "a payment is announced once"


@given(standings(), events())
def test_only_a_payment_makes_an_order_paid(standing: Standing, event: AttemptEvent) -> None:
    decision = decide(standing, event)
    if decision.order is S.PAID:
        assert decision.paid is not None
        assert decision.paid.money == WANTED


@given(standings(), payments())
def test_money_is_counted_repeated_or_disputed_but_never_lost(standing: Standing, paid: Paid) -> None:
    decision = decide(standing, paid)
    known = any(paid.same_fact(one) for one in (*standing.payments, *standing.disputed))
    assert (decision.verdict is Verdict.REPEATED) is known
    if not known:
        assert decision.paid == paid or set(decision.reviews) <= {R.DUPLICATE_REFERENCE, R.CONTRADICTION}
        assert decision.paid or decision.reviews


@given(standings(), payments())
def test_counted_money_that_does_not_pay_the_order_is_for_a_person(standing: Standing, paid: Paid) -> None:
    decision = decide(standing, paid)
    if decision.paid is not None and decision.order is not S.PAID:
        assert decision.reviews


@given(standings(), events())
def test_a_paid_order_stays_paid(standing: Standing, event: AttemptEvent) -> None:
    assert decide(replace(standing, order_status=S.PAID), event).order is None


@given(standings().filter(lambda standing: standing.attempt_status not in LIVE), events())
def test_an_order_is_opened_again_only_by_the_end_of_a_live_attempt(
    standing: Standing, event: AttemptEvent
) -> None:
    assert decide(standing, event).order is not S.OPEN
