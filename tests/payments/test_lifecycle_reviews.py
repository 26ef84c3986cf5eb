"""What a person may say to a review item: it wants its evidence, counts once, and moves what the rules say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal import db
from portal.domain.events import Failed, FailureCode, Lapsed, Paid
from portal.domain.money import Money
from portal.domain.states import OrderStatus, RefundStatus, ReviewReason
from portal.payments import lifecycle, lifecycle_reviews
from portal.payments.ledger import NotFound
from portal.payments.lifecycle_refund_writes import HOLDING
from portal.payments.lifecycle_reviews import Answer, Decided, NotDecidable, answers_to
from portal.payments.models import ReviewItem
from tests.machines.stage import OPERATOR, Row, Stage
from tests.payments.sale import PERSON, Sale, a_sale

DAY_AFTER = {"hours": 26}


def items(sale: Sale) -> list[Row]:
    return sale.stage.of(ReviewItem, ReviewItem.order_id == sale.order.id)


def decisions(sale: Sale) -> list[tuple[str, str | None]]:
    return [(item["reason"], item["decision"]) for item in items(sale)]


def says(sale: Sale, answer: Answer, *, place: int = 0, evidence: str = "relevé", **more: Any) -> None:
    said = Decided(answer, evidence, **more)
    with sale.stage.app.app_context(), db.writing() as tx:
        lifecycle_reviews.answer(tx, sale.stage.clock, items(sale)[place]["id"], said, PERSON)


def refused(sale: Sale, answer: Answer, **more: Any) -> str:
    before = sale.now, sale.stage.attempts(sale.order), sale.stage.facts(sale.order), decisions(sale)
    with pytest.raises(NotDecidable) as refusal:
        says(sale, answer, **more)
    after = sale.now, sale.stage.attempts(sale.order), sale.stage.facts(sale.order), decisions(sale)
    assert after == before
    return refusal.value.code


def unconfirmed(stage: Stage) -> Sale:
    """Return an order whose only payment was never confirmed, a day after its expiry."""
    sale = a_sale(stage, operator=OPERATOR, lasts=timedelta(hours=1))
    sale.happens(Lapsed())
    stage.passes(**DAY_AFTER)
    stage.tick()
    assert decisions(sale) == [("unconfirmed", None)]
    return sale


def cancelled_then_paid(stage: Stage) -> Sale:
    sale = a_sale(stage, operator=OPERATOR)
    sale.happens(Failed())
    with stage.app.app_context(), db.writing() as tx:
        lifecycle.cancel(tx, stage.clock, sale.order.id, PERSON)
    sale.arrives(Paid(Money(500), f"{sale.order.public_id} late"))
    return sale


# ---- what may be said


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("reason", ReviewReason)
def test_each_reason_has_its_answers(reason: ReviewReason, status: OrderStatus) -> None:
    expected = {Answer.DISMISS}
    if reason is ReviewReason.UNCONFIRMED:
        expected = {Answer.RECEIVED, Answer.NOT_RECEIVED}
    elif reason in HOLDING and status is OrderStatus.REVIEW:
        expected = {Answer.ACCEPT, Answer.DISMISS}
    assert answers_to(reason, status) == expected


@pytest.mark.parametrize("answer", [Answer.RECEIVED, Answer.NOT_RECEIVED])
def test_an_answer_to_another_question_is_refused(stage: Stage, answer: Answer) -> None:
    assert refused(a_sale(stage, 400), answer, payment_reference="P-1") == "not_for_this"


@pytest.mark.parametrize("answer", [Answer.ACCEPT, Answer.DISMISS])
def test_what_nobody_confirmed_is_neither_accepted_nor_dismissed(stage: Stage, answer: Answer) -> None:
    assert refused(unconfirmed(stage), answer) == "not_for_this"


@pytest.mark.parametrize("evidence", ["", "  \n"])
def test_without_evidence_nothing_is_decided(stage: Stage, evidence: str) -> None:
    assert refused(a_sale(stage, 400), Answer.ACCEPT, evidence=evidence) == "evidence_missing"


@pytest.mark.parametrize("reference", [None, "", " "])
def test_money_that_was_received_has_the_operators_reference(stage: Stage, reference: str | None) -> None:
    assert refused(unconfirmed(stage), Answer.RECEIVED, payment_reference=reference) == "reference_missing"


@pytest.mark.parametrize("amount", [0, -500])
def test_no_money_or_less_was_not_received(stage: Stage, amount: int) -> None:
    assert (
        refused(unconfirmed(stage), Answer.RECEIVED, amount=amount, payment_reference="P-1") == "bad_amount"
    )


def test_an_item_is_decided_once(stage: Stage) -> None:
    sale = a_sale(stage, 400)
    says(sale, Answer.ACCEPT)
    assert refused(sale, Answer.DISMISS) == "decided"


def test_an_item_that_is_not_there_is_not_found(stage: Stage) -> None:
    with stage.app.app_context(), db.writing() as tx, pytest.raises(NotFound):
        lifecycle_reviews.answer(tx, stage.clock, 10**9, Decided(Answer.ACCEPT, "relevé"), PERSON)


# ---- what it does


def test_the_decision_is_kept_with_who_when_and_what_they_saw(stage: Stage) -> None:
    sale = a_sale(stage, 400)
    says(sale, Answer.ACCEPT, evidence="SMS de 12:04")
    [item] = items(sale)
    assert (item["decision"], item["evidence"]) == ("accepted", "SMS de 12:04")
    assert (item["decided_by"], item["decided_at"]) == (f"person {PERSON.id}", stage.clock.now())
    decided, accepted = sale.stage.journal(sale.order)[-2:]
    assert (decided["fact"], decided["detail"]) == ("decided", "accepted: SMS de 12:04")
    assert (accepted["fact"], accepted["before"], accepted["after"]) == ("order_accepted", "review", "paid")
    assert {decided["source_id"], accepted["source_id"]} == {PERSON.id}


def test_accepting_pays_the_order(stage: Stage) -> None:
    sale = a_sale(stage, 400)
    says(sale, Answer.ACCEPT)
    assert (sale.now["status"], sale.now["amount_paid"]) == ("paid", 400)
    assert sale.now["paid_at"] == stage.clock.now()
    assert stage.events(sale.order)[-1] == "order.paid"


def test_dismissing_brings_the_status_before_back(stage: Stage) -> None:
    sale = cancelled_then_paid(stage)
    assert (sale.now["status"], decisions(sale)) == ("review", [("paid_after_cancel", None)])
    says(sale, Answer.DISMISS)
    assert (sale.now["status"], sale.now["amount_paid"]) == ("cancelled", 500)
    assert stage.facts(sale.order)[-1] == "review_dismissed"


def test_an_order_stays_in_review_while_another_item_holds_it(stage: Stage) -> None:
    sale = a_sale(stage, 400, 300)
    assert decisions(sale) == [("amount_mismatch", None)] * 2
    says(sale, Answer.DISMISS)
    assert sale.now["status"] == "review"
    says(sale, Answer.DISMISS, place=1)
    assert sale.now["status"] == "open"


def test_an_item_that_holds_nothing_is_dismissed_and_nothing_moves(stage: Stage) -> None:
    sale = a_sale(stage, 500, 500)
    says(sale, Answer.DISMISS)
    assert (sale.now["status"], decisions(sale)) == ("paid", [("double_payment", "dismissed")])


def test_money_received_by_a_persons_word_pays_late(stage: Stage) -> None:
    sale = unconfirmed(stage)
    says(sale, Answer.RECEIVED, payment_reference="P-1")
    now = sale.now
    assert (now["status"], now["amount_paid"], now["paid_late"]) == ("paid", 500, True)
    [attempt] = stage.attempts(sale.order)
    assert (attempt["status"], attempt["confirmed"], attempt["operator_reference"]) == ("paid", True, "P-1")
    assert decisions(sale) == [("unconfirmed", "received")]
    assert stage.journal(sale.order)[-1]["source"] == "person"


def test_another_sum_that_was_received_is_for_a_person_again(stage: Stage) -> None:
    sale = unconfirmed(stage)
    says(sale, Answer.RECEIVED, amount=400, payment_reference="P-1")
    assert (sale.now["status"], sale.now["amount_paid"]) == ("review", 400)
    assert decisions(sale) == [("unconfirmed", "received"), ("amount_mismatch", None)]


def test_the_operators_own_word_afterwards_says_nothing_new(stage: Stage) -> None:
    sale = unconfirmed(stage)
    says(sale, Answer.RECEIVED, payment_reference="P-1")
    sale.arrives(Paid(Money(500), "P-1"))
    assert (sale.now["amount_paid"], len(items(sale))) == (500, 1)


def test_a_reference_that_belongs_to_another_payment_is_no_payment(stage: Stage) -> None:
    other = a_sale(stage, operator=OPERATOR)
    other.happens(Paid(Money(500), "P-taken"))
    sale = unconfirmed(stage)
    with pytest.raises(NotDecidable, match="reference_taken"):
        says(sale, Answer.RECEIVED, payment_reference="P-taken")
    assert sale.now["amount_paid"] == 0
    assert decisions(sale) == [("unconfirmed", None)]


@pytest.mark.parametrize("status", [None, RefundStatus.SUCCEEDED])
def test_money_on_its_way_back_is_not_accepted(stage: Stage, status: RefundStatus | None) -> None:
    sale = a_sale(stage, 700, operator=OPERATOR)
    sale.request(200)
    if status is None:
        with pytest.raises(NotDecidable, match="refund_under_way"):
            says(sale, Answer.ACCEPT)
        assert sale.now["status"] == "review"
        return
    sale.decide(status)
    says(sale, Answer.ACCEPT)
    assert (sale.now["status"], sale.now["amount_refunded"]) == ("paid", 200)


def test_money_that_was_not_received_ends_the_attempt(stage: Stage) -> None:
    sale = unconfirmed(stage)
    says(sale, Answer.NOT_RECEIVED)
    [attempt] = stage.attempts(sale.order)
    assert (attempt["status"], attempt["confirmed"]) == ("failed", True)
    assert attempt["failure_code"] == FailureCode.WRITTEN_OFF
    assert sale.now["status"] == "expired"


def test_money_that_comes_all_the_same_is_real(stage: Stage) -> None:
    sale = unconfirmed(stage)
    says(sale, Answer.NOT_RECEIVED)
    sale.arrives(Paid(Money(500), "P-late"))
    assert (sale.now["status"], sale.now["paid_late"]) == ("paid", True)


def test_the_operators_word_settles_what_was_unconfirmed(stage: Stage) -> None:
    sale = unconfirmed(stage)
    sale.arrives(Paid(Money(500), "P-1"))
    assert decisions(sale) == [("unconfirmed", "settled")]
    assert refused(sale, Answer.NOT_RECEIVED) == "decided"
