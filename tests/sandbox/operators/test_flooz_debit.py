"""What Flooz takes and how it spells its answers: every path, status and generation."""

from typing import Any

import pytest

from portal.sandbox.outgoing import Answer
from tests.sandbox.handsets import FloozMerchant, json_of, sent
from tests.sandbox.stage import PORTAL, Stage

PATHS = [
    "/payment/HttpService/json/cv/debit",
    "/floozdebitapi/flooz/debitService",
    "/Flooz/DebitService/Debit",
]


@pytest.fixture
def merchant(stage: Stage) -> FloozMerchant:
    return FloozMerchant(stage)


def status(merchant: FloozMerchant, ending: str = "00", **changes: Any) -> int:
    return int(json_of(merchant.debits(ending, **changes))["status"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("base", ["/flooz/acc_demo", "/flooz"])
def test_every_generation_s_path_is_there(stage: Stage, path: str, base: str) -> None:
    merchant = FloozMerchant(stage, base)
    reply = json_of(merchant.debits(path=path))
    assert reply.pop("mrorrefid").startswith("MR")
    assert reply == {"status": 0, "message": "success", "description": "Transaction en cours de traitement"}
    assert merchant.verifies()["details"]["mrchreference"] == "att_1"


def test_the_older_generation_says_code_and_refid(merchant: FloozMerchant) -> None:
    merchant.set(names="older")
    reply = json_of(merchant.debits())
    assert (reply["code"], reply["refid"][:2]) == (0, "MR")
    assert not {"status", "mrorrefid"} & set(reply)

    merchant.stage.time.passes(3)
    (told,) = sent(merchant.stage)
    assert told == {
        "refid": "att_1",
        "amount": 2500,
        "msisdn": "22896000000",
        "status": 0,
        "message": "success",
    }


@pytest.mark.parametrize("field", ["msisdn", "key", "mrchrefid", "mrchname", "amount", "partnermsisdn"])
def test_what_is_incomplete_is_1(merchant: FloozMerchant, field: str) -> None:
    assert status(merchant, **{field: ""}) == 1
    assert merchant.verifies()["details"] is None


@pytest.mark.parametrize(
    "wrong", [{"amount": 99}, {"amount": 1_000_001}, {"amount": "abc"}, {"msisdn": "9600"}]
)
def test_what_is_invalid_is_3(merchant: FloozMerchant, wrong: dict[str, Any]) -> None:
    assert status(merchant, **wrong) == 3
    merchant.stage.time.passes(1_000)
    assert merchant.stage.ledger() == []


@pytest.mark.parametrize("given", [{"key": "other"}, {"partnermsisdn": "22896000001"}])
def test_another_merchant_is_5(merchant: FloozMerchant, given: dict[str, Any]) -> None:
    merchant.set(merchant_key="4711", partner="22896999999")
    assert status(merchant, **given) == 5
    assert status(merchant) == 0


def test_a_reference_serves_once(merchant: FloozMerchant) -> None:
    assert status(merchant) == 0
    assert status(merchant, "13") == 4
    merchant.stage.time.passes(3)
    assert status(merchant) == 4
    merchant.stage.time.passes(1_000)
    assert [moved["amount"] for moved in merchant.stage.ledger()] == [2500]


def test_a_phone_has_one_prompt_at_a_time(merchant: FloozMerchant) -> None:
    assert status(merchant) == 0
    assert status(merchant, mrchrefid="att_2") == 8
    assert status(merchant, "13", mrchrefid="att_3") == 0
    assert merchant.verifies("att_2")["details"] is None
    merchant.stage.time.passes(3)
    assert status(merchant, mrchrefid="att_2") == 0


def test_verify_tells_of_a_prompt_that_waits(merchant: FloozMerchant) -> None:
    ticket = json_of(merchant.debits())["mrorrefid"]
    assert merchant.verifies() == {
        "message": "success",
        "status": 0,
        "details": {
            "pushussd": "SUCCESS",
            "callback": "",
            "amount": 2500,
            "mrchreference": "att_1",
            "mrchname": "Boutique",
            "msisdn": "22896000000",
            "mrorreference": ticket,
            "referenceid": "",
            "validationdate": "",
            "status": 9,
        },
    }


def test_verify_tells_of_a_payment(merchant: FloozMerchant) -> None:
    merchant.debits()
    merchant.stage.time.passes(3)
    details = merchant.verifies()["details"]
    (moved,) = merchant.stage.ledger(operator="flooz", reference="att_1")
    assert (details["status"], details["callback"]) == (0, "SUCCESS")
    assert details["referenceid"] == moved["payment_reference"] == sent(merchant.stage)[0]["refid"]
    assert details["validationdate"] == "2016-07-20 14:22:37"


def test_what_verify_does_not_know_is_a_setting(merchant: FloozMerchant) -> None:
    assert merchant.verifies("other") == {"message": "error", "status": 3, "details": None}
    merchant.set(unknown_status=10)
    assert merchant.verifies("other")["status"] == 10


def test_an_account_sees_only_its_own(merchant: FloozMerchant) -> None:
    merchant.debits()
    merchant.base = "/flooz/acc_other"
    assert merchant.verifies()["details"] is None


@pytest.mark.parametrize(("kind", "amount"), [("json", 2500), ("form", "2500")])
def test_a_callback_is_json_or_a_form(merchant: FloozMerchant, kind: str, amount: object) -> None:
    merchant.set(callback_as=kind)
    merchant.debits()
    merchant.stage.time.passes(3)
    (call,), (told,) = merchant.stage.portal.calls, sent(merchant.stage)
    assert (call.method, call.url) == ("POST", f"{PORTAL}/notify/flooz/acc_demo")
    assert call.content_type.endswith("json" if kind == "json" else "urlencoded")
    assert set(told) == {"amount", "refid", "mrchrefid", "msisdn", "status", "message"}
    assert (told["amount"], told["mrchrefid"], str(told["status"])) == (amount, "att_1", "0")


def test_a_callback_is_repeated_until_any_2xx(merchant: FloozMerchant) -> None:
    merchant.stage.portal.answers = [Answer(503), Answer(None), Answer(204)]
    merchant.debits()
    merchant.stage.time.passes(10_000)
    start = merchant.stage.portal.heard_at[0]
    assert [at - start for at in merchant.stage.portal.heard_at] == [0, 5, 35]
