"""Signing in at TMoney MBANKING: real-looking tokens, their end, and what is said without one."""

import base64
import json

import pytest

from tests.sandbox.handsets import TmoneyMerchant, json_of
from tests.sandbox.stage import Stage

CLOCK = 1_469_024_554


@pytest.fixture
def merchant(stage: Stage) -> TmoneyMerchant:
    return TmoneyMerchant(stage)


def test_a_token_is_a_jwt_that_says_when_it_ends(merchant: TmoneyMerchant) -> None:
    merchant.set(token_seconds=600)
    answer = merchant.logs_in()
    assert answer["statut"]["code"] == "2000"
    head, claims, signature = (
        base64.urlsafe_b64decode(part + "==") for part in answer["data"]["token"].split(".")
    )
    assert json.loads(head) == {"alg": "HS512", "typ": "JWT"}
    assert json.loads(claims)["exp"] == CLOCK + 600
    assert len(signature) == 64


def test_an_opaque_token_works_and_says_nothing(merchant: TmoneyMerchant) -> None:
    merchant.set(opaque_tokens=True)
    assert "." not in merchant.headers()["Authorization"]
    assert json_of(merchant.debits())["code"] == "2000"


@pytest.mark.parametrize(("user", "password"), [("blocked", "4711"), ("", "4711"), ("demo", "")])
def test_who_is_refused_gets_4001_and_no_token(merchant: TmoneyMerchant, user: str, password: str) -> None:
    merchant.set(refused_users=["blocked"])
    answer = merchant.logs_in(user, password)
    assert (answer["statut"]["code"], answer["data"]) == ("4001", None)


def test_no_token_reaches_the_journal(merchant: TmoneyMerchant) -> None:
    token = merchant.logs_in()["data"]["token"]
    (entry,) = merchant.stage.journal(operator="tmoney")
    assert token not in entry["reply"]
    assert "4711" not in entry["body"]
    assert "demo" in entry["body"]


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}"])
def test_a_token_is_taken_bare_and_as_bearer(merchant: TmoneyMerchant, form: str) -> None:
    token = merchant.logs_in()["data"]["token"]
    headers = {"Authorization": form.format(token)}
    answer = merchant.stage.browser.get(f"{merchant.base}/push-api/v1/transactionid", headers=headers)
    assert json_of(answer) == {"total": 0, "data": []}


def test_a_token_may_already_begin_with_bearer(merchant: TmoneyMerchant) -> None:
    merchant.set(token_begins_with_bearer=True)
    token = merchant.logs_in()["data"]["token"]
    assert token.startswith("Bearer ")
    headers = {"Authorization": token}
    answer = merchant.stage.browser.get(f"{merchant.base}/push-api/v1/transactionid", headers=headers)
    assert json_of(answer)["total"] == 0


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x.y.z", "nonsense"])
def test_without_a_good_token_nothing_is_accepted(merchant: TmoneyMerchant, header: str) -> None:
    merchant.headers()
    answer = merchant.stage.browser.post(
        f"{merchant.base}/push-api/v1/debit", json={}, headers={"Authorization": header}
    )
    assert (answer.status_code, json_of(answer)["code"]) == (200, "403")


def test_after_its_end_a_token_opens_nothing_and_the_request_can_be_repeated(
    merchant: TmoneyMerchant,
) -> None:
    merchant.headers()
    merchant.stage.time.passes(3600)
    merchant.set(unauthorized_status=401)
    assert merchant.debits().status_code == 401

    merchant.token = ""
    assert json_of(merchant.debits())["code"] == "2000"


def test_a_token_is_its_account_s_own(merchant: TmoneyMerchant) -> None:
    merchant.headers()
    merchant.base = "/tmoney/acc_other"
    assert json_of(merchant.debits())["code"] == "403"


def test_the_gateway_itself_may_fail(merchant: TmoneyMerchant) -> None:
    merchant.headers()
    merchant.set(gateway_fault="Service indisponible", gateway_fault_on=["debit"], gateway_fault_status=503)
    answer = merchant.debits()
    assert (answer.status_code, json_of(answer)) == (503, {"fault": {"message": "Service indisponible"}})
    assert merchant.asks()["total"] == 0
    assert merchant.logs_in()["statut"]["code"] == "2000"


def test_the_bare_path_is_an_account_too(stage: Stage) -> None:
    merchant = TmoneyMerchant(stage, base="/tmoney")
    merchant.set(notify_url="http://portal.example/bare")
    assert json_of(merchant.debits())["code"] == "2000"
    stage.time.passes(3)
    assert stage.portal.calls[0].url == "http://portal.example/bare"


def test_on_the_bare_path_without_a_url_the_journal_says_that_nothing_was_sent(stage: Stage) -> None:
    merchant = TmoneyMerchant(stage, base="/tmoney")
    merchant.debits()
    stage.time.passes(3)
    assert stage.portal.calls == []
    assert stage.journal()[-1]["note"].startswith("not sent")
    assert [moved["account"] for moved in stage.ledger()] == [""]


def test_an_account_s_name_is_short_and_plain(stage: Stage) -> None:
    assert stage.browser.post("/tmoney/acc.demo/login", json={}).status_code == 404
