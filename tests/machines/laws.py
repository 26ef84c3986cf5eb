"""The room of what must hold after every step, whatever happened: the rules of money as assertions."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from portal.payments.snapshot import money_moved
from tests.machines.books import Book
from tests.machines.replay import replay
from tests.machines.stage import Row
from tests.machines.truth import SETTLED, Truth

GUARD = timedelta(minutes=20)
"""How long TMoney Online's page may be open after it was last handed out."""


def hold(book: Book, truth: Truth) -> None:
    """Check one order against what truly happened and against its own journal."""
    one_live_attempt(book)
    _paid_if_and_only_if_truly_notified(book, truth)
    _the_books_add_up(book, truth)
    the_journal_tells_every_state(book)
    _money_moved(book, truth)
    _a_page_is_given_its_time(book)


def one_live_attempt(book: Book) -> None:
    """Check the guard: at most one attempt could debit, and the order says whether one could."""
    assert len(book.live) <= 1
    if book.order["status"] in {"open", "processing"}:
        assert bool(book.live) == (book.order["status"] == "processing")
    if book.order["before_review"] == "processing":
        assert book.live


def _paid_if_and_only_if_truly_notified(book: Book, truth: Truth) -> None:
    order, payments = book.order, truth.paid_to(list(book.attempts))
    right = any((one.amount, one.currency) == (order["amount"], order["currency"]) for one in payments)
    cancelled = any(line["fact"] == "order_cancelled" for line in book.journal)
    assert (order["status"] == "paid") == (right and not cancelled)
    assert (order["paid_at"] is not None) == (order["status"] == "paid")
    assert order["paid_late"] == (order["status"] == "paid" and order["paid_at"] >= order["expires_at"])
    # Money that came without being a right payment in time is for a person.
    assert (order["status"] == "review") == bool(payments and (cancelled or not right))
    reasons = {item["reason"] for item in book.reviews}
    if cancelled and right:
        assert "paid_after_cancel" in reasons
    kinds = Counter(event["type"] for event in book.events)
    assert kinds["order.paid"] == (order["status"] == "paid")


def _the_books_add_up(book: Book, truth: Truth) -> None:
    order, payments = book.order, truth.paid_to(list(book.attempts))
    lines = [line for line in book.journal if line["fact"] == "paid"]
    assert Counter((line["amount"], line["currency"]) for line in lines) == Counter(
        (one.amount, one.currency) for one in payments
    )
    same = [one.amount for one in payments if one.currency == order["currency"]]
    assert order["amount_paid"] == sum(same)
    for attempt in book.attempts:
        own = [line["payment_reference"] for line in lines if line["attempt_id"] == attempt["id"]]
        assert attempt["operator_reference"] == (own[0] if own else None)
    assert order["attempts"] == len(book.attempts)
    assert order["reviews"] == len(book.reviews)


def the_journal_tells_every_state(book: Book) -> None:
    """Check the rows against what the rules make of the journal alone."""
    told = replay(book.order, book.journal)
    assert told.status == book.order["status"]
    assert told.before == book.order["before_review"]
    assert told.attempts == {one["id"]: one["status"] for one in book.attempts}
    assert told.refunds == {one["id"]: one["status"] for one in book.refunds}
    assert told.refunded == book.order["amount_refunded"]
    assert Counter(told.reasons) == Counter(item["reason"] for item in book.reviews)
    assert Counter(told.events) == Counter(event["type"] for event in book.events)


def _money_moved(book: Book, truth: Truth) -> None:
    never = [one for one in book.attempts if one["failure_code"] == "not_started"]
    assert not {one["reference"] for one in never} & truth.handed_out
    decided = truth.decided | {one["reference"] for one in never}
    expected = "no" if all(one["reference"] in decided for one in book.attempts) else "unknown"
    assert money_moved(book.attempts) == ("yes" if truth.paid_to(list(book.attempts)) else expected)


def _a_page_is_given_its_time(book: Book) -> None:
    attempts = {one["id"]: one for one in book.attempts}
    for line in book.journal:
        if line["detail"] == "no_answer":
            assert line["at"] - _last_given(attempts[line["attempt_id"]]) >= GUARD


def _last_given(attempt: Row) -> datetime:
    moment: datetime = attempt["handed_out_at"] or attempt["created_at"]
    return moment


def nothing_thanked_is_lost(inbox: list[Row], shelf: list[Book], truth: Truth) -> None:
    """Check that every acknowledged word is in the journal once, or said nothing new, or waits for the worker."""
    lines = {row["id"]: row for row in inbox}
    told = Counter(
        line["source_id"] for book in shelf for line in book.journal if line["source"] == "notification"
    )
    for word in truth.thanked:
        line = lines[word.row]
        waits = line["verdict"] == "deferred"
        assert waits or line["verdict"] in SETTLED
        assert (line["due_at"] is not None) == waits
        assert told[str(word.row)] == (line["verdict"] in {"applied", "stale"})
    assert told.keys() <= {str(word.row) for word in truth.thanked}


def no_page_may_be_open(book: Book, truth: Truth, now: datetime) -> None:
    """Check that an order was cancelled only when nothing that was offered could still be paid in our guard time."""
    for attempt in book.attempts:
        if attempt["reference"] in truth.decided or attempt["failure_code"] == "not_started":
            continue
        assert now - _last_given(attempt) >= GUARD
