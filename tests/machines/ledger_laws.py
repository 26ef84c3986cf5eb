"""The room of what must hold against the operators' own ledger, to the franc, whatever they said of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from portal.payments import schedule
from portal.payments.snapshot import money_moved
from portal.security import tokens
from tests.machines import laws
from tests.machines.books import Book
from tests.machines.honest import PAGE, Deal, Honest
from tests.machines.stage import Row

FREE = ("failed", "cancelled")
"""Refunds that hold no amount back."""
UNDECIDED = ("sending", "unknown")
EMPTY_FOR = timedelta(minutes=10)
GUARD = timedelta(minutes=20)


def hold(book: Book, at: Honest, by_hand: Counter[int], now: datetime) -> None:
    """Check one order; `by_hand`: francs that a person sent back of it, by the order's id."""
    laws.one_live_attempt(book)
    laws.the_journal_tells_every_state(book)
    _one_payment_makes_it_paid(book)
    _every_payment_is_real(book, at)
    _every_franc_is_found_or_looked_for(book, at)
    _money_moved(book)
    _the_guard_opened_for_a_reason(book, at)
    _someone_will_ask(book, now)
    _an_end_is_the_operators_or_a_persons(book, at)
    _nothing_is_sent_twice(book, at)
    _every_refund_is_real(book, at)
    _never_more_back_than_came(book, at, by_hand[book.order["id"]])


def _one_payment_makes_it_paid(book: Book) -> None:
    kinds = Counter(event["type"] for event in book.events)
    assert kinds["order.paid"] == (book.order["status"] == "paid") <= 1
    paid = book.lines("paid")
    accepted = bool(book.lines("order_accepted"))
    rights = [line for line in paid if line["amount"] == book.order["amount"]]
    if book.order["status"] == "paid":
        assert rights or accepted
        # Every payment but the one that paid is, or was, before a person.
        reasons = Counter(item["reason"] for item in book.reviews)
        asked = ("double_payment", "amount_mismatch", "paid_after_cancel", "paid_after_close")
        assert sum(reasons[one] for one in asked) >= len(paid) - (0 if accepted else 1)
    if paid and book.order["status"] in {"open", "processing", "expired", "cancelled"}:
        assert book.lines("review_dismissed"), "money came, and nobody decided"


def _every_payment_is_real(book: Book, at: Honest) -> None:
    for line in book.lines("paid"):
        deal = _deal_of(book, line["attempt_id"], at)
        assert deal is not None
        assert deal.state == "done"
        assert (line["amount"], line["payment_reference"]) == (deal.moved, deal.token)
    references = [line["payment_reference"] for line in book.lines("paid")]
    assert len(references) == len(set(references))
    assert book.order["amount_paid"] == sum(line["amount"] for line in book.lines("paid"))


def _every_franc_is_found_or_looked_for(book: Book, at: Honest) -> None:
    for attempt in missing(book, at):
        deal = at.deal("payment", attempt["reference"])
        assert deal is not None
        assert not attempt["confirmed"] or deal.changed
        listed = any(item["attempt_id"] == attempt["id"] for item in book.items("unconfirmed"))
        assert attempt["due_at"] is not None or listed or deal.changed


def missing(book: Book, at: Honest) -> list[Row]:
    """Return the attempts whose money moved at the operator and is not in the journal."""
    paid = {line["attempt_id"] for line in book.lines("paid")}
    return [one for one in book.attempts if one["id"] not in paid and _is_done(one, at)]


def _is_done(attempt: Row, at: Honest) -> bool:
    deal = at.deal("payment", attempt["reference"])
    return deal is not None and deal.state == "done"


def _deal_of(book: Book, attempt_id: int, at: Honest) -> Deal | None:
    reference = next(one["reference"] for one in book.attempts if one["id"] == attempt_id)
    return at.deal("payment", reference)


def _money_moved(book: Book) -> None:
    expected = "no" if all(one["confirmed"] for one in book.attempts) else "unknown"
    assert money_moved(book.attempts) == ("yes" if book.lines("paid") else expected)


def _the_guard_opened_for_a_reason(book: Book, at: Honest) -> None:
    """Check that an attempt lapsed only after its page's time, or three answers in a row that knew nothing."""
    attempts = {one["id"]: one for one in book.attempts}
    for line in book.journal:
        if line["detail"] != "no_answer":
            continue
        attempt = attempts[line["attempt_id"]]
        empty = [
            moment for name, moment in at.empties if name == attempt["reference"] and moment <= line["at"]
        ]
        given = attempt["handed_out_at"] or attempt["created_at"]
        waited = attempt["continuation"] is not None and line["at"] - given >= GUARD
        assert waited or (len(empty) >= 3 and empty[-1] - empty[0] >= EMPTY_FOR)


