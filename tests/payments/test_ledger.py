"""The locked page: the order's row first, its attempts only once it is held, and every Paid word beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from portal import db
from portal.domain.events import Failed, Paid
from portal.domain.money import Money
from portal.payments import ledger
from portal.payments.ledger import NotFound, Page
from tests.counting import counting
from tests.machines.stage import Stage


@contextmanager
def page(stage: Stage, order: SimpleNamespace, event: Paid | Failed | None = None) -> Iterator[Page]:
    with stage.app.app_context(), db.writing() as tx:
        yield ledger.lock(tx, stage.clock, "order_id", {"order_id": order.id}, event)


def test_the_order_is_locked_before_its_attempts_are_read(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    with stage.app.app_context(), counting(db.db.engine) as seen, page(stage, order):
        pass
    tables = [text.split("FROM ")[-1].split()[0] for text in seen.texts]
    assert tables == ["orders", "attempts"]


def test_nobody_else_gets_the_order_while_it_is_held(stage: Stage) -> None:
    order = stage.order()
    got, started = threading.Event(), threading.Event()

    def other() -> None:
        started.set()
        with page(stage, order):
            got.set()

    waiting = threading.Thread(target=other)
    with page(stage, order):
        waiting.start()
        started.wait()
        assert not got.wait(0.3)
    waiting.join(10)
    assert got.is_set()


def test_an_attempt_is_found_within_its_account_alone(stage: Stage) -> None:
    order = stage.order()
    reference = stage.starts(order)["reference"]
    with stage.app.app_context(), db.writing() as tx:
        own = {"account_id": stage.account.id, "reference": reference}
        assert ledger.lock(tx, stage.clock, "reference", own).order["id"] == order.id
        with pytest.raises(NotFound):
            ledger.lock(tx, stage.clock, "reference", own | {"account_id": stage.account.id + 1})
        with pytest.raises(NotFound):
            ledger.lock(tx, stage.clock, "order_id", {"order_id": 0})


def test_an_attempt_with_many_words_is_on_the_page_once(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    for number in range(3):
        stage.notifies(attempt["reference"], paymentref=f"PAY{number}")
    with page(stage, order) as locked:
        [only] = locked.attempts
        standing = locked.standing(only)
    assert [paid.payment_reference for paid in standing.payments] == ["PAY0", "PAY1", "PAY2"]
    assert (standing.money, standing.disputed) == (Money(500), ())


def test_a_disputed_word_is_no_payment(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    stage.notifies(attempt["reference"], amount="700")
    with page(stage, order) as locked:
        standing = locked.standing(locked.attempts[0])
    assert [paid.money.amount for paid in standing.payments] == [500]
    assert [paid.money.amount for paid in standing.disputed] == [700]


@pytest.mark.parametrize(("reference", "taken"), [("PAY1", True), ("PAY2", False), (None, False)])
def test_a_payment_reference_that_another_attempt_owns_is_seen(
    stage: Stage, reference: str | None, *, taken: bool
) -> None:
    first, second = stage.order(), stage.order()
    stage.notifies(stage.starts(first)["reference"], paymentref="PAY1")
    stage.starts(second)
    with page(stage, second, Paid(Money(500), reference)) as locked:
        assert locked.standing(locked.attempts[0]).taken is taken


def test_ones_own_payment_reference_is_not_taken(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], paymentref="PAY1")
    with page(stage, order, Paid(Money(500), "PAY1")) as locked:
        assert not locked.standing(locked.attempts[0]).taken


def test_the_page_knows_its_live_attempt_and_its_reviews(stage: Stage) -> None:
    order = stage.order()
    first = stage.starts(order)
    stage.leaves(order)
    second = stage.starts(order)
    stage.notifies(first["reference"], amount="200")
    with page(stage, order) as locked:
        live = locked.live()
        assert live is not None
        assert live["id"] == second["id"]
        assert [item["reason"] for item in locked.reviews] == ["amount_mismatch"]
        assert locked.now == stage.clock.now()
