"""A debit at TMoney MBANKING: the thirteen endings, what asking says, and what moved."""

import pytest

from portal.sandbox.outgoing import Answer
from tests.sandbox.handsets import EXECUTED, TmoneyMerchant, json_of, sent
from tests.sandbox.stage import PORTAL, Stage


@pytest.fixture
def merchant(stage: Stage) -> TmoneyMerchant:
    stage.portal.answers = [EXECUTED] * 20
    return TmoneyMerchant(stage)


def words(stage: Stage) -> list[str]:
    return [f"{told['code']} {told['statutRequete']}" for told in sent(stage)]


def amounts(stage: Stage) -> list[int]:
    return [moved["amount"] for moved in stage.ledger()]


def test_an_approved_debit_is_told_in_fourteen_fields(merchant: TmoneyMerchant) -> None:
    accepted = json_of(merchant.debits())
    assert accepted.pop("message")
    assert accepted == {"code": "2000", "description": "Boutique", "idRequete": "req_1"}
    merchant.stage.time.passes(3)

    call, told = merchant.stage.portal.calls[0], sent(merchant.stage)[0]
    assert (call.method, call.url) == ("POST", f"{PORTAL}/notify/tmoney/acc_demo")
    (moved,) = merchant.stage.ledger(operator="tmoney", reference="req_1")
    assert moved["payment_reference"] == told.pop("refTmoney")
    assert told.pop("message")
    assert told == {
        "code": "2002",
        "description": "Boutique",
        "dateHeureTmoney": "2016-07-20 14:22:37",
        "idRequete": "req_1",
        "statutRequete": "SUCCES",
        "typeRequete": "DEBIT",
        "dateHeureRequete": "2016-07-20 14:22:33",
        "refCommande": "att_1",
        "montant": 2500,
        "numeroClient": "22890000000",
        "idPartenaire": "PARTENAIRE-DEMO",
        "nomPartenaire": "Marchand de démonstration",
    }


def test_the_customer_acts_after_a_while(merchant: TmoneyMerchant) -> None:
    merchant.debits()
    merchant.stage.time.passes(2.9)
    assert (merchant.status(), words(merchant.stage), amounts(merchant.stage)) == ("EN ATTENTE", [], [])
    merchant.stage.time.passes(0.1)
    assert merchant.status() == "SUCCES"
    assert words(merchant.stage) == ["2002 SUCCES"]
    assert amounts(merchant.stage) == [2500]


@pytest.mark.parametrize("ending", ["00", "13", "99"])
def test_what_approves(merchant: TmoneyMerchant, ending: str) -> None:
    merchant.debits(ending)
    merchant.stage.time.passes(1_000)
    assert words(merchant.stage) == ["2002 SUCCES"]


@pytest.mark.parametrize(
    ("ending", "said", "reason"),
    [("01", "500 ECHEC", "annulée"), ("02", "500 ECHEC", "Solde"), ("03", "501 ECHEC", "PIN")],
)
def test_01_02_03_fail_and_nothing_moves(
    merchant: TmoneyMerchant, ending: str, said: str, reason: str
) -> None:
    assert json_of(merchant.debits(ending))["code"] == "2000"
    merchant.stage.time.passes(3)
    assert (words(merchant.stage), merchant.status(), amounts(merchant.stage)) == ([said], "ECHEC", [])
    assert reason in sent(merchant.stage)[0]["message"]


def test_04_nobody_acts_and_it_lapses(merchant: TmoneyMerchant) -> None:
    merchant.debits("04")
    merchant.stage.time.passes(119)
    assert (merchant.status(), words(merchant.stage)) == ("EN ATTENTE", [])
    merchant.stage.time.passes(1)
    assert (merchant.status(), words(merchant.stage)) == ("ECHEC", ["500 ECHEC"])
    assert amounts(merchant.stage) == []


def test_05_approves_after_20_seconds(merchant: TmoneyMerchant) -> None:
    merchant.debits("05")
    merchant.stage.time.passes(19)
    assert merchant.status() == "EN ATTENTE"
    merchant.stage.time.passes(1)
    assert (merchant.status(), words(merchant.stage)) == ("SUCCES", ["2002 SUCCES"])


