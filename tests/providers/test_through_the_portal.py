"""Every provider in the whole portal, on both kinds of database: what its operator says moves money as it may.

Tampered, replayed, foreign, silent, wrong amount, late, out of order, before its reply, reply lost: an operator whose
notifications settle and one that must be asked are held to the same ends.
"""

from __future__ import annotations

from portal.domain.provider import CanAsk, NeverOffered
from tests import factories
from tests.machines.stage import FOREIGN, LISTED
from tests.providers import vectors
from tests.providers.accounts import (
    PaymentOf,
    each_case,
    every_operator,
    every_playable_account,
)
from tests.providers.payment import connected, seen, told

CRASHED = 61
"""Seconds after which a start that was left behind is given up."""


@each_case("notifications")
def test_a_notification_is_answered_and_moves_what_the_page_says(
    payment_of: PaymentOf, slug: str, name: str
) -> None:
    case = vectors.of(slug).notifications[name]
    payment = payment_of(slug, case.get("option", ""))
    payment.starts()
    assert seen(payment.hears_case(case)) == told(case["answer"])
    then = case["then"]
    assert payment.line[0] == then["verdict"]
    assert payment.stands == (then["attempt"], then["order"])
    assert payment.stage.reviews(payment.order) == then["reviews"]


# ---- start


@every_operator
def test_a_start_that_lets_the_shopper_on_waits_for_the_operators_word(
    payment_of: PaymentOf, slug: str
) -> None:
    for start in vectors.of(slug).starts("offered"):
        payment = payment_of(slug)
        payment.starts(start)
        assert payment.attempt["status"] == "waiting"
        hosted = start["outcome"]["kind"] in {"post_form", "redirect"}
        assert (payment.attempt["continuation"] is not None) is hosted
        page = payment.stage.looks(payment.order, "/go")
        assert (page.status_code, hosted) in {(200, True), (303, False)}


@every_operator
def test_a_reply_that_was_lost_means_what_the_call_could_have_done(payment_of: PaymentOf, slug: str) -> None:
    for start in vectors.of(slug).starts("lost"):
        payment = payment_of(slug)
        payment.starts(start)
        harmless = isinstance(payment.provider.when_silent, NeverOffered)
        assert payment.attempt["status"] == ("failed" if harmless else "unknown")
        order = payment.stage.now(payment.order)
        assert order["status"] == ("open" if harmless else "processing")


@every_operator
def test_a_process_that_died_while_asking_means_the_same(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    with payment.stage.app.app_context():
        factories.an_attempt(payment.order, payment.account)
    payment.stage.passes(seconds=CRASHED)
    payment.stage.tick()
    harmless = isinstance(payment.provider.when_silent, NeverOffered)
    assert payment.attempt["status"] == ("failed" if harmless else "unknown")


# ---- foreign


@every_playable_account
def test_a_caller_that_is_not_listed_moves_nothing(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    before = payment.books
    assert seen(payment.hears("paid", address=FOREIGN)) == payment.answer("refused", "address")
    assert payment.line == ("refused", "address")
    assert payment.books == before
    if payment.settles:
        assert payment.answer("refused", "address")[0] == 403


@every_playable_account
def test_one_merchants_notification_never_settles_another_merchants_order(
    payment_of: PaymentOf, slug: str, option: str
) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    with payment.stage.app.app_context():
        other = factories.a_merchant(name="Chez Kossi")
    account = connected(payment.stage, slug, other, option)
    before = payment.books
    assert seen(payment.hears("paid", account=account.public_id)) == payment.answer(payment.nobodys)
    payment.stage.tick()
    assert payment.books == before


@every_playable_account
def test_an_account_of_the_other_mode_never_settles(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    live = connected(payment.stage, slug, payment.stage.merchant, option, mode="live", networks=[LISTED])
    before = payment.books
    assert seen(payment.hears("paid", account=live.public_id)) == payment.answer(payment.nobodys)
    payment.stage.tick()
    assert payment.books == before


@every_playable_account
def test_an_account_that_is_not_there_settles_nothing(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    before = payment.books
    assert seen(payment.hears("paid", account="acct_nobody")) == payment.answer("refused", "unknown_account")
    assert payment.books == before


# ---- replayed


@every_playable_account
def test_the_true_word_settles_once(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.learns("paid")
    before = payment.books
    verdict = "repeated" if payment.settles else "hearsay"
    for _ in range(2):
        assert seen(payment.hears("paid")) == payment.answer(verdict)
        assert payment.line[0] == verdict
        if not payment.settles:
            payment.asks("paid", after=60)
    assert payment.books == before
    assert payment.stage.facts(payment.order).count("paid") == 1
    order = payment.stage.now(payment.order)
    assert (order["status"], order["amount_paid"], order["paid_late"]) == ("paid", order["amount"], False)


# ---- late


@every_playable_account
def test_money_after_expiry_is_honoured_and_marked_late(
    payment_of: PaymentOf, slug: str, option: str
) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.stage.passes(hours=2)
    payment.works()
    assert payment.stage.now(payment.order)["status"] == "expired"
    payment.learns("paid")
    order = payment.stage.now(payment.order)
    assert (order["status"], order["paid_late"]) == ("paid", True)


# ---- out of order


@every_playable_account
def test_a_failure_that_comes_after_the_money_is_stale(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.learns("paid")
    verdict = "stale" if payment.settles else "hearsay"
    assert seen(payment.hears("failed")) == payment.answer(verdict)
    assert payment.line[0] == verdict
    if isinstance(payment.provider, CanAsk):
        payment.asks("failed", after=60)
    assert payment.stands == ("paid", "paid")
    assert payment.stage.now(payment.order)["reviews"] == 0


@every_playable_account
def test_money_that_comes_after_a_failure_is_real(payment_of: PaymentOf, slug: str, option: str) -> None:
    payment = payment_of(slug, option)
    payment.starts()
    payment.learns("failed")
    assert payment.stands == ("failed", "open")
    payment.learns("paid")
    assert payment.stands == ("paid", "paid")
    assert payment.stage.journal(payment.order)[-1]["detail"] == "late"


# ---- before its reply, reply lost


@every_playable_account
def test_money_may_come_before_the_reply_and_even_where_the_reply_is_lost(
    payment_of: PaymentOf, slug: str, option: str
) -> None:
    for start in (*vectors.of(slug).starts("offered"), *vectors.of(slug).starts("lost")):
        payment = payment_of(slug, option)
        payment.stage.operator.meanwhile = lambda: payment.hears("paid")  # noqa: B023 - called within this turn
        payment.starts(start)
        if not payment.settles:
            payment.asks("paid")
        no_page = start["role"] == "lost" and isinstance(payment.provider.when_silent, NeverOffered)
        if no_page and not payment.settles:
            # Nobody can have paid on a page that was never handed out, whatever a notification says.
            assert payment.stands == ("failed", "open")
            continue
        assert payment.stands == ("paid", "paid")
        assert payment.stage.facts(payment.order).count("paid") == 1
