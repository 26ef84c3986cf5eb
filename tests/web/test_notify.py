"""The door for operators: whatever comes, by any method, of any size, leaves a line and gets its answer."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from portal.payments.models import RefusedCalls
from tests.machines.stage import FOREIGN, LISTED, Stage, notification

TMONEY = "41.207.188.5"
PROXY = "10.0.0.1"
BEHIND_A_PROXY = {"TRUSTED_PROXIES": PROXY, "SANDBOX_NOTIFY_FROM": "41.207.188.0/24"}

StageWith = Callable[..., Stage]


def test_a_header_from_an_untrusted_peer_opens_nothing(stage_with: StageWith) -> None:
    stage = stage_with(**BEHIND_A_PROXY)
    attempt = stage.starts(stage.order())
    forged = [("X-Forwarded-For", TMONEY), ("X-Real-IP", TMONEY), ("Forwarded", f"for={TMONEY}")]
    answer = stage.notifies(attempt["reference"], address=FOREIGN, headers=forged)
    assert answer.status_code == 403
    assert stage.inbox()[0]["address"] == FOREIGN
    assert stage.attempts_of(attempt)[0]["status"] == "waiting"


@pytest.mark.parametrize(
    ("forwarded", "address", "answer"),
    [
        ([TMONEY], TMONEY, 200),
        ([f"6.6.6.6, {TMONEY}"], TMONEY, 200),
        ([f"{TMONEY}, {PROXY}"], TMONEY, 200),
        (["6.6.6.6", TMONEY], TMONEY, 200),
        ([f"::ffff:{TMONEY}"], TMONEY, 200),
        ([f"{TMONEY}, 6.6.6.6"], "6.6.6.6", 403),
        ([TMONEY, "6.6.6.6"], "6.6.6.6", 403),
        ([f"{TMONEY}, nonsense"], PROXY, 403),
        ([""], PROXY, 403),
        ([], PROXY, 403),
    ],
)
def test_a_trusted_proxy_is_believed_for_the_right_most_address_that_it_does_not_own(
    stage_with: StageWith, forwarded: list[str], address: str, answer: int
) -> None:
    stage = stage_with(**BEHIND_A_PROXY)
    attempt = stage.starts(stage.order())
    headers = [("X-Forwarded-For", value) for value in forwarded]
    said = stage.notifies(attempt["reference"], address=PROXY, headers=headers)
    assert said.status_code == answer
    assert stage.inbox()[0]["address"] == address


def test_an_account_without_a_list_of_addresses_accepts_nothing(stage_with: StageWith) -> None:
    stage = stage_with(SANDBOX_NOTIFY_FROM="")
    attempt = stage.starts(stage.order())
    assert stage.notifies(attempt["reference"], address=LISTED).status_code == 403


def test_an_accounts_own_networks_count_for_it_alone(stage: Stage) -> None:
    order = stage.order()
    account = stage.an_account(stage.merchant, networks=["41.207.188.0/24"])
    attempt = stage.starts(order)
    allowed = stage.notifies(attempt["reference"], account=account.public_id, address=TMONEY)
    refused = stage.anew().notifies(attempt["reference"], address=TMONEY)
    assert (allowed.status_code, refused.status_code) == (200, 403)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_answered_405_and_kept_in_one_line(stage: Stage, method: str) -> None:
    attempt = stage.starts(stage.order())
    answer = stage.notifies(attempt["reference"], method=method)
    assert answer.status_code == 405
    [row] = stage.inbox()
    assert (row["verdict"], row["reason"], row["method"]) == ("refused", "method", method)
    assert stage.attempts_of(attempt)[0]["status"] == "waiting"


def test_an_unknown_account_is_answered_404_and_kept(stage: Stage) -> None:
    answer = stage.notifies("ANY", account="acct_nobody")
    assert answer.status_code == 404
    [row] = stage.inbox()
    assert (row["reason"], row["account_id"], row["called"]) == ("unknown_account", None, "acct_nobody")


def test_an_account_that_no_database_can_spell_is_an_unknown_one(stage: Stage) -> None:
    assert stage.client.get("/notify/tmoney-online/acct%00_x?status=OK").status_code == 404
    [row] = stage.inbox()
    assert row["reason"] == "unknown_account"
    assert row["url"] == "/notify/tmoney-online/acct%00_x?status=OK"


def test_an_operator_that_does_not_exist_has_no_door(stage: Stage) -> None:
    assert stage.client.get("/notify/nobody/acct_x").status_code == 404
    assert stage.inbox() == []


@pytest.mark.parametrize("size", [10_240, 10_241, 100_000, 2_000_000])
def test_a_body_of_any_size_is_kept_up_to_ten_kilobytes(stage: Stage, size: int) -> None:
    attempt = stage.starts(stage.order())
    path = f"/notify/tmoney-online/{stage.account.public_id}"
    query = urlencode(notification(attempt["reference"]))
    answer = stage.client.get(f"{path}?{query}", data=b"\x00\xff" * (size // 2) + b"x" * (size % 2))
    assert answer.status_code == (200 if size <= 10_240 else 400)
    [row] = stage.inbox()
    assert len(row["body"]) == 10_240
    assert row["verdict"] == ("applied" if size <= 10_240 else "refused")


def test_ten_kilobytes_of_query_are_kept_and_refused(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    assert stage.notifies(attempt["reference"], cname="A" * 10_240).status_code == 400
    [row] = stage.inbox()
    assert (row["reason"], len(row["url"])) == ("too_large", 10_240)


@pytest.mark.parametrize(
    "query",
    ["", "&&&&", "%00%ff%fe", "a=%ED%A0%80", "=&=", "status[]=OK", "\u00e9=\u20ac", "x=" + "%41" * 900],
)
def test_rubbish_are_kept_and_refused(stage: Stage, query: str) -> None:
    answer = stage.client.get(f"/notify/tmoney-online/{stage.account.public_id}?{query}")
    assert answer.status_code == 400
    assert [row["verdict"] for row in stage.inbox()] == ["refused"]


def test_what_could_let_somebody_in_is_not_kept_with_the_evidence(stage: Stage) -> None:
    headers = [("Authorization", "Bearer sk_live_1"), ("Cookie", "cross=1"), ("X-Long", "x" * 600)]
    stage.notifies("ANY", headers=headers)
    kept = stage.inbox()[0]["headers"]
    assert not {"Authorization", "Cookie"} & set(kept)
    assert kept["X-Long"] == "x" * 500


def test_refused_calls_of_one_address_are_kept_up_to_a_cap_and_counted_beyond(stage_with: StageWith) -> None:
    stage = stage_with(RATE_LIMITS="1")
    attempt = stage.starts(stage.order())
    answers = {stage.notifies("ANY", address=FOREIGN).status_code for _ in range(63)}
    assert answers == {403}
    assert len(stage.inbox()) == 60
    [counted] = stage.of(RefusedCalls, RefusedCalls.address == FOREIGN)
    assert counted["calls"] == 3
    # The cap is of that address, and of refusals: the operator's word is heard.
    assert stage.notifies(attempt["reference"]).status_code == 200
    assert stage.verdicts()[-1] == "applied"
