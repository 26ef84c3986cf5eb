"""A debit at Flooz: the thirteen endings, what Verify says, and what moved."""

import pytest

from tests.sandbox.handsets import FloozMerchant, json_of, sent
from tests.sandbox.stage import Stage


@pytest.fixture
def merchant(stage: Stage) -> FloozMerchant:
    return FloozMerchant(stage)


def statuses(merchant: FloozMerchant) -> list[int]:
    return [told["status"] for told in sent(merchant.stage)]


def amounts(merchant: FloozMerchant) -> list[int]:
    return [moved["amount"] for moved in merchant.stage.ledger()]


@pytest.mark.parametrize("ending", ["00", "13", "99"])
def test_what_approves(merchant: FloozMerchant, ending: str) -> None:
    merchant.debits(ending)
    assert (merchant.status(), amounts(merchant)) == (9, [])
    merchant.stage.time.passes(3)
    assert (statuses(merchant), merchant.status(), amounts(merchant)) == ([0], 0, [2500])


@pytest.mark.parametrize(
    ("ending", "status", "reason"), [("01", 10, "annulée"), ("02", 100, "Solde"), ("03", 5, "PIN")]
)
def test_01_02_03_fail_and_nothing_moves(
    merchant: FloozMerchant, ending: str, status: int, reason: str
) -> None:
    assert json_of(merchant.debits(ending))["status"] == 0
    merchant.stage.time.passes(3)
    assert (statuses(merchant), merchant.status(), amounts(merchant)) == ([status], status, [])
    (told,) = sent(merchant.stage)
    assert (reason in told["message"], told["refid"]) == (True, "")


def test_04_nobody_acts_and_it_lapses(merchant: FloozMerchant) -> None:
    merchant.debits("04")
    merchant.stage.time.passes(119)
    assert (merchant.status(), statuses(merchant)) == (9, [])
    merchant.stage.time.passes(1)
    assert (merchant.status(), statuses(merchant), amounts(merchant)) == (10, [10], [])


def test_05_approves_after_20_seconds(merchant: FloozMerchant) -> None:
    merchant.debits("05")
    merchant.stage.time.passes(19)
    assert merchant.status() == 9
    merchant.stage.time.passes(1)
    assert (merchant.status(), statuses(merchant)) == (0, [0])


@pytest.mark.parametrize(
    ("ending", "told"), [("06", [0, 0, 0]), ("07", [0, 9, 10]), ("09", []), ("12", [0, 0])]
)
def test_however_it_is_told_it_moved_once(merchant: FloozMerchant, ending: str, told: list[int]) -> None:
    merchant.debits(ending)
    merchant.stage.time.passes(1_000)
    assert (statuses(merchant), merchant.status(), amounts(merchant)) == (told, 0, [2500])


def test_08_a_smaller_amount(merchant: FloozMerchant) -> None:
    merchant.debits("08")
    merchant.stage.time.passes(3)
    assert sent(merchant.stage)[0]["amount"] == merchant.verifies()["details"]["amount"] == 1250
    assert amounts(merchant) == [1250]


def test_11_the_callback_arrives_before_the_reply(merchant: FloozMerchant) -> None:
    assert json_of(merchant.debits("11"))["status"] == 0
    assert statuses(merchant) == [0]
    merchant.stage.time.passes(1_000)
    assert (statuses(merchant), amounts(merchant)) == ([0], [2500])


def test_12_a_forgery_from_a_foreign_address_comes_first(merchant: FloozMerchant) -> None:
    merchant.debits("12")
    merchant.stage.time.passes(2)
    assert [call.source for call in merchant.stage.portal.calls] == ["127.0.0.66"]
    assert (statuses(merchant), merchant.status()) == ([0], 9)
    merchant.stage.time.passes(1)
    forged, true = sent(merchant.stage)
    assert forged["refid"] != true["refid"] == merchant.stage.ledger()[0]["payment_reference"]
