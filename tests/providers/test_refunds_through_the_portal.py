"""Every provider that can send money back, in the whole portal: sent once, and ended by nothing but a final word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.machines.stage import Stage
from tests.providers import vectors
from tests.providers.kit import SLUGS
from tests.providers.payment import Payment, connected, leave_alone, opened
from tests.providers.refunding import Refunding

SENDING = [slug for slug in SLUGS if vectors.of(slug).payout]
BY_HAND = [slug for slug in SLUGS if slug not in SENDING]
ASKED = [slug for slug in SENDING if vectors.of(slug).ask_payout]
RETURNED = [
    pytest.param(slug, name, id=f"{slug}: {name}")
    for slug in SENDING
    for name, case in vectors.of(slug).notifications.items()
    if any(("refund_notice" in word or "claim" in word) for word in case.get("said", []))
    and not case.get("rejected")
]


@pytest.fixture
def refund_of(stage: Stage) -> Callable[..., Refunding]:
    leave_alone(stage)

    def wish(slug: str, option: str = "") -> Refunding:
        account = connected(stage, slug, stage.merchant, option)
        payment = Payment(stage, slug, account, opened(stage, slug), option)
        payment.starts()
        if payment.settles:
            payment.hears("paid")
        else:
            payment.asks("paid", after=5)
        assert payment.stands == ("paid", "paid")
        return Refunding(payment)

    return wish


RefundOf = Callable[..., Refunding]


@pytest.mark.parametrize("slug", BY_HAND)
def test_what_an_operator_cannot_send_goes_back_by_hand(refund_of: RefundOf, slug: str) -> None:
    assert refund_of(slug).returned == ("by_hand", 0)


@pytest.mark.parametrize("slug", SENDING)
def test_a_payout_is_sent_once_and_ends_as_the_operator_says(refund_of: RefundOf, slug: str) -> None:
    ends = {"refunded": {"succeeded"}, "failed": {"failed"}, "accepted": {"sending", "unknown"}}
    for case in vectors.of(slug).payout.values():
        if case.get("role") not in ends:
            continue
        refund = refund_of(slug, case.get("option", ""))
        refund.works(case, after=0)
        assert refund.sendings == 1
        status, returned = refund.returned
        assert status in ends[case["role"]]
        assert returned == (refund.row["amount"] if status == "succeeded" else 0)
        refund.works(case)
        assert refund.sendings == 0


@pytest.mark.parametrize("slug", SENDING)
def test_a_payout_whose_reply_was_lost_is_never_sent_again(refund_of: RefundOf, slug: str) -> None:
    for case in vectors.of(slug).of("payout", "lost"):
        refund = refund_of(slug, case.get("option", ""))
        refund.works(case, after=0)
        assert refund.returned == ("unknown", 0)
        for _ in range(4):
            refund.works(case, after=600)
            assert refund.sendings == 0
        assert refund.returned == ("unknown", 0)


@pytest.mark.parametrize("slug", ASKED)
def test_a_payout_whose_reply_was_lost_is_asked_about(refund_of: RefundOf, slug: str) -> None:
    told = vectors.of(slug)
    for role, returned in (("refunded", True), ("failed", False)):
        refund = refund_of(slug)
        refund.works(told.of("payout", "lost")[0], after=0)
        for waiting in ("nothing", "pending"):
            refund.works(told.of("ask_payout", waiting)[0])
            assert refund.row["status"] in {"sending", "unknown"}
        refund.works(told.of("ask_payout", role)[0], after=600)
        amount = refund.row["amount"]
        assert refund.returned == (("succeeded", amount) if returned else ("failed", 0))


@pytest.mark.parametrize(("slug", "name"), RETURNED)
def test_an_authentic_word_about_a_payout_settles_it_once(refund_of: RefundOf, slug: str, name: str) -> None:
    case = vectors.of(slug).notifications[name]
    refund = refund_of(slug, case.get("option", ""))
    sent = [case for case in vectors.of(slug).payout.values() if case.get("role") in {"accepted", "lost"}]
    refund.works(min(sent, key=lambda case: str(case["role"])), after=0)
    [said] = case["said"]
    heard = [refund.hears(case) for _ in range(2)]
    assert [answer.status_code for answer in heard] == [200, 200]
    succeeded = said["event"]["kind"] == "refunded"
    assert refund.returned == (("succeeded", refund.row["amount"]) if succeeded else ("failed", 0))


@pytest.mark.parametrize("slug", ASKED)
def test_a_word_about_a_payout_that_is_not_believed_only_makes_us_ask(refund_of: RefundOf, slug: str) -> None:
    told = vectors.of(slug)
    refund = refund_of(slug)
    refund.works(told.of("payout", "lost")[0], after=0)
    assert refund.hears(told.notification("paid")).status_code == 200
    assert refund.payment.line[0] == "hearsay"
    assert refund.returned == ("unknown", 0)
    refund.works(told.of("ask_payout", "refunded")[0], after=3)
    assert refund.returned == ("succeeded", refund.row["amount"])
