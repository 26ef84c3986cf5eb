"""Money on its way back: sent once whatever the operator does, unknown until it is known, asked about patiently."""

from __future__ import annotations

import pytest

from portal import db
from portal.domain.events import Accepted, Paid, Refunded, RefundEvent, RefundFailed, Unheard
from portal.domain.money import Money
from portal.domain.states import RefundStatus
from portal.payments import lifecycle_refunds, refunds
from portal.payments.ledger import Source
from portal.payments.models import ReviewItem
from portal.payments.refundable import NotRefundable
from tests.machines.stage import Stage
from tests.payments.sale import Sale, a_sale, answer, payout


@pytest.fixture
def sale(stage: Stage) -> Sale:
    sale = a_sale(stage, 500)
    sale.request(300)
    return sale


def credits_of(sale: Sale) -> int:
    return sum(call.method == "POST" and "tpcredit" in (call.url or "") for call in sale.stage.operator.calls)


def hears(sale: Sale, event: RefundEvent) -> None:
    with sale.stage.app.app_context(), db.writing() as tx:
        lifecycle_refunds.apply(
            tx, sale.stage.clock, sale.refunds[-1]["id"], event, source=Source("notification")
        )


def reviews(sale: Sale) -> list[str]:
    return [row["reason"] for row in sale.stage.of(ReviewItem, ReviewItem.order_id == sale.order.id)]


def test_the_worker_sends_it_and_the_operators_yes_ends_it(sale: Sale) -> None:
    sale.works(payout("refunded"))
    [row] = sale.refunds
    assert (row["status"], row["operator_reference"], row["due_at"]) == ("succeeded", "4850123456", None)
    assert sale.now["amount_refunded"] == 300
    assert sale.stage.facts(sale.order)[-3:] == ["refund_requested", "refund_sending", "refunded"]
    assert sale.stage.events(sale.order)[-1] == "refund.succeeded"


@pytest.mark.parametrize("place", [0, 1])
def test_silence_is_unknown_and_it_is_never_sent_again(sale: Sale, place: int) -> None:
    sale.works(payout("lost", place))
    assert (sale.statuses, credits_of(sale)) == (["unknown"], 1)
    for _ in range(3):
        sale.works(answer("nothing"), hours=1)
    assert (sale.statuses, credits_of(sale)) == (["unknown"], 1)
    with pytest.raises(NotRefundable):
        sale.request(201)


def test_an_unknown_one_is_asked_about_until_it_is_known(sale: Sale) -> None:
    sale.works(payout("lost"))
    sale.works(answer("pending"), seconds=6)
    assert sale.statuses == ["sending"]
    sale.works(answer("refunded"), seconds=10)
    assert (sale.statuses, credits_of(sale)) == (["succeeded"], 1)


def test_an_authentic_no_frees_the_amount(sale: Sale) -> None:
    sale.works(payout("failed"))
    assert (sale.statuses, sale.now["amount_refunded"]) == (["failed"], 0)
    assert sale.stage.events(sale.order)[-1] == "refund.failed"
    assert sale.request()["amount"] == 500


def test_it_is_sent_once_though_two_workers_hold_it(sale: Sale) -> None:
    """A worker whose lease ran out while it slept must not send what another has sent."""
    directory = sale.stage.worker.directory
    with sale.stage.app.app_context():
        [slow] = refunds.due(sale.stage.clock, 1)
    sale.works(payout("refunded"), minutes=2)
    with sale.stage.app.app_context():
        refunds.go_on(sale.stage.clock, directory, slow)
    assert (sale.statuses, credits_of(sale)) == (["succeeded"], 1)


def test_a_sending_that_a_crash_left_behind_is_unknown(sale: Sale) -> None:
    with sale.stage.app.app_context():
        [claim] = refunds.due(sale.stage.clock, 1)
        with db.writing() as tx:
            assert lifecycle_refunds.begin_sending(tx, sale.stage.clock, claim, "s3cret") is not None
    sale.works(minutes=2)
    assert (sale.statuses, credits_of(sale)) == (["unknown"], 0)


def test_after_a_day_it_is_left_to_a_person(sale: Sale) -> None:
    sale.works(payout("accepted"))
    assert sale.statuses == ["sending"]
    sale.works(answer("nothing"), hours=25)
    [row] = sale.refunds
    assert (row["status"], row["due_at"]) == ("unknown", None)
    sale.decide(RefundStatus.SUCCEEDED, "tableau de bord", "4850123456")
    assert sale.statuses == ["succeeded"]


