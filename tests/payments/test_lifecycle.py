"""The rules of money, one by one: which word moves what, and what is for a person to decide."""

from __future__ import annotations

import pytest

from portal import db
from portal.payments import lifecycle
from portal.payments.ledger import Source
from portal.payments.lifecycle import NotPossible
from tests.machines.stage import Stage

FAILURES = [
    ({"status": "NOK", "error": "CANCEL"}, "cancelled", "cancelled_by_customer"),
    ({"status": "NOK", "error": "AUTHENTICATION"}, "failed", "authentication"),
    ({"status": "NOK", "error": "PAYMENT_FAILED"}, "failed", "refused"),
    ({"status": "NOK", "error": "EXPIRED_SESSION"}, "expired", "session_expired"),
    ({"status": "NOK", "error": ""}, "failed", "refused"),
    ({"status": "NOK", "error": "SOMETHING_NEW"}, "failed", "refused"),
]
CANCELLED = {"status": "NOK", "error": "CANCEL"}


def test_a_right_payment_pays_the_order_with_one_event(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    now = stage.now(order)
    assert (now["status"], now["amount_paid"], now["paid_late"]) == ("paid", 500, False)
    assert now["paid_at"] == stage.clock.now()
    assert stage.events(order) == ["order.processing", "order.paid"]
    [paid] = stage.attempts(order)
    assert (paid["status"], paid["operator_reference"], paid["phone"]) == ("paid", "PAY1", "+22890112233")
    line = stage.journal(order)[-1]
    assert (line["fact"], line["before"], line["after"]) == ("paid", "waiting", "paid")
    assert (line["amount"], line["currency"], line["payment_reference"]) == (500, "XOF", "PAY1")
    assert (line["source"], line["source_id"]) == ("notification", str(stage.inbox()[0]["id"]))


@pytest.mark.parametrize(("said", "status", "code"), FAILURES)
def test_a_payment_that_did_not_happen_opens_the_order_again(
    stage: Stage, said: dict[str, str], status: str, code: str
) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], **said)
    [attempt] = stage.attempts(order)
    assert (attempt["status"], attempt["failure_code"], attempt["confirmed"]) == (status, code, True)
    assert stage.now(order)["status"] == "open"
    assert stage.events(order) == ["order.processing", "order.payment_failed"]


@pytest.mark.parametrize(("said", "status", "code"), FAILURES)
def test_money_that_arrives_after_a_failure_is_real(
    stage: Stage, said: dict[str, str], status: str, code: str
) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"], **said)
    stage.notifies(attempt["reference"])
    assert stage.now(order)["status"] == "paid"
    assert stage.attempts(order)[0]["failure_code"] is None
    assert stage.journal(order)[-1]["detail"] == "late"


@pytest.mark.parametrize(("said", "status", "code"), FAILURES)
def test_a_stale_word_after_the_success_is_journalled_and_changes_nothing(
    stage: Stage, said: dict[str, str], status: str, code: str
) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    before = stage.now(order), stage.attempts(order), stage.events(order)
    assert stage.notifies(attempt["reference"], **said).status_code == 200
    assert (stage.now(order), stage.attempts(order), stage.events(order)) == before
    assert stage.facts(order)[-1] == "stale"
    assert stage.verdicts() == ["applied", "stale"]


@pytest.mark.parametrize("wrong", [{"amount": "499"}, {"amount": "501"}, {"currency": "840"}])
def test_another_amount_or_currency_is_money_without_a_right_payment(
    stage: Stage, wrong: dict[str, str]
) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], **wrong)
    assert stage.now(order)["status"] == "review"
    assert stage.reviews(order) == ["amount_mismatch"]
    assert stage.now(order)["amount_paid"] == (int(wrong["amount"]) if "amount" in wrong else 0)
    assert "order.review" in stage.events(order)
    assert "order.paid" not in stage.events(order)


