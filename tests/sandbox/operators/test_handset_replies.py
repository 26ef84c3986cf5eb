"""The faults that befall a push operator's reply: late, lost, or not what was agreed."""

from typing import Any

import pytest
import requests

from tests.sandbox.handsets import RANDOM_IV, FloozMerchant, TmoneyMerchant, flooz_header, json_of
from tests.sandbox.stage import Stage


@pytest.fixture
def merchant(stage: Stage) -> TmoneyMerchant:
    return TmoneyMerchant(stage)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Bad gateway</html>", "text/html"),
        ('{"code": "20', "application/json"),
        ("null", "application/json"),
    ],
)
def test_a_reply_is_replaced_once_and_the_request_is_executed_all_the_same(
    merchant: TmoneyMerchant, body: str, kind: str
) -> None:
    merchant.set(next_reply_body=body, next_reply_status=502)
    answer = merchant.debits()
    assert (answer.text, answer.status_code, answer.mimetype) == (body, 502, kind)
    assert merchant.asks()["total"] == 1
    assert json_of(merchant.debits(idRequete="req_2"))["code"] == "2000"


def test_a_status_alone_replaces_a_reply_too(merchant: TmoneyMerchant) -> None:
    merchant.set(next_reply_status=503)
    answer = merchant.debits()
    assert (answer.text, answer.status_code) == ("", 503)


def test_a_replaced_reply_may_stand_for_a_request_that_never_arrived(merchant: TmoneyMerchant) -> None:
    merchant.set(next_reply_body="<html>", next_reply_status=502, next_reply_accepts=False)
    assert merchant.debits().status_code == 502
    assert merchant.asks()["total"] == 0
    assert json_of(merchant.debits())["code"] == "2000"


def test_a_late_reply_hangs_after_the_request_was_accepted(merchant: TmoneyMerchant) -> None:
    merchant.set(reply_delay=45)
    merchant.debits()
    assert merchant.stage.time.slept == 45
    merchant.stage.time.passes(3)
    assert len(merchant.stage.ledger()) == 1


def test_faults_befall_the_operations_that_were_named(merchant: TmoneyMerchant) -> None:
    merchant.set(fault_on=["check"], reply_delay=45, next_reply_body="<html>")
    assert json_of(merchant.debits())["code"] == "2000"
    assert merchant.stage.time.slept == 0
    answer = merchant.stage.browser.get(
        f"{merchant.base}/push-api/v1/transactionid", headers=merchant.headers()
    )
    assert answer.text == "<html>"
    assert merchant.stage.time.slept == 45


@pytest.mark.parametrize("settings", [{}, {"lose_next_replies": 1}])
def test_a_tmoney_reply_is_cut_after_acceptance(sandbox_url: str, settings: dict[str, int]) -> None:
    url, ending = f"{sandbox_url}/tmoney/acc_demo", "00" if settings else "10"
    requests.post(f"{sandbox_url}/settings", json={"tmoney": settings}, timeout=10)
    credentials = {"nomUtilisateur": "demo", "motDePasse": "4711"}
    token = requests.post(f"{url}/login", json=credentials, timeout=10).json()["data"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    body: dict[str, Any] = {"idRequete": "req_1", "numeroClient": f"228900000{ending}", "montant": 300}

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/push-api/v1/debit", json=body, headers=headers, timeout=10)

    query = {"idRequete": "req_1"}
    found = requests.get(f"{url}/push-api/v1/transactionid", params=query, headers=headers, timeout=10).json()
    assert found["data"][0]["statutRequete"] == "EN ATTENTE"


def test_a_flooz_reply_is_cut_after_acceptance(sandbox_url: str) -> None:
    url = f"{sandbox_url}/flooz/acc_demo/payment/HttpService/json/cv"
    body: dict[str, Any] = {
        "msisdn": "22896000010",
        "key": "k",
        "mrchrefid": "att_1",
        "mrchname": "B",
        "amount": 300,
    }
    body["partnermsisdn"] = "22896999999"
    headers = {"Authorization": flooz_header(1, iv=RANDOM_IV)}

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/debit", json=body, headers=headers, timeout=10)

    found = requests.post(f"{url}/Verify", json={"mrchrefid": "att_1"}, timeout=10).json()
    assert found["details"]["status"] == 9


def test_flooz_has_the_same_faults(stage: Stage) -> None:
    merchant = FloozMerchant(stage)
    merchant.set(next_reply_body='{"status": 0, "mess', reply_delay=130)
    assert merchant.debits().text == '{"status": 0, "mess'
    assert stage.time.slept == 130
    assert merchant.status() == 9
