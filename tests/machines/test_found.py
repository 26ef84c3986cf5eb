"""What the machines found, told one by one: each of these once moved money wrongly, or would not let go of it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from portal.domain.states import RefundStatus
from portal.payments.intents import NewRefund
from portal.payments.models import Attempt
from portal.payments.refund_models import Refund
from tests.machines.honest import PAGE, PUSH, Deal
from tests.machines.stage import Stage
from tests.machines.store import Store

DAY = timedelta(hours=24)


def pays(store: Store, order: SimpleNamespace, operator: str = PUSH) -> Deal:
    """Pay the order and let the worker find out."""
    store.clicks(order, operator)
    store.goes_to_the_page(order)
    deal = list(store.at.deals.values())[-1]
    deal.state = "done"
    store.looks(6)
    return deal


def sends_back(store: Store, order: SimpleNamespace, attempt_id: int | None = None) -> Deal:
    """Ask for money back, let the worker send it, and return what the operator made of it."""
    store.asks_back(order.id, NewRefund(attempt_id=attempt_id))
    store.looks(1)
    return list(store.at.deals.values())[-1]


def test_a_refund_that_has_its_outcome_is_asked_about_no_more(store: Store) -> None:
    order = store.order(500, DAY)
    pays(store, order)
    payout = sends_back(store, order)
    payout.state = "done"
    store.looks(61)
    [refund] = store.stage.of(Refund, Refund.order_id == order.id)
    assert (refund["status"], refund["due_at"]) == ("succeeded", None)
    asked = len(store.at.calls)
    store.looks(3600)
    assert len(store.at.calls) == asked


def test_a_word_that_nothing_is_new_is_journalled_once(store: Store) -> None:
    order = store.order(500, DAY)
    store.clicks(order, PAGE)
    store.goes_to_the_page(order)
    store.leaves(order)
    for _ in range(10):
        store.looks(60)  # the page may still be open, and MoneyFusion says so each time
    assert store.stage.facts(order) == ["started", "accepted", "cancelled", "asked"]
    [attempt] = store.stage.of(Attempt, Attempt.order_id == order.id)
    assert attempt["due_at"] > store.stage.clock.now()


def test_a_part_returned_in_a_foreign_currency_does_not_close_the_order(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], amount="300", currency="840")
    assert stage.now(order)["status"] == "review"
    store = Store(stage)
    store.decides_refund(store.asks_back(order.id, NewRefund(amount=100)), RefundStatus.SUCCEEDED, "HAND1")
    assert stage.now(order)["status"] == "review"
    store.decides_refund(store.asks_back(order.id, NewRefund()), RefundStatus.SUCCEEDED, "HAND2")
    assert stage.now(order)["status"] == "closed"


def test_more_returned_of_one_payment_than_it_brought_is_for_a_person(store: Store) -> None:
    order = store.order(500, DAY)
    store.clicks(order, PAGE)
    store.goes_to_the_page(order)
    store.leaves(order)
    page = list(store.at.deals.values())[-1]
    pays(store, order)
    page.state = "done"
    store.looks(60)
    assert store.stage.now(order)["amount_paid"] == 1000
    paid_twice = store.stage.attempts(order)[-1]["id"]
    first = sends_back(store, order, paid_twice)
    first.state = "refused"
    store.looks(61)
    second = sends_back(store, order, paid_twice)
    second.state = "done"
    store.looks(61)
    assert store.stage.reviews(order) == ["double_payment"]
    first.state = "done"  # after it had said that it refused
    store.is_called_back(first)
    store.looks(61)
    assert store.stage.now(order)["amount_refunded"] == 1000
    assert store.stage.reviews(order) == ["double_payment", "over_refunded"]
