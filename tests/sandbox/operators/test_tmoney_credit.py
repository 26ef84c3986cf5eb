"""A credit at TMoney MBANKING: the partner's money goes out once, and never more than there is."""

import pytest

from tests.sandbox.handsets import EXECUTED, TmoneyMerchant, json_of, sent
from tests.sandbox.stage import Stage


@pytest.fixture
def merchant(stage: Stage) -> TmoneyMerchant:
    stage.portal.answers = [EXECUTED] * 20
    merchant = TmoneyMerchant(stage)
    merchant.set(balance=10_000)
    return merchant


def balance(merchant: TmoneyMerchant) -> int:
    shown = merchant.stage.browser.get("/settings").json
    assert shown is not None
    return int(shown["tmoney"]["balance"])


def words(stage: Stage) -> list[str]:
    return [f"{told['code']} {told['statutRequete']} {told['typeRequete']}" for told in sent(stage)]


@pytest.mark.parametrize("path", ["/m-banking/v1/api/tpcredit", "/api/tpcredit"])
def test_a_credit_waits_and_is_then_called_back(merchant: TmoneyMerchant, path: str) -> None:
    reply = json_of(merchant.credits(path=path))
    assert (reply["code"], reply["statutRequete"], reply["soldePartenaire"]) == ("2000", "EN ATTENTE", 7500)
    assert merchant.stage.ledger() == []
    merchant.stage.time.passes(3)

    assert words(merchant.stage) == ["2002 SUCCES CREDIT"]
    (found,) = merchant.asks_credit()["data"]
    (moved,) = merchant.stage.ledger()
    assert found["refTmoney"] == reply["refTmoney"] == moved["payment_reference"]
    assert (moved["kind"], moved["amount"], found["statutRequete"]) == ("payout", 2500, "SUCCES")


def test_a_credit_may_be_decided_at_once(merchant: TmoneyMerchant) -> None:
    merchant.set(credit_at_once=True)
    reply = json_of(merchant.credits())
    assert (reply["code"], reply["statutRequete"]) == ("2002", "SUCCES")
    merchant.stage.time.passes(1_000)
    assert words(merchant.stage) == ["2002 SUCCES CREDIT"]
    assert len(merchant.stage.ledger()) == 1


def test_credits_are_refused_as_often_as_was_set(merchant: TmoneyMerchant) -> None:
    merchant.set(refuse_next_credits=1)
    merchant.credits()
    merchant.credits(idRequete="req_2")
    merchant.stage.time.passes(3)
    assert words(merchant.stage) == ["500 ECHEC CREDIT", "2002 SUCCES CREDIT"]
    assert [moved["reference"] for moved in merchant.stage.ledger()] == ["req_2"]
    assert balance(merchant) == 7500


def test_a_refusal_may_be_said_at_once(merchant: TmoneyMerchant) -> None:
    merchant.set(refuse_next_credits=1, credit_at_once=True)
    reply = json_of(merchant.credits())
    assert (reply["code"], reply["statutRequete"], reply["soldePartenaire"]) == ("500", "ECHEC", 10_000)


def test_more_than_there_is_fails_and_takes_nothing(merchant: TmoneyMerchant) -> None:
    merchant.credits(montant=10_001)
    merchant.stage.time.passes(3)
    assert words(merchant.stage) == ["500 ECHEC CREDIT"]
    assert (balance(merchant), merchant.stage.ledger()) == (10_000, [])


def test_the_same_credit_twice_is_paid_once(merchant: TmoneyMerchant) -> None:
    merchant.credits()
    assert json_of(merchant.credits())["code"] == "4001"
    merchant.stage.time.passes(1_000)
    assert (balance(merchant), len(merchant.stage.ledger())) == (7500, 1)


@pytest.mark.parametrize("ending", ["01", "02", "03", "04", "08"])
def test_no_customer_stands_in_the_way_of_a_credit(merchant: TmoneyMerchant, ending: str) -> None:
    merchant.credits(ending)
    merchant.stage.time.passes(3)
    assert [moved["amount"] for moved in merchant.stage.ledger()] == [2500]


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("05", ["2002 SUCCES CREDIT"]),
        ("06", ["2002 SUCCES CREDIT"] * 3),
        ("07", ["2002 SUCCES CREDIT", "2000 EN ATTENTE CREDIT", "500 ECHEC CREDIT"]),
        ("09", []),
        ("11", ["2002 SUCCES CREDIT"]),
        ("12", ["2002 SUCCES CREDIT"] * 2),
    ],
)
def test_however_it_is_told_it_moved_once(merchant: TmoneyMerchant, ending: str, told: list[str]) -> None:
    merchant.credits(ending)
    merchant.stage.time.passes(100)
    assert words(merchant.stage) == told
    assert len(merchant.stage.ledger()) == 1


def test_debits_and_credits_are_asked_about_apart(merchant: TmoneyMerchant) -> None:
    merchant.credits()
    merchant.debits(idRequete="req_2")
    assert (merchant.asks("req_1")["total"], merchant.asks_credit("req_2")["total"]) == (0, 0)
