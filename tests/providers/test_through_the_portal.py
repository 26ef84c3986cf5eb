"""Every provider in the whole portal, on both kinds of database: what its operator says moves money as it may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.domain.provider import NeverOffered
from tests import factories
from tests.machines.stage import FOREIGN, LISTED, Stage
from tests.providers import vectors
from tests.providers.kit import SLUGS
from tests.providers.payment import Payment, connected, seen, told

EXPIRY = timedelta(hours=1)
CRASHED = 61
"""Seconds after which a start that was left behind is given up."""

SETTLING = [slug for slug in SLUGS if "notice" in vectors.of(slug).notification("paid")["said"][0]]
every_operator = pytest.mark.parametrize("slug", SLUGS)
every_settling_operator = pytest.mark.parametrize("slug", SETTLING)


@pytest.fixture
def payment_of(stage: Stage) -> Callable[[str], Payment]:
    def open_one(slug: str) -> Payment:
        account = connected(stage, slug, stage.merchant)
        charge = vectors.of(slug).account["charge"]
        with stage.app.app_context():
            order = factories.an_order(
                stage.merchant, amount=charge["amount"], currency=charge["currency"], lasts=EXPIRY
            )
        return Payment(stage, slug, account, order)

    return open_one


PaymentOf = Callable[[str], Payment]


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        pytest.param(slug, name, id=f"{slug}: {name}")
        for slug in SLUGS
        for name in vectors.of(slug).notifications
    ],
)
def test_a_notification_is_answered_and_moves_what_the_page_says(
    payment_of: PaymentOf, slug: str, name: str
) -> None:
    payment = payment_of(slug)
    payment.starts()
    case = payment.vectors.notifications[name]
    assert seen(payment.hears_case(case)) == told(case["answer"])
    order, then = payment.stage.now(payment.order), case["then"]
    assert payment.line[0] == then["verdict"]
    assert (payment.attempt["status"], order["status"]) == (then["attempt"], then["order"])
    assert payment.stage.reviews(payment.order) == then["reviews"]


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


@every_operator
def test_an_operator_that_stays_silent_frees_the_order_only_where_a_page_was_left(
    payment_of: PaymentOf, slug: str
) -> None:
    payment = payment_of(slug)
    payment.starts()
    guard = payment.provider.guard if payment.attempt["continuation"] else None
    if guard is None:
        payment.stage.passes(minutes=59)
        payment.stage.tick()
        assert payment.attempt["status"] == "waiting"
        return
    payment.stage.passes(seconds=guard.total_seconds() + 1)
    payment.stage.tick()
    assert (payment.attempt["status"], payment.stage.now(payment.order)["status"]) == ("expired", "open")


@every_operator
def test_a_caller_that_is_not_listed_moves_nothing(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    before = payment.books
    assert seen(payment.hears("paid", address=FOREIGN)) == payment.answer("refused", "address")
    assert payment.line == ("refused", "address")
    assert payment.books == before
    if payment.provider.settles_by_notification:
        assert payment.answer("refused", "address")[0] == 403


@every_operator
def test_one_merchants_notification_never_settles_another_merchants_order(
    payment_of: PaymentOf, slug: str
) -> None:
    payment = payment_of(slug)
    payment.starts()
    with payment.stage.app.app_context():
        other = factories.a_merchant(name="Chez Kossi")
    account = connected(payment.stage, slug, other)
    before = payment.books
    assert seen(payment.hears("paid", account=account.public_id)) == payment.answer("unknown_reference")
    assert payment.books == before


@every_operator
def test_an_account_of_the_other_mode_never_settles(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    live = connected(payment.stage, slug, payment.stage.merchant, mode="live", networks=[LISTED])
    before = payment.books
    assert seen(payment.hears("paid", account=live.public_id)) == payment.answer("unknown_reference")
    assert payment.books == before


@every_operator
def test_an_account_that_is_not_there_settles_nothing(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    before = payment.books
    assert seen(payment.hears("paid", account="acct_nobody")) == payment.answer("refused", "unknown_account")
    assert payment.books == before


@every_settling_operator
def test_the_true_notification_settles_once(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    assert seen(payment.hears("paid")) == payment.answer("applied")
    before = payment.books
    for _ in range(2):
        assert seen(payment.hears("paid")) == payment.answer("repeated")
        assert payment.line[0] == "repeated"
    assert payment.books == before
    assert payment.stage.facts(payment.order).count("paid") == 1
    order = payment.stage.now(payment.order)
    assert (order["status"], order["amount_paid"], order["paid_late"]) == ("paid", order["amount"], False)


@every_settling_operator
def test_another_amount_is_never_the_right_payment(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    payment.hears("wrong_amount")
    assert payment.stage.now(payment.order)["status"] == "review"
    assert payment.stage.reviews(payment.order) == ["amount_mismatch"]
    assert "order.paid" not in payment.stage.events(payment.order)


@every_settling_operator
def test_money_after_expiry_is_honoured_and_marked_late(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    payment.stage.passes(hours=2)
    payment.stage.tick()
    assert payment.stage.now(payment.order)["status"] == "expired"
    payment.hears("paid")
    order = payment.stage.now(payment.order)
    assert (order["status"], order["paid_late"]) == ("paid", True)


@every_settling_operator
def test_a_failure_that_comes_after_the_money_is_stale(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    payment.hears("paid")
    assert seen(payment.hears("failed")) == payment.answer("stale")
    assert payment.line[0] == "stale"
    order = payment.stage.now(payment.order)
    assert (payment.attempt["status"], order["status"], order["reviews"]) == ("paid", "paid", 0)


@every_settling_operator
def test_money_that_comes_after_a_failure_is_real(payment_of: PaymentOf, slug: str) -> None:
    payment = payment_of(slug)
    payment.starts()
    payment.hears("failed")
    assert payment.stage.now(payment.order)["status"] == "open"
    payment.hears("paid")
    assert (payment.attempt["status"], payment.stage.now(payment.order)["status"]) == ("paid", "paid")
    assert payment.stage.journal(payment.order)[-1]["detail"] == "late"


@every_settling_operator
def test_money_may_come_before_the_reply_and_even_where_the_reply_is_lost(
    payment_of: PaymentOf, slug: str
) -> None:
    for start in (*vectors.of(slug).starts("offered"), *vectors.of(slug).starts("lost")):
        payment = payment_of(slug)
        payment.stage.operator.meanwhile = lambda: payment.hears("paid")  # noqa: B023 - called within this turn
        payment.starts(start)
        assert (payment.attempt["status"], payment.stage.now(payment.order)["status"]) == ("paid", "paid")
        assert payment.stage.facts(payment.order).count("paid") == 1
