"""Silent, and tampered with: an operator that can be asked is asked in the whole portal, and its answer counts."""

from __future__ import annotations

from portal.domain.provider import NeverOffered
from tests.providers import vectors
from tests.providers.accounts import (
    PaymentOf,
    every_one_that_can_be_asked,
    every_one_that_is_not_believed,
    every_operator,
    every_playable_account,
)
from tests.providers.payment import seen

FIRST_QUESTION = 5
"""Seconds after a start when the operator is asked, where it can be."""


# ---- silent


@every_operator
def test_an_operator_that_stays_silent_frees_the_order_only_where_a_page_was_left(
    payment_of: PaymentOf, slug: str
) -> None:
    payment = payment_of(slug)
    payment.starts()
    payment.stage.looks(payment.order, "/go")
    guard = payment.provider.guard if payment.attempt["continuation"] else None
    if guard is None:
        payment.stage.passes(minutes=59)
        payment.stage.tick()
        assert payment.attempt["status"] == "waiting"
        return
    payment.stage.passes(seconds=guard.total_seconds() + 1)
    payment.stage.tick()
    assert (payment.attempt["status"], payment.stage.now(payment.order)["status"]) == ("expired", "open")


@every_one_that_can_be_asked
def test_an_operator_that_sends_nothing_is_asked(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.asks("pending", after=FIRST_QUESTION)
    assert payment.stands == ("waiting", "processing")
    payment.asks("paid", after=FIRST_QUESTION)
    assert payment.stands == ("paid", "paid")
    assert payment.stage.facts(payment.order).count("paid") == 1


@every_one_that_can_be_asked
def test_an_operator_that_knows_nothing_frees_the_order_after_ten_minutes_and_may_still_remember(
    payment_of: PaymentOf, slug: str, option: str
) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.stage.looks(payment.order, "/go")
    for seconds in (FIRST_QUESTION, 60):
        payment.asks("nothing", after=seconds)
        assert payment.stands == ("waiting", "processing")
    # A page that may still be open holds the order for its own time.
    held = payment.provider.guard if payment.attempt["continuation"] else None
    payment.asks("nothing", after=held.total_seconds() if held else 11 * 60)
    assert payment.stands == ("expired", "open")
    payment.asks("paid", after=11 * 60)
    assert payment.stands == ("paid", "paid")


@every_one_that_can_be_asked
def test_a_reply_that_was_lost_is_asked_about(payment_of: PaymentOf, slug: str, option: str) -> None:
    for start in vectors.of(slug).starts("lost"):
        payment = payment_of(slug, option)
        payment.starts(start)
        if isinstance(payment.provider.when_silent, NeverOffered):
            continue  # nothing can have been debited
        payment.asks("paid", after=FIRST_QUESTION)
        assert payment.stands == ("paid", "paid")


# ---- tampered


@every_one_that_is_not_believed
def test_a_word_that_is_not_believed_moves_nothing(payment_of: PaymentOf, slug: str, option: str) -> None:
    for role in ("paid", "failed", "wrong_amount"):
        payment = payment_of(slug, option)
        payment.starts()
        before = payment.books
        assert seen(payment.hears(role)) == payment.answer("hearsay")
        assert payment.line[0] == "hearsay"
        assert payment.books == before
        payment.asks("pending")
        assert payment.stands == ("waiting", "processing")


@every_one_that_is_not_believed
def test_what_the_operator_answers_counts_and_not_what_it_was_said_to_say(
    payment_of: PaymentOf, slug: str, option: str
) -> None:
    for said, answered, stands in (
        ("failed", "paid", ("paid", "paid")),
        ("wrong_amount", "paid", ("paid", "paid")),
        ("paid", "failed", ("failed", "open")),
    ):
        payment = payment_of(slug, option)
        payment.starts()
        payment.hears(said)
        payment.asks(answered)
        assert payment.stands == stands


@every_playable_account
def test_a_tampered_amount_is_never_the_right_payment(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.learns("wrong_amount")
    assert payment.stage.now(payment.order)["status"] == "review"
    assert payment.stage.reviews(payment.order) == ["amount_mismatch"]
    assert "order.paid" not in payment.stage.events(payment.order)
