"""Silent operators are asked, on a schedule and no faster; what they never say is for a person; late money counts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from portal import db
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments.models import ReviewItem
from portal.worker import Worker
from tests.machines.faults import Crash
from tests.machines.honest import PAGE, PUSH, Deal
from tests.machines.stage import Row, Stage
from tests.machines.store import Store

DAY = timedelta(hours=24)
SOON = [5, 10, 20, 40]
MINUTES = [60 * minute for minute in range(1, 10)]
TEN_MINUTES = [600 * part for part in range(1, 146)]
"""Until 24 h after an expiry at 60 s, and the first one after that."""


def pushed(store: Store, lasts: timedelta = DAY) -> tuple[SimpleNamespace, Deal]:
    """Begin a push that waits for the customer."""
    order = store.order(500, lasts)
    store.clicks(order, PUSH)
    return order, list(store.at.deals.values())[-1]


def attempt_of(store: Store, order: SimpleNamespace) -> Row:
    return store.stage.attempts(order)[-1]


def test_the_operator_is_asked_on_schedule_until_a_day_after_expiry(store: Store) -> None:
    order, deal = pushed(store, timedelta(seconds=60))
    began = attempt_of(store, order)["created_at"]
    for age in sorted(
        {moment - 1 for moment in SOON + MINUTES} | set(SOON + MINUTES + TEN_MINUTES + [90_000])
    ):
        store.stage.clock.set(began + timedelta(seconds=age))
        store.stage.tick()
    ages = [int((at - began).total_seconds()) for name, at in store.at.asked if name == deal.name]
    assert ages == SOON + MINUTES + TEN_MINUTES
    assert attempt_of(store, order)["due_at"] is None
    assert store.stage.reviews(order) == ["unconfirmed"]
    # Then the order is expired, and nobody claims to know about the money.
    assert store.stage.now(order)["status"] == "expired"


def test_what_the_operator_answers_settles(store: Store) -> None:
    order, deal = pushed(store)
    deal.state = "done"
    store.looks(5)
    assert store.stage.now(order)["status"] == "paid"
    assert [line["source"] for line in store.stage.journal(order)] == ["shopper", "reply", "answer"]
    assert attempt_of(store, order)["due_at"] is None


def test_a_refusal_opens_the_order_again_and_ends_the_asking(store: Store) -> None:
    order, deal = pushed(store)
    deal.state = "refused"
    store.looks(5)
    assert store.stage.now(order)["status"] == "open"
    store.looks(3600)
    assert store.asked(deal.name) == 1


def test_three_empty_answers_over_ten_minutes_open_the_guard_and_late_money_counts(store: Store) -> None:
    order, deal = pushed(store)
    store.at.moods[PUSH] = "empty"
    for _ in range(60):
        store.looks(10)
    assert attempt_of(store, order)["status"] == "waiting"  # 600 s old, but the first was empty at 10 s
    store.looks(600)
    gone = attempt_of(store, order)
    assert (gone["status"], gone["failure_code"], gone["confirmed"]) == ("expired", "no_answer", False)
    assert store.stage.now(order)["status"] == "open"
    store.at.moods[PUSH], deal.state = "truly", "done"
    store.looks(600)
    assert store.stage.now(order)["status"] == "paid"
    assert store.stage.journal(order)[-1]["detail"] == "late"


def test_three_empty_answers_are_needed_however_long_they_take(store: Store) -> None:
    order, _ = pushed(store)
    store.at.moods[PUSH] = "empty"
    store.looks(5)
    store.looks(3600)
    assert attempt_of(store, order)["status"] == "waiting"
    store.looks(600)
    assert attempt_of(store, order)["status"] == "expired"


def test_a_page_that_may_be_open_holds_the_guard_whatever_its_operator_does_not_know(store: Store) -> None:
    order = store.order(500, DAY)
    store.clicks(order, PAGE)
    assert store.stage.looks(order, "/go").status_code == 200
    store.at.moods[PAGE] = "empty"
    for _ in range(19):
        store.looks(60)
    assert attempt_of(store, order)["status"] == "waiting"
    store.looks(60)
    assert attempt_of(store, order)["status"] == "expired"


def test_a_word_in_between_begins_the_count_anew(store: Store) -> None:
    order, _ = pushed(store)
    for mood in ("empty", "empty", "truly", "empty", "empty"):
        store.at.moods[PUSH] = mood
        store.looks(600)
    assert attempt_of(store, order)["status"] == "waiting"
    store.looks(600)
    assert attempt_of(store, order)["status"] == "expired"


@pytest.mark.parametrize("mood", ["silence", "garbled", "nonsense"])
def test_no_word_is_never_a_failure_and_is_journalled_once(store: Store, mood: str) -> None:
    order, deal = pushed(store)
    store.at.moods[PUSH] = mood
    for _ in range(20):
        store.looks(600)
    assert attempt_of(store, order)["status"] == "waiting"
    assert store.stage.facts(order) == ["started", "accepted", "asked"]
    assert store.asked(deal.name) == 20
    said = store.stage.journal(order)[-1]["detail"]
    assert said.startswith("no answer: ")
    assert attempt_of(store, order)["last_word"] == said


def test_hearsay_has_the_operator_asked_at_once(store: Store) -> None:
    order, deal = pushed(store)
    for seconds in (5, 5, 10, 20, 20, 600):
        store.looks(seconds)
    deal.state = "done"
    asked = store.asked(deal.name)
    store.looks(10)
    assert store.asked(deal.name) == asked
    assert store.is_called_back(deal).status_code == 200
    assert store.stage.now(order)["status"] == "processing"  # hearsay moves no money
    store.stage.tick()
    assert store.stage.now(order)["status"] == "paid"


def test_however_much_is_heard_the_operator_is_asked_once_in_three_seconds(store: Store) -> None:
    _, deal = pushed(store)
    for _ in range(24):
        store.is_called_back(deal, "pending")
        store.looks(0.5)
    moments = [at for name, at in store.at.asked if name == deal.name]
    assert 3 <= len(moments) <= 5
    assert all(later - sooner >= timedelta(seconds=3) for sooner, later in pairwise(moments))


def test_who_wants_to_know_while_we_ask_is_not_forgotten(store: Store) -> None:
    order, deal = pushed(store)

    def pays_after_the_answer() -> None:
        deal.state = "done"
        store.stage.passes(seconds=1)
        store.is_called_back(deal)

    store.at.meanwhile = pays_after_the_answer
    store.looks(5)  # the answer on its way still says that nobody acted
    assert store.stage.now(order)["status"] == "processing"
    store.looks(3)
    assert store.stage.now(order)["status"] == "paid"


def test_two_workers_never_ask_about_one_payment_at_once(store: Store) -> None:
    _, deal = pushed(store)
    second = Worker(store.stage.clock, store.stage.worker.directory)

    def looks_too() -> None:
        store.stage.passes(seconds=60)
        with store.stage.app.app_context():
            second.tick()

    store.at.meanwhile = looks_too
    store.looks(5)
    assert store.asked(deal.name) == 1


def test_a_worker_that_woke_too_late_says_nothing(store: Store) -> None:
    order, deal = pushed(store)

    def another_finds_out() -> None:
        deal.state = "done"
        store.looks(91)

    store.at.meanwhile = another_finds_out
    store.looks(5)
    assert store.asked(deal.name) == 2
    assert store.stage.facts(order) == ["started", "accepted", "paid"]
    assert attempt_of(store, order)["due_at"] is None


def test_a_question_that_a_crash_cut_off_is_asked_again_when_its_lease_ends(store: Store) -> None:
    order, deal = pushed(store)

    def dies() -> None:
        raise Crash

    store.at.meanwhile = dies
    with pytest.raises(Crash):
        store.looks(5)
    deal.state = "done"
    store.looks(89)
    assert store.asked(deal.name) == 1
    store.looks(1)
    assert store.stage.now(order)["status"] == "paid"


def test_a_start_whose_reply_nobody_recorded_is_asked_about_too(store: Store) -> None:
    order = store.order(500, DAY)
    store.at.accident = "crash after"
    with pytest.raises(Crash):
        store.clicks(order, PUSH)
    [deal] = store.at.deals.values()
    deal.state = "done"
    assert attempt_of(store, order)["status"] == "starting"
    store.looks(5)
    assert store.stage.now(order)["status"] == "paid"


def test_a_page_whose_name_was_never_told_cannot_be_asked_about_and_nobody_has_it(store: Store) -> None:
    order = store.order(500, DAY)
    store.at.accident = "crash after"
    with pytest.raises(Crash):
        store.clicks(order, PAGE)
    store.looks(61)
    assert attempt_of(store, order)["failure_code"] == "not_started"
    assert attempt_of(store, order)["due_at"] is None


def test_money_after_a_day_settles_what_was_left_to_a_person(store: Store) -> None:
    order, deal = pushed(store, timedelta(minutes=1))
    store.at.moods[PUSH] = "silence"
    store.looks(60)
    store.looks(24 * 3600)
    [item] = store.stage.of(ReviewItem, ReviewItem.order_id == order.id)
    assert (item["reason"], item["decision"]) == ("unconfirmed", None)
    assert store.stage.events(order)[-1] == "order.review"
    store.at.moods[PUSH], deal.state = "truly", "done"
    store.looks(24 * 3600)
    assert (
        store.stage.now(order)["status"] == "expired"
    )  # nobody asks any more, unless somebody says something
    store.is_called_back(deal)
    store.looks(3)
    now = store.stage.now(order)
    assert (now["status"], now["paid_late"]) == ("paid", True)
    [item] = store.stage.of(ReviewItem, ReviewItem.order_id == order.id)
    assert (item["decision"], item["decided_by"]) == ("settled", "answer")


def test_an_operator_that_cannot_be_asked_is_left_to_a_person_a_day_after_expiry(stage: Stage) -> None:
    order = stage.order(lasts=timedelta(hours=1))
    attempt = stage.starts(order)
    for hours in (1, 23.9):
        stage.passes(hours=hours)
        stage.tick()
    assert stage.reviews(order) == []
    stage.passes(hours=0.1)
    stage.tick()
    assert stage.reviews(order) == ["unconfirmed"]
    assert len(stage.operator.calls) == 1  # the one that fetched the page
    stage.passes(hours=24)
    stage.tick()
    assert stage.reviews(order) == ["unconfirmed"]
    assert stage.notifies(attempt["reference"]).status_code == 200
    assert stage.now(order)["status"] == "paid"
    [item] = stage.of(ReviewItem, ReviewItem.order_id == order.id)
    assert (item["decision"], item["decided_by"].split()[0]) == ("settled", "notification")


def test_a_disabled_account_and_a_suspended_store_are_still_asked_about(store: Store) -> None:
    order, deal = pushed(store)
    with store.stage.app.app_context(), db.writing() as tx:
        tx.execute(
            update(OperatorAccount).where(OperatorAccount.id == store.accounts[PUSH].id).values(enabled=False)
        )
        tx.execute(update(Merchant).where(Merchant.id == store.stage.merchant.id).values(live=False))
    deal.state = "done"
    store.looks(5)
    assert store.stage.now(order)["status"] == "paid"
