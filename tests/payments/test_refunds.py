"""Asking for money back: reserved under the order's lock, never more than was paid, the same form once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from portal import db
from portal.domain.events import Accepted, FailureCode, Lapsed, Paid
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments.models import ReviewItem
from portal.payments.refund_models import Refund
from portal.payments.refundable import NotRefundable
from tests import factories
from tests.machines.stage import OPERATOR, Row, Stage
from tests.payments.sale import PERSON, WALLET, Sale, a_sale

AT_ONCE = 8


def refused(ask: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(NotRefundable) as refusal:
        ask()
    return refusal.value.code, refusal.value.left


def test_a_request_reserves_the_amount_and_waits_for_the_worker(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    asked = sale.request(300, reason="article abîmé")
    [row] = sale.refunds
    assert asked == row
    assert (row["status"], row["amount"], row["phone"]) == ("requested", 300, WALLET)
    assert (row["reason"], row["requested_by"]) == ("article abîmé", f"person {PERSON.id}")
    assert (row["merchant_id"], row["mode"]) == (stage.merchant.id, "test")
    assert row["due_at"] == stage.clock.now()
    assert sale.now["amount_refunded"] == 0
    line = stage.journal(sale.order)[-1]
    assert (line["fact"], line["refund_id"], line["amount"]) == ("refund_requested", row["id"], 300)
    assert (line["source"], line["source_id"]) == (PERSON.kind, PERSON.id)
    assert refused(lambda: sale.request(201)) == ("too_much", 200)


def test_where_the_operator_cannot_send_a_person_does(stage: Stage) -> None:
    sale = a_sale(stage, 500, operator=OPERATOR)
    assert (sale.request()["status"], sale.refunds[0]["due_at"]) == ("by_hand", None)
    stage.tick()
    assert (sale.statuses, stage.operator.calls) == (["by_hand"], [])


def test_where_the_wallet_is_not_known_a_person_does(stage: Stage) -> None:
    sale = a_sale(stage)
    with stage.app.app_context():
        factories.an_attempt(sale.order, sale.account, then=[Accepted(), Paid(Money(500), "P-card")])
    assert sale.request()["status"] == "by_hand"


def test_an_order_that_nobody_paid_has_nothing_to_send_back(stage: Stage) -> None:
    assert refused(a_sale(stage).request) == ("nothing_paid", 0)


def test_money_of_another_order_is_not_sent_back_with_this_one(stage: Stage) -> None:
    own, other = a_sale(stage, 500), a_sale(stage, 500)
    foreign = other.attempts[0].id
    assert refused(lambda: own.request(attempt_id=foreign)) == ("nothing_paid", 0)
    assert other.refunds == []


def form(sale: Sale, number: int = 1) -> str:
    """Return a form's hash, which is of its order too."""
    return f"{sale.order.public_id} {number}"


