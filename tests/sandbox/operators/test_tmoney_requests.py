"""What TMoney MBANKING takes and how it spells its answers: every path, notation and generation."""

from typing import Any

import pytest

from tests.sandbox.handsets import EXECUTED, TmoneyMerchant, json_of, sent
from tests.sandbox.stage import Stage


@pytest.fixture
def merchant(stage: Stage) -> TmoneyMerchant:
    stage.portal.answers = [EXECUTED] * 20
    return TmoneyMerchant(stage)


@pytest.mark.parametrize("base", ["/tmoney/acc_demo", "/tmoney"])
@pytest.mark.parametrize(
    ("debit", "check"),
    [
        ("/push-api/v1/debit", "/tmoney-middleware/transactionid"),
        ("/tmoney-middleware/debit", "/push-api/v1/transactionid"),
    ],
)
def test_both_generations_are_one_operator(stage: Stage, debit: str, check: str, base: str) -> None:
    merchant = TmoneyMerchant(stage, base)
    assert json_of(merchant.debits(path=debit))["code"] == "2000"
    assert merchant.asks(path=check)["total"] == 1


@pytest.mark.parametrize("phone", ["22890000000", "90000000", "+228 90 00 00 00", 22890000000])
@pytest.mark.parametrize("amount", [300, "300"])
def test_numbers_are_taken_in_several_notations(
    merchant: TmoneyMerchant, phone: object, amount: object
) -> None:
    assert json_of(merchant.debits(numeroClient=phone, montant=amount))["code"] == "2000"
    (found,) = merchant.asks()["data"]
    assert (found["numeroClient"], found["montant"]) == ("22890000000", 300)


@pytest.mark.parametrize(
    "wrong",
    [
        {"idRequete": ""},
        {"idRequete": True},
        {"numeroClient": "9000"},
        {"numeroClient": None},
        {"montant": 0},
        {"montant": -5},
        {"montant": "1e3"},
        {"montant": 10**13},
        {"montant": 3.5},
    ],
)
def test_what_cannot_be_a_request_is_an_error_and_is_forgotten(
    merchant: TmoneyMerchant, wrong: dict[str, Any]
) -> None:
    assert json_of(merchant.debits(**wrong))["code"] == "500"
    assert merchant.asks()["total"] == 0
    merchant.stage.time.passes(1_000)
    assert merchant.stage.ledger() == []


@pytest.mark.parametrize("body", ["", "[]", "{", "[" * 50_000])
def test_what_is_no_json_object_is_an_error_too(merchant: TmoneyMerchant, body: str) -> None:
    answer = merchant.stage.browser.post(
        f"{merchant.base}/push-api/v1/debit", data=body, headers=merchant.headers()
    )
    assert json_of(answer)["code"] == "500"


def test_an_unknown_request_is_an_empty_list(merchant: TmoneyMerchant) -> None:
    assert merchant.asks("other") == {"total": 0, "data": []}


def test_an_account_sees_only_its_own(merchant: TmoneyMerchant) -> None:
    merchant.debits()
    other = TmoneyMerchant(merchant.stage, base="/tmoney/acc_other")
    assert other.asks()["total"] == 0
    assert json_of(other.debits())["code"] == "2000"


def test_the_answer_to_a_question_has_eleven_fields(merchant: TmoneyMerchant) -> None:
    merchant.debits()
    (found,) = merchant.asks()["data"]
    assert len(found) == 11
    assert not {"code", "message", "description"} & set(found)


def test_the_other_generation_spells_differently(merchant: TmoneyMerchant) -> None:
    merchant.set(other_spelling=True, codes_as_numbers=True, success_word="SUCCESS")
    merchant.debits()
    merchant.stage.time.passes(3)
    (told,) = sent(merchant.stage)
    assert (told["code"], told["statutRequete"], told["idrequete"]) == (2002, "SUCCESS", "req_1")
    assert told["dateheureRequete"] == "2016-07-20 14:22:33"
    assert isinstance(told["refTmoney"], int)
    assert "idRequete" not in told


def test_a_debit_s_reply_may_have_all_of_a_callback_s_fields(merchant: TmoneyMerchant) -> None:
    merchant.set(full_debit_reply=True)
    reply = json_of(merchant.debits())
    assert len(reply) == 14
    assert (reply["code"], reply["statutRequete"]) == ("2000", "EN ATTENTE")


def test_every_payment_has_a_reference_of_its_own(merchant: TmoneyMerchant) -> None:
    for number in range(20):
        merchant.debits(idRequete=f"req_{number}")
    merchant.stage.time.passes(3)
    assert len({moved["payment_reference"] for moved in merchant.stage.ledger()}) == 20


def test_the_journal_names_the_request(merchant: TmoneyMerchant) -> None:
    merchant.debits()
    merchant.asks()
    merchant.stage.time.passes(3)
    entries = merchant.stage.journal(operator="tmoney", reference="req_1")
    assert [(one["direction"], one["method"]) for one in entries] == [
        ("in", "POST"),
        ("in", "GET"),
        ("out", "POST"),
    ]