def _someone_will_ask(book: Book, now: datetime) -> None:
    """Check that whoever had no final word is asked about within ten minutes, or is before a person."""
    over = book.order["expires_at"] + schedule.AFTER_EXPIRY
    for attempt in book.attempts:
        if attempt["confirmed"]:
            asked = [item["attempt_id"] for item in _open(book.items("unconfirmed"))]
            assert attempt["id"] not in asked, "a person is asked what is known"
            continue
        if attempt["due_at"] is None:
            assert any(item["attempt_id"] == attempt["id"] for item in book.items("unconfirmed"))
            assert now >= over
        else:
            assert attempt["due_at"] <= max(now, attempt["asked_at"] or now) + timedelta(minutes=10)


def _an_end_is_the_operators_or_a_persons(book: Book, at: Honest) -> None:
    for line in book.journal:
        if line["fact"] not in {"failed", "refund_failed"} or line["source"] == "person":
            continue
        if line["refund_id"] is not None:
            deal, _ = payout_of(next(one for one in book.refunds if one["id"] == line["refund_id"]), at)
        else:
            deal = _deal_of(book, line["attempt_id"], at)
        if line["detail"] == "not_started":
            # A push that nobody took, or a page that no browser got.
            assert deal is None or (deal.operator == PAGE and deal.name not in at.handed_out)
        elif line["source"] != "reply" or line["refund_id"] is not None:
            assert deal is not None
            assert deal.state == "refused" or deal.changed


def _nothing_is_sent_twice(book: Book, at: Honest) -> None:
    for attempt in book.attempts:
        assert at.sent["payment", attempt["reference"]] <= 1
    for refund in book.refunds:
        deal, name = payout_of(refund, at)
        assert at.sent["payout", name] <= 1
        assert deal is None or refund["status"] not in {"requested", "by_hand", "cancelled"}


def nobody_is_paid_unasked(shelf: list[Book], at: Honest) -> None:
    """Check that every payout that an operator was asked for is the only one of a refund of ours."""
    asked = Counter(payout_of(refund, at)[1] for book in shelf for refund in book.refunds)
    for kind, name in at.sent:
        assert kind == "payment" or asked[name] == 1


def payout_of(refund: Row, at: Honest) -> tuple[Deal | None, str]:
    """Return what the operator made of a refund, and the name that it was told."""
    name = refund["reference"]
    if refund["operator"] == PAGE:
        digest = refund["secret_digest"]
        told = [key for kind, key in at.sent if kind == "payout" and tokens.digest(key) == digest]
        name = told[0] if told else ""
    return at.deal("payout", name), name


def _every_refund_is_real(book: Book, at: Honest) -> None:
    told = {line["refund_id"] for line in book.lines("refunded")}
    for refund in book.refunds:
        deal, _ = payout_of(refund, at)
        assert (refund["id"] in told) == (refund["status"] == "succeeded")
        if deal is None:
            continue
        assert deal.amount == refund["amount"]
        if refund["status"] == "succeeded":
            assert deal.state == "done"
        elif deal.state == "done":
            assert refund["status"] in UNDECIDED or deal.changed
    assert len(told) == len(book.lines("refunded"))


def _never_more_back_than_came(book: Book, at: Honest, by_hand: int) -> None:
    order = book.order
    reserved = sum(one["amount"] for one in book.refunds if one["status"] not in FREE)
    deals = [deal for refund in book.refunds if (deal := payout_of(refund, at)[0]) is not None]
    returned = sum(deal.moved for deal in deals if deal.state == "done") + by_hand
    if not any(deal.changed for deal in deals):
        assert order["amount_refunded"] <= reserved <= order["amount_paid"]
        assert returned <= order["amount_paid"]
    for attempt in book.attempts:
        paid = sum(line["amount"] for line in book.lines("paid") if line["attempt_id"] == attempt["id"])
        back = sum(line["amount"] for line in book.lines("refunded") if line["attempt_id"] == attempt["id"])
        if back > paid:
            assert book.items("over_refunded"), "more went back of a payment than it brought"
    if order["amount_refunded"] > order["amount_paid"]:
        assert book.items("over_refunded")


def everything_is_accounted_for(book: Book, at: Honest) -> None:
    """Check the end: all are silent and time has passed, so what is not in the journal is before a person."""
    for attempt in book.attempts:
        listed = any(item["attempt_id"] == attempt["id"] for item in book.items("unconfirmed"))
        assert attempt["confirmed"] or listed
        assert attempt["due_at"] is None
    for attempt in missing(book, at):
        deal = at.deal("payment", attempt["reference"])
        assert deal is not None
        listed = any(item["attempt_id"] == attempt["id"] for item in _open(book.items("unconfirmed")))
        assert listed or deal.changed
    for refund in book.refunds:
        assert refund["status"] not in {"requested", "sending"}
        assert refund["due_at"] is None


def what_is_asked_about_is_found(book: Book, at: Honest) -> None:
    """Check the end where operators tell the truth: what nobody has, they were silent about for its whole time."""
    given_up = {item["attempt_id"] for item in book.items("unconfirmed")}
    assert not [one for one in missing(book, at) if not one["confirmed"] and one["id"] not in given_up]


def _open(items: list[Row]) -> list[Row]:
    return [item for item in items if item["decision"] is None]