def test_the_same_form_is_one_refund(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    first, again = sale.request(100, once=form(sale)), sale.request(100, once=form(sale))
    assert first["id"] == again["id"]
    sale.request(100, once=form(sale, 2))
    sale.request(100)
    sale.request(100)
    assert [row["amount"] for row in sale.refunds] == [100] * 4
    assert stage.facts(sale.order).count("refund_requested") == 4


def test_a_form_that_already_served_asks_for_nothing_more(stage: Stage) -> None:
    """Whoever goes back and changes the amount is shown the refund that there is."""
    sale = a_sale(stage, 500)
    sale.request(100, once=form(sale))
    assert sale.request(400, once=form(sale))["amount"] == 100
    assert len(sale.refunds) == 1


def all_at_once(ask: Callable[[int], Row]) -> list[Row | str]:
    """Ask from several threads in the same moment; return each one's refund, or why it was refused."""
    ready = Barrier(AT_ONCE)

    def one(place: int) -> Row | str:
        ready.wait(10)
        try:
            return db.repeated_once(lambda: ask(place))
        except NotRefundable as refusal:
            return refusal.code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_many_requests_at_once_never_reserve_more_than_was_paid(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    came = all_at_once(lambda _: sale.request(200))
    assert came.count("too_much") == AT_ONCE - 2
    assert sum(row["amount"] for row in sale.refunds) == 400


def test_many_requests_for_all_that_is_left_are_one(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    came = all_at_once(lambda _: sale.request())
    assert came.count("nothing_paid") == AT_ONCE - 1
    assert [row["amount"] for row in sale.refunds] == [500]


def test_one_form_sent_many_times_at_once_is_one_refund(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    came = all_at_once(lambda _: sale.request(100, once=form(sale)))
    assert {row["public_id"] if isinstance(row, dict) else row for row in came} == {
        sale.refunds[0]["public_id"]
    }
    assert len(sale.refunds) == 1


# ---- a person's word


def test_a_refund_by_hand_is_done_on_a_persons_word(stage: Stage) -> None:
    sale = a_sale(stage, 500, operator=OPERATOR)
    sale.request(200)
    sale.decide(RefundStatus.SUCCEEDED, "SMS de 12:04", "TM-77")
    [row] = sale.refunds
    assert (row["status"], row["operator_reference"], row["evidence"]) == (
        "succeeded",
        "TM-77",
        "SMS de 12:04",
    )
    assert (sale.now["amount_refunded"], row["ended_at"]) == (200, stage.clock.now())
    line = stage.journal(sale.order)[-1]
    assert (line["fact"], line["source_id"], line["detail"]) == ("refunded", PERSON.id, "SMS de 12:04")
    assert "refund.succeeded" in stage.events(sale.order)


@pytest.mark.parametrize("operator", ["tmoney", OPERATOR])
def test_a_refund_that_was_not_sent_can_be_given_up(stage: Stage, operator: str) -> None:
    sale = a_sale(stage, 500, operator=operator)
    sale.request(200)
    sale.decide(RefundStatus.CANCELLED, "")
    assert (sale.statuses, sale.now["amount_refunded"]) == (["cancelled"], 0)
    assert stage.facts(sale.order)[-1] == "refund_cancelled"
    stage.tick()
    assert stage.operator.calls == []
    assert sale.request()["amount"] == 500


MAY = {
    "requested": {RefundStatus.CANCELLED},
    "awaiting_approval": {RefundStatus.CANCELLED},
    "sending": set(),
    "unknown": {RefundStatus.SUCCEEDED, RefundStatus.FAILED},
    "by_hand": {RefundStatus.SUCCEEDED, RefundStatus.CANCELLED},
    "succeeded": set(),
    "failed": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize("said", RefundStatus)
@pytest.mark.parametrize("status", RefundStatus)
def test_a_person_decides_only_what_waits_for_one(
    stage: Stage, status: RefundStatus, said: RefundStatus
) -> None:
    sale = a_sale(stage, 500)
    puts(stage, sale.request()["id"], status=status)
    if said in MAY[status]:
        sale.decide(said)
        assert sale.statuses == [said]
    else:
        assert refused(lambda: sale.decide(said))[0] == "decided"
        assert sale.statuses == [status]


def puts(stage: Stage, refund_id: int, **values: Any) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(Refund.__table__.update().where(Refund.id == refund_id).values(values))  # type: ignore[attr-defined]


@pytest.mark.parametrize("said", [RefundStatus.SUCCEEDED, RefundStatus.FAILED])
@pytest.mark.parametrize("evidence", ["", " \n "])
def test_a_word_that_moves_money_names_its_evidence(stage: Stage, said: RefundStatus, evidence: str) -> None:
    sale = a_sale(stage, 500)
    puts(stage, sale.request()["id"], status="unknown")
    assert refused(lambda: sale.decide(said, evidence)) == ("evidence_missing", 0)
    assert sale.statuses == ["unknown"]


def test_a_refund_that_failed_by_a_persons_word_frees_its_amount(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    puts(stage, sale.request()["id"], status="unknown")
    sale.decide(RefundStatus.FAILED)
    assert sale.refunds[0]["failure_code"] == FailureCode.WRITTEN_OFF
    assert sale.request()["amount"] == 500


# ---- what is settled by money that went back


def decisions(sale: Sale) -> list[tuple[str, str | None]]:
    rows = sale.stage.of(ReviewItem, ReviewItem.order_id == sale.order.id)
    return [(row["reason"], row["decision"]) for row in rows]


def review_of(sale: Sale) -> int:
    found: int = sale.stage.of(ReviewItem, ReviewItem.order_id == sale.order.id)[0]["id"]
    return found


def returned(sale: Sale, amount: int | None = None, **given: Any) -> None:
    sale.request(amount, **given)
    sale.decide(RefundStatus.SUCCEEDED)


def test_a_full_refund_closes_an_order_in_review(stage: Stage) -> None:
    sale = a_sale(stage, 400, operator=OPERATOR)
    returned(sale, review_id=review_of(sale))
    assert (sale.now["status"], sale.now["amount_refunded"]) == ("closed", 400)
    assert decisions(sale) == [("amount_mismatch", "refunded")]
    assert stage.events(sale.order)[-2:] == ["refund.succeeded", "order.closed"]


def test_a_second_payment_sent_back_settles_its_item_and_the_order_stays_paid(stage: Stage) -> None:
    sale = a_sale(stage, 500, 500, operator=OPERATOR)
    returned(sale, 500, review_id=review_of(sale))
    assert (sale.now["status"], sale.now["amount_refunded"]) == ("paid", 500)
    assert decisions(sale) == [("double_payment", "refunded")]


def test_a_part_sent_back_leaves_a_person_to_say_what_becomes_of_the_order(stage: Stage) -> None:
    """Whoever was paid 700 for 500 may return 200 and accept: the order must not be stuck in review."""
    sale = a_sale(stage, 700, operator=OPERATOR)
    returned(sale, 200, review_id=review_of(sale))
    assert (sale.now["status"], sale.now["amount_refunded"]) == ("review", 200)
    assert decisions(sale) == [("amount_mismatch", None)]


def test_sending_all_back_says_nothing_about_a_payment_that_nobody_confirmed(stage: Stage) -> None:
    sale = a_sale(stage, operator=OPERATOR, lasts=timedelta(hours=1))
    sale.happens(Lapsed())
    sale.happens(Lapsed())
    stage.passes(hours=26)
    stage.tick()
    sale.arrives(Paid(Money(400), "P-late"))
    returned(sale)
    assert sale.now["status"] == "closed"
    assert decisions(sale) == [
        ("unconfirmed", None),
        ("unconfirmed", "settled"),
        ("amount_mismatch", "refunded"),
    ]