def test_06_every_callback_comes_three_times_and_money_moves_once(merchant: TmoneyMerchant) -> None:
    merchant.debits("06")
    merchant.stage.time.passes(100)
    assert words(merchant.stage) == ["2002 SUCCES"] * 3
    assert amounts(merchant.stage) == [2500]


def test_07_stale_callbacks_follow_and_asking_still_tells_the_truth(merchant: TmoneyMerchant) -> None:
    merchant.debits("07")
    merchant.stage.time.passes(100)
    assert words(merchant.stage) == ["2002 SUCCES", "2000 EN ATTENTE", "500 ECHEC"]
    assert len({told["refTmoney"] for told in sent(merchant.stage)}) == 1
    assert merchant.status() == "SUCCES"


def test_08_a_smaller_amount(merchant: TmoneyMerchant) -> None:
    merchant.debits("08")
    merchant.stage.time.passes(3)
    assert sent(merchant.stage)[0]["montant"] == merchant.asks()["data"][0]["montant"] == 1250
    assert amounts(merchant.stage) == [1250]


def test_09_no_callback_but_asking_tells(merchant: TmoneyMerchant) -> None:
    merchant.debits("09")
    merchant.stage.time.passes(1_000)
    assert (merchant.status(), words(merchant.stage), amounts(merchant.stage)) == ("SUCCES", [], [2500])


def test_11_the_callback_arrives_before_the_reply(merchant: TmoneyMerchant) -> None:
    assert json_of(merchant.debits("11"))["code"] == "2000"
    assert words(merchant.stage) == ["2002 SUCCES"]
    merchant.stage.time.passes(1_000)
    assert (words(merchant.stage), amounts(merchant.stage)) == (["2002 SUCCES"], [2500])


def test_12_a_forgery_from_a_foreign_address_comes_first(merchant: TmoneyMerchant) -> None:
    merchant.debits("12")
    merchant.stage.time.passes(2)
    assert [call.source for call in merchant.stage.portal.calls] == ["127.0.0.66"]
    assert (words(merchant.stage), merchant.status()) == (["2002 SUCCES"], "EN ATTENTE")
    merchant.stage.time.passes(1)
    forged, true = sent(merchant.stage)
    assert merchant.stage.portal.calls[1].source == ""
    assert forged["refTmoney"] != true["refTmoney"] == merchant.stage.ledger()[0]["payment_reference"]
    assert len(merchant.stage.ledger()) == 1


def test_the_same_request_twice_is_4001_and_nothing_moves_again(merchant: TmoneyMerchant) -> None:
    merchant.debits()
    assert json_of(merchant.debits(ending="13", montant=9000))["code"] == "4001"
    merchant.stage.time.passes(3)
    assert json_of(merchant.debits())["code"] == "4001"
    assert json_of(merchant.credits())["code"] == "4001"
    merchant.stage.time.passes(1_000)
    assert (words(merchant.stage), amounts(merchant.stage)) == (["2002 SUCCES"], [2500])


def test_a_callback_is_repeated_until_it_was_executed(merchant: TmoneyMerchant) -> None:
    merchant.stage.portal.answers = [
        Answer(500),
        Answer(200, "text/plain", "OK"),
        Answer(201, "application/json", EXECUTED.body),
        EXECUTED,
    ]
    merchant.debits()
    merchant.stage.time.passes(10_000)
    start = merchant.stage.portal.heard_at[0]
    assert [at - start for at in merchant.stage.portal.heard_at] == [0, 5, 35, 335]


@pytest.mark.parametrize("body", ["[]", '{"code": "2000"}', "{", '"2001"'])
def test_another_answer_is_not_an_execution(merchant: TmoneyMerchant, body: str) -> None:
    merchant.set(retry_after=[0, 1])
    merchant.stage.portal.answers = [Answer(200, "application/json", body)]
    merchant.debits()
    merchant.stage.time.passes(100)
    assert len(merchant.stage.portal.calls) == 2


def test_a_fee_is_booked_beside_the_amount(merchant: TmoneyMerchant) -> None:
    merchant.set(fee=25)
    merchant.debits()
    merchant.stage.time.passes(3)
    assert [(moved["amount"], moved["fee"]) for moved in merchant.stage.ledger()] == [(2500, 25)]