def test_a_right_payment_after_a_wrong_one_pays_and_both_are_counted(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"], amount="200")
    stage.notifies(attempt["reference"], paymentref="PAY2")
    now = stage.now(order)
    assert (now["status"], now["amount_paid"]) == ("paid", 700)
    assert stage.reviews(order) == ["amount_mismatch"]


def test_another_payment_reference_on_a_paid_attempt_is_a_second_payment(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    stage.notifies(attempt["reference"], paymentref="PAY2")
    now = stage.now(order)
    assert (now["status"], now["amount_paid"]) == ("paid", 1000)
    assert stage.reviews(order) == ["double_payment"]
    assert stage.events(order) == ["order.processing", "order.paid", "order.review"]
    assert stage.attempts(order)[0]["operator_reference"] == "PAY1"


def test_the_same_payment_reference_on_another_attempt_is_no_payment(stage: Stage) -> None:
    first, second = stage.order(), stage.order()
    stage.notifies(stage.starts(first)["reference"])
    stage.notifies(stage.starts(second)["reference"])
    assert stage.now(second)["status"] == "processing"
    assert stage.now(second)["amount_paid"] == 0
    assert stage.reviews(second) == ["duplicate_reference"]
    stage.notifies(stage.attempts(second)[0]["reference"])
    assert stage.reviews(second) == ["duplicate_reference"]


def test_a_payment_reference_is_unique_within_its_account_only(stage: Stage) -> None:
    order = stage.order()
    first = stage.starts(order)
    stage.leaves(order)
    formerly = stage.account
    now = stage.an_account(stage.merchant)  # takes the place of the former one
    second = stage.starts(order)
    stage.notifies(first["reference"], account=formerly.public_id)
    stage.notifies(second["reference"], account=now.public_id)
    assert stage.now(order)["amount_paid"] == 1000
    assert stage.reviews(order) == ["double_payment"]


def test_the_same_payment_told_with_another_amount_is_for_a_person(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    stage.notifies(attempt["reference"], amount="5000")
    assert stage.now(order)["amount_paid"] == 500
    assert stage.reviews(order) == ["contradiction"]
    stage.notifies(attempt["reference"], amount="5000")
    assert stage.reviews(order) == ["contradiction"]


def test_a_payment_after_expiry_is_honoured_as_late(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.passes(hours=24)
    stage.tick()
    assert stage.now(order)["status"] == "expired"
    stage.notifies(attempt["reference"])
    now = stage.now(order)
    assert (now["status"], now["paid_late"]) == ("paid", True)


def test_a_payment_on_a_cancelled_order_is_for_a_person(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.leaves(order)
    stage.passes(minutes=20)
    assert stage.cancels(order).status_code == 303
    stage.notifies(attempt["reference"])
    now = stage.now(order)
    assert (now["status"], now["before_review"], now["amount_paid"]) == ("review", "cancelled", 500)
    assert stage.reviews(order) == ["paid_after_cancel"]
    assert "order.paid" not in stage.events(order)


def test_a_wrong_payment_by_the_last_live_attempt_leaves_nothing_to_go_back_to_but_open(stage: Stage) -> None:
    order = stage.order()
    first = stage.starts(order)
    stage.leaves(order)
    second = stage.starts(order)
    stage.notifies(first["reference"], amount="200")
    assert stage.now(order)["before_review"] == "processing"
    stage.notifies(second["reference"], amount="300", paymentref="PAY2")
    now = stage.now(order)
    assert (now["status"], now["before_review"]) == ("review", "open")


def test_no_attempt_starts_while_in_review(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], amount="200")
    stage.clicks(order)
    assert len(stage.attempts(order)) == 1


@pytest.mark.parametrize("minutes", [0, 19])
def test_an_order_is_not_cancelled_while_a_page_may_be_open(stage: Stage, minutes: int) -> None:
    order = stage.order()
    stage.starts(order)
    assert stage.cancels(order).status_code == 409
    stage.leaves(order)
    stage.passes(minutes=minutes)
    assert stage.cancels(order).status_code == 409
    assert stage.now(order)["status"] == "open"


def test_an_order_is_cancelled_once_the_operator_has_spoken(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], **CANCELLED)
    assert stage.cancels(order).status_code == 303
    assert stage.now(order)["status"] == "cancelled"
    assert stage.events(order)[-1] == "order.cancelled"


def test_a_page_holds_the_guard_for_twenty_minutes_after_it_was_last_handed_out(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    stage.passes(minutes=2)
    stage.looks(order, "/go")  # the guard begins again
    stage.passes(minutes=19)
    stage.tick()
    assert stage.attempts(order)[0]["status"] == "waiting"
    stage.passes(minutes=1)
    stage.tick()
    [attempt] = stage.attempts(order)
    assert (attempt["status"], attempt["failure_code"], attempt["confirmed"]) == (
        "expired",
        "no_answer",
        False,
    )
    assert stage.now(order)["status"] == "open"


def test_an_end_that_we_deduced_gives_way_to_the_operators_first_word(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.leaves(order)
    assert stage.attempts(order)[0]["confirmed"] is False
    stage.notifies(attempt["reference"], status="NOK", error="PAYMENT_FAILED")
    [attempt] = stage.attempts(order)
    assert (attempt["status"], attempt["failure_code"], attempt["confirmed"]) == ("failed", "refused", True)


def test_a_payment_on_a_page_that_was_left_becomes_a_double_payment(stage: Stage) -> None:
    order = stage.order()
    left = stage.starts(order)
    stage.leaves(order)
    stage.notifies(stage.starts(order)["reference"])
    stage.notifies(left["reference"], paymentref="PAY2")
    assert stage.now(order)["status"] == "paid"
    assert stage.reviews(order) == ["double_payment"]


def test_a_merchants_cancellation_says_who(stage: Stage) -> None:
    order = stage.order()
    with stage.app.app_context(), db.writing() as tx:
        lifecycle.cancel(tx, stage.clock, order.id, Source("person", "akofa@boutique.example"))
    [line] = stage.journal(order)
    assert (line["source"], line["source_id"]) == ("person", "akofa@boutique.example")
    assert (line["before"], line["after"]) == ("open", "cancelled")


def test_an_order_is_cancelled_once(stage: Stage) -> None:
    order = stage.order()
    stage.cancels(order)
    with stage.app.app_context(), pytest.raises(NotPossible) as refusal, db.writing() as tx:
        lifecycle.cancel(tx, stage.clock, order.id, Source("shopper"))
    assert refusal.value.code == "finished"
    assert stage.events(order) == ["order.cancelled"]


def test_an_unknown_order_is_said_to_be_unknown(stage: Stage) -> None:
    with stage.app.app_context(), pytest.raises(LookupError), db.writing() as tx:
        lifecycle.expire(tx, stage.clock, 0)