def test_an_answer_that_decides_nothing_is_told_once(sale: Sale) -> None:
    sale.works(payout("lost"))
    sale.works(answer("nothing"), minutes=1)
    sale.works(answer("nothing"), minutes=1)
    assert sale.stage.facts(sale.order).count("asked") == 1
    assert sale.refunds[0]["last_word"].startswith("nothing known")


def test_money_that_went_back_after_a_failure_is_real(sale: Sale) -> None:
    sale.works(payout("failed"))
    hears(sale, Refunded(Money(300), "late"))
    assert (sale.statuses, sale.now["amount_refunded"]) == (["succeeded"], 300)


def test_more_returned_than_arrived_is_for_a_person(sale: Sale) -> None:
    sale.works(payout("failed"))
    sale.request(500)
    sale.works(payout("lost"))
    hears(sale, Refunded(Money(500), "second"))
    with sale.stage.app.app_context(), db.writing() as tx:
        first = sale.refunds[0]["id"]
        said = Refunded(Money(300), "first, late")
        lifecycle_refunds.apply(tx, sale.stage.clock, first, said, source=Source("notification"))
    assert sale.now["amount_refunded"] == 800
    assert reviews(sale) == ["over_refunded"]


@pytest.mark.parametrize("money", [Money(299), Money(301), Money(300, "USD")])
def test_another_sum_moves_nothing_and_is_for_a_person(sale: Sale, money: Money) -> None:
    sale.works(payout("lost"))
    hears(sale, Refunded(money, "P-9"))
    hears(sale, Refunded(money, "P-9"))
    assert (sale.statuses, sale.now["amount_refunded"]) == (["unknown"], 0)
    assert reviews(sale) == ["contradiction"]


def test_the_fee_is_what_left_the_account_beyond_what_the_customer_received(sale: Sale) -> None:
    sale.works(payout("lost"))
    hears(sale, Refunded(payment_reference="P-1", debited=Money(309)))
    [row] = sale.refunds
    assert (row["amount"], row["fee"]) == (300, 9)
    assert sale.now["amount_refunded"] == 300


@pytest.mark.parametrize("said", [Accepted(), Unheard(), RefundFailed()])
def test_what_comes_after_the_end_changes_nothing(sale: Sale, said: RefundEvent) -> None:
    sale.works(payout("refunded"))
    before = sale.refunds, sale.now, sale.stage.events(sale.order)
    hears(sale, said)
    assert (sale.refunds, sale.now, sale.stage.events(sale.order)) == before


def test_what_never_left_us_is_left_to_a_hand(sale: Sale) -> None:
    """Nobody was logged in, so nothing was asked for: a person may send it without fear."""
    silent = payout("lost") | {"replies": [{"status": 200, "json": {"statut": {"code": "4001"}}}]}
    sale.works(silent)
    assert (sale.statuses, credits_of(sale)) == (["by_hand"], 0)
    assert "refund_not_sent" in sale.stage.facts(sale.order)


def test_it_goes_to_the_wallet_that_paid(stage: Stage) -> None:
    sale = a_sale(stage)
    sale.happens(Paid(Money(500), "P-other", payer="+22890112233"))
    assert sale.request(300)["phone"] == "+22890112233"


# ---- doubts


def test_a_number_that_was_typed_is_not_the_wallet_that_paid_where_the_operator_names_another_kind(
    stage: Stage,
) -> None:
    sale = a_sale(stage)
    sale.happens(Paid(Money(500), "P-card", rail="card"))
    [attempt] = stage.attempts(sale.order)
    assert (attempt["phone"], attempt["rail"]) == (None, "card")
    assert sale.request()["status"] == "by_hand"


def test_a_word_that_a_refund_given_up_was_paid_after_all_is_shown_to_a_person_once(stage: Stage) -> None:
    sale = a_sale(stage, 500)
    sale.request(300)
    sale.works(payout("failed"))
    assert sale.statuses == ["failed"]
    for _ in range(2):
        with stage.app.app_context(), db.writing() as tx:
            lifecycle_refunds.doubt(
                tx, stage.clock, sale.refunds[0]["id"], Refunded(), Source("notification", "1")
            )
    assert sale.statuses == ["failed"]
    assert sale.now["amount_refunded"] == 0
    assert stage.reviews(sale.order) == ["contradiction"]
