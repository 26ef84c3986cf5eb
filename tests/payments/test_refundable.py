"""What may still be sent back: what arrived, less what was returned or is on its way; freed only by a final no."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.events import Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments.intents import NewRefund
from portal.payments.ledger import Page
from portal.payments.refundable import NotRefundable, chosen, left

FIRST, SECOND = 1, 2
RESERVED = [status for status in RefundStatus if status not in {RefundStatus.FAILED, RefundStatus.CANCELLED}]


def a_page(*payments: tuple[int, int], refunds: tuple[tuple[int, int, str], ...] = ()) -> Page:
    """Return a page with payments (attempt, amount) and refunds (attempt, amount, status)."""
    attempts: list[dict[str, Any]] = [{"id": FIRST}, {"id": SECOND}]
    facts = [
        (attempt, "paid", Paid(Money(amount), f"P-{place}"))
        for place, (attempt, amount) in enumerate(payments)
    ]
    rows = [
        {"attempt_id": attempt, "amount": amount, "currency": "XOF", "status": status}
        for attempt, amount, status in refunds
    ]
    return Page({"id": 1}, attempts, facts, {}, datetime(2026, 3, 1, tzinfo=UTC), refunds=rows)


def refused(page: Page, **wanted: Any) -> tuple[str, int]:
    with pytest.raises(NotRefundable) as refusal:
        chosen(page, NewRefund(**wanted))
    return refusal.value.code, refusal.value.left


def test_all_that_arrived_is_left_payment_by_payment() -> None:
    assert left(a_page((FIRST, 500), (FIRST, 200), (SECOND, 500))) == {FIRST: Money(700), SECOND: Money(500)}


def test_nothing_is_left_where_nothing_arrived() -> None:
    assert left(a_page()) == {}
    assert refused(a_page()) == ("nothing_paid", 0)


def test_words_that_are_no_payment_count_for_nothing() -> None:
    page = a_page((FIRST, 500))
    page.facts.append((FIRST, "duplicate_reference", Paid(Money(900), "P-9")))
    assert left(page) == {FIRST: Money(500)}


@pytest.mark.parametrize("status", RESERVED)
def test_what_is_on_its_way_or_unknown_is_reserved(status: str) -> None:
    page = a_page((FIRST, 500), refunds=((FIRST, 300, status),))
    assert left(page) == {FIRST: Money(200)}
    assert refused(page, amount=201) == ("too_much", 200)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_only_a_final_no_frees_the_amount(status: str) -> None:
    assert left(a_page((FIRST, 500), refunds=((FIRST, 500, status),))) == {FIRST: Money(500)}


def test_a_payment_that_went_back_entirely_is_no_choice_any_more() -> None:
    page = a_page((FIRST, 500), (SECOND, 500), refunds=((FIRST, 500, "succeeded"),))
    assert left(page) == {SECOND: Money(500)}
    assert chosen(page, NewRefund())[0]["id"] == SECOND


def test_without_an_amount_all_that_is_left_goes_back() -> None:
    page = a_page((FIRST, 500), refunds=((FIRST, 120, "sending"),))
    assert chosen(page, NewRefund()) == ({"id": FIRST}, Money(380))


def test_the_amount_goes_to_a_payment_that_it_fits() -> None:
    page = a_page((FIRST, 200), (SECOND, 500))
    assert chosen(page, NewRefund(amount=300)) == ({"id": SECOND}, Money(300))
    assert chosen(page, NewRefund(amount=200)) == ({"id": FIRST}, Money(200))


def test_of_several_payments_one_is_to_be_named_where_the_amount_does_not_say() -> None:
    page = a_page((FIRST, 200), (SECOND, 500))
    assert refused(page) == ("several_payments", 700)
    assert refused(page, amount=600) == ("several_payments", 700)
    assert chosen(page, NewRefund(attempt_id=SECOND)) == ({"id": SECOND}, Money(500))
    assert refused(page, attempt_id=FIRST, amount=201) == ("too_much", 200)


@pytest.mark.parametrize("amount", [0, -1, -500])
def test_no_amount_or_less_is_refused(amount: int) -> None:
    assert refused(a_page((FIRST, 500)), amount=amount) == ("bad_amount", 500)


def test_a_payment_of_another_order_is_none_of_this_one() -> None:
    assert refused(a_page((FIRST, 500)), attempt_id=99) == ("nothing_paid", 0)
