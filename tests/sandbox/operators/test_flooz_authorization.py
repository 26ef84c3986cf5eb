"""The encrypted Authorization of Flooz: opened for real, and no index twice."""

import base64
from typing import Any

import pytest

from portal.sandbox.operators._flooz_door import Pass, read_header
from tests.sandbox.handsets import FLOOZ_KEY, RANDOM_IV, FloozMerchant, flooz_header, json_of
from tests.sandbox.stage import Stage

# Made with another implementation:
# printf '7:demo:demo-password' | openssl enc -aes-256-cbc -base64 -A -K <hex of the key> -iv <32 zeros>
BY_OPENSSL = "GPCgXDthtpPws3ar2IYHqnc3Om+LNucukttkZWFnrko="


@pytest.fixture
def merchant(stage: Stage) -> FloozMerchant:
    return FloozMerchant(stage)


def status(merchant: FloozMerchant, header: str, **changes: Any) -> int:
    return int(json_of(merchant.debits(header=header, **changes))["status"])


def test_a_header_of_another_implementation_opens() -> None:
    assert read_header(BY_OPENSSL, FLOOZ_KEY) == Pass(7, "demo", "demo-password")
    assert flooz_header(7) == BY_OPENSSL


def test_a_password_may_hold_colons() -> None:
    assert read_header(flooz_header(1, "demo:a:b:c"), FLOOZ_KEY) == Pass(1, "demo", "a:b:c")


@pytest.mark.parametrize("iv", [b"", RANDOM_IV])
def test_both_forms_are_accepted(merchant: FloozMerchant, iv: bytes) -> None:
    assert status(merchant, flooz_header(1, iv=iv)) == 0


@pytest.mark.parametrize(
    "header",
    [
        "",
        ":",
        "nonsense",
        "é",
        flooz_header(1)[:-4],
        flooz_header(1, key="k" * 32),
        flooz_header(1, "demo:other"),
        flooz_header(1, "other:demo-password"),
        flooz_header(1, "demo"),
        flooz_header(-1),
        base64.b64encode(bytes(8)).decode() + ":" + flooz_header(1),
        RANDOM_IV.hex() + ":" + flooz_header(1),
        base64.b64encode(b"1:demo:demo-password").decode(),
    ],
)
def test_what_does_not_open_is_99_and_accepts_nothing(merchant: FloozMerchant, header: str) -> None:
    assert status(merchant, header) == 99
    merchant.stage.time.passes(1_000)
    assert merchant.stage.ledger() == []
    assert merchant.verifies()["details"] is None


def test_an_index_never_serves_twice_nor_backwards(merchant: FloozMerchant) -> None:
    assert status(merchant, flooz_header(5)) == 0
    assert status(merchant, flooz_header(5), mrchrefid="att_2") == 99
    assert status(merchant, flooz_header(4), mrchrefid="att_2") == 99
    assert status(merchant, flooz_header(6), mrchrefid="att_2", msisdn="22896000013") == 0


def test_a_stranger_s_index_does_not_count(merchant: FloozMerchant) -> None:
    assert status(merchant, flooz_header(9, "other:demo-password")) == 99
    assert status(merchant, flooz_header(1)) == 0


def test_an_index_is_its_account_s_own(merchant: FloozMerchant) -> None:
    assert status(merchant, flooz_header(5)) == 0
    merchant.base = "/flooz/acc_other"
    assert status(merchant, flooz_header(5)) == 0


def test_the_watch_over_the_index_can_be_switched_off(merchant: FloozMerchant) -> None:
    merchant.set(index_must_grow=False)
    assert status(merchant, flooz_header(5)) == 0
    assert status(merchant, flooz_header(5)) == 4


def test_user_password_and_key_are_settings(merchant: FloozMerchant) -> None:
    merchant.set(user="ama", password="tama", secret_key="k" * 32)
    assert status(merchant, flooz_header(1, "ama:tama", key="k" * 32)) == 0


@pytest.mark.parametrize("key", ["short", "é" * 32, 5])
def test_a_key_of_another_size_is_refused(stage: Stage, key: object) -> None:
    answer = stage.browser.post("/settings", json={"flooz": {"secret_key": key}})
    assert answer.status_code == 422


def test_verify_takes_a_header_or_none_unless_told_otherwise(merchant: FloozMerchant) -> None:
    merchant.debits()
    assert merchant.verifies()["status"] == 0
    assert merchant.verifies(header=flooz_header(2))["status"] == 0
    assert merchant.verifies(header=flooz_header(2))["status"] == 99
    merchant.set(verify_needs_authorization=True)
    assert merchant.verifies() == {"message": "error", "status": 99, "details": None}


def test_no_secret_reaches_the_journal(merchant: FloozMerchant) -> None:
    header = flooz_header(1)
    merchant.debits(header=header)
    (entry,) = merchant.stage.journal(operator="flooz")
    assert header not in str(entry)
    assert '"key": "[redacted]"' in entry["body"]
