"""Looking at what waits for a person: the likeliest lost money first, then by age; one store's, one mode's."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from portal import db
from portal.domain.events import Accepted, Lapsed, Paid
from portal.domain.money import Money
from portal.payments import review_queries, visits
from portal.payments.lifecycle_reviews import Answer, Decided, answer
from portal.payments.models import ReviewItem
from portal.payments.paging import PAGE
from portal.payments.review_queries import Waiting
from tests import factories
from tests.machines.stage import Stage
from tests.payments.sale import PERSON
from tests.providers.payment import leave_alone


def mismatch(stage: Stage, mode: str = "test") -> SimpleNamespace:
    """Open an item by paying another amount than the order's."""
    account = stage.account if mode == "test" else stage.an_account(stage.merchant, mode=mode)
    with stage.app.app_context():
        order = factories.an_order(stage.merchant, mode=mode)
        factories.an_attempt(order, account, then=[Accepted(), Paid(Money(400), order.public_id)])
    return order


def unconfirmed(stage: Stage, *ways: str) -> SimpleNamespace:
    """Open an item about a payment that was never confirmed; its shopper came back by those ways."""
    account = stage.account
    with stage.app.app_context():
        order = factories.an_order(stage.merchant, lasts=timedelta(hours=1))
        attempt = factories.an_attempt(order, account, then=[Lapsed()])
        for way in ways:
            with db.writing() as tx:
                visits.record(tx, stage.clock, attempt.token, way)
    stage.passes(hours=26)
    stage.tick()
    assert stage.reviews(order) == ["unconfirmed"]
    return order


def waiting(stage: Stage, mode: str = "test", **wanted: Any) -> Waiting:
    with stage.app.app_context(), db.reading() as connection:
        return review_queries.waiting(connection, merchant_id=stage.merchant.id, mode=mode, **wanted)


def counted(stage: Stage, mode: str = "test") -> int:
    with stage.app.app_context(), db.reading() as connection:
        return review_queries.count(connection, merchant_id=stage.merchant.id, mode=mode)


def orders(found: Waiting) -> list[str]:
    return [row["order_public_id"] for row in found.rows]


def test_money_that_somebody_says_was_paid_comes_first_then_the_oldest(stage: Stage) -> None:
    leave_alone(stage)
    old = mismatch(stage)
    silent = unconfirmed(stage, "decline")
    lost = unconfirmed(stage, "accept", "accept")
    new = mismatch(stage)
    found = waiting(stage)
    assert orders(found) == [one.public_id for one in (lost, old, silent, new)]
    assert [bool(row["came_back"]) for row in found.rows] == [True, False, False, False]
    assert counted(stage) == 4


def test_pages_are_read_without_a_gap_though_the_first_rank_ends_between(stage: Stage) -> None:
    leave_alone(stage)
    made = [mismatch(stage).public_id for _ in range(PAGE)]
    made.insert(0, unconfirmed(stage, "accept").public_id)
    first = waiting(stage)
    second = waiting(stage, after=first.next)
    assert orders(first) + orders(second) == made
    assert (len(first.rows), second.next) == (PAGE, None)


def test_a_store_sees_its_own_items_of_one_mode(stage: Stage) -> None:
    foreign = mismatch(stage)
    [theirs] = waiting(stage).rows
    own = stage.anew_store()
    test, live = mismatch(own), mismatch(own, "live")
    assert (orders(waiting(own)), orders(waiting(own, "live"))) == ([test.public_id], [live.public_id])
    assert (counted(own), counted(own, "live")) == (1, 1)
    assert waiting(own, after=theirs["public_id"]).rows == []
    assert orders(waiting(stage)) == [foreign.public_id]


def test_what_is_decided_waits_no_longer_and_is_still_found(stage: Stage) -> None:
    order = mismatch(stage)
    [row] = stage.of(ReviewItem, ReviewItem.order_id == order.id)
    with stage.app.app_context():
        with db.writing() as tx:
            answer(tx, stage.clock, row["id"], Decided(Answer.ACCEPT, "relevé"), PERSON)
        with db.reading() as connection:
            wanted = {"public_id": row["public_id"]}
            found = review_queries.item(connection, merchant_id=stage.merchant.id, **wanted)
            assert found is not None
            assert (found["decision"], found["order_public_id"]) == ("accepted", order.public_id)
            assert review_queries.item(connection, merchant_id=stage.merchant.id + 10**6, **wanted) is None
    assert (waiting(stage).rows, counted(stage)) == ([], 0)
