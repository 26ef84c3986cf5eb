"""TMoney is signed in to once at a time for each account, and a token is used for as long as it is good."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.provider import (
    Account,
    AwaitApproval,
    NeverOffered,
    Outcome,
)
from portal.providers._tmoney_desk import Desk as Counter
from portal.providers.tmoney import TMoney
from tests.machines.clocks import SettableClock
from tests.machines.operator import Reply
from tests.providers.kit import under_test
from tests.providers.tmoney_desk import SLUG, Desk, accepted, body, jwt, token

# ---- how long a token is kept


def test_a_token_is_used_again_for_five_minutes(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted, accepted, token("second"), accepted]
    desk.pays()
    desk.clock.passes(timedelta(minutes=4, seconds=59))
    desk.pays()
    desk.clock.passes(timedelta(seconds=1))
    desk.pays()
    assert desk.tokens == ["Bearer first", "Bearer first", "Bearer second"]


def test_a_token_that_says_until_when_is_kept_until_shortly_before(desk: Desk) -> None:
    long = jwt(exp=desk.clock.now().timestamp() + 3600)
    desk.at.operator.once = [token(long), accepted, accepted, token("second"), accepted]
    desk.pays()
    desk.clock.passes(timedelta(minutes=59))
    desk.pays()
    desk.clock.passes(timedelta(seconds=59))
    desk.pays()
    assert desk.tokens == [f"Bearer {long}", f"Bearer {long}", "Bearer second"]


def test_a_token_that_claims_a_hundred_years_is_kept_for_a_day(desk: Desk) -> None:
    long = jwt(exp=desk.clock.now().timestamp() + 3e9)
    desk.at.operator.once = [token(long), accepted, token("second"), accepted]
    desk.pays()
    desk.clock.passes(timedelta(days=1))
    desk.pays()
    assert desk.tokens == [f"Bearer {long}", "Bearer second"]


@pytest.mark.parametrize("exp", ["soon", None, True, [], 1e400, -1, 0, "1" * 400, float("nan")])
def test_a_token_that_says_nonsense_is_kept_as_one_that_says_nothing(desk: Desk, exp: Any) -> None:
    odd = jwt(exp=exp)
    desk.at.operator.once = [token(odd), accepted, accepted]
    for _ in range(2):
        assert desk.pays() == AwaitApproval()
    assert desk.tokens == [f"Bearer {odd}"] * 2


@given(text=st.from_regex(r"[A-Za-z0-9_.-]{1,60}", fullmatch=True))
def test_whatever_a_token_looks_like_it_can_be_used(text: str) -> None:
    at, clock = under_test(SLUG), SettableClock()
    at.operator.once = [token(text), accepted]
    assert TMoney(Counter(at.operator.client(), clock)).start(at.charge({})) == AwaitApproval()


def test_debits_credits_and_questions_of_an_account_share_its_token(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted]
    desk.pays()
    desk.provider.ask(desk.at.inquiry())
    desk.provider.disburse(desk.at.payout({}))
    desk.provider.ask_payout(desk.at.payout_inquiry())
    assert desk.asked == ["login", "debit", "transactionid", "tpcredit", "check-transaction-id"]
    assert set(desk.tokens) == {"Bearer first"}


# ---- whose token


def test_no_account_ever_calls_with_anothers_token(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted, token("second"), accepted, accepted]
    other = replace(desk.at.account, public_id="acct_2")
    desk.pays()
    desk.pays(account=other)
    desk.pays()
    assert desk.tokens == ["Bearer first", "Bearer second", "Bearer first"]


def test_other_credentials_of_an_account_log_in_anew(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted, token("second"), accepted]
    changed = replace(desk.at.account, credentials={**desk.at.account.credentials, "motDePasse": "another"})
    desk.pays()
    desk.pays(account=changed)
    assert desk.tokens == ["Bearer first", "Bearer second"]
    assert body(desk.at.operator.calls[2])["motDePasse"] == "another"


# ---- one login at a time


def at_once(desk: Desk, how_many: int, account: Callable[[int], Account]) -> list[Outcome]:
    with ThreadPoolExecutor(how_many) as threads:
        return list(threads.map(lambda turn: desk.pays(f"R{turn}", account(turn)), range(how_many)))


def operator_with(login: Reply) -> Reply:
    """Answer a login so, and accept every debit."""
    return lambda request: (login if (request.url or "").endswith("/login") else accepted)(request)


def test_shoppers_of_one_store_wait_for_one_login(desk: Desk) -> None:
    under_way = threading.Semaphore(1)
    logins = []

    def login(request: requests.PreparedRequest) -> requests.Response:
        assert under_way.acquire(blocking=False), "two logins of one account at once"
        logins.append(request)
        threading.Event().wait(0.05)
        under_way.release()
        return token("first")(request)

    desk.at.operator.once = [operator_with(login)] * 20
    assert at_once(desk, 8, lambda _: desk.at.account) == [AwaitApproval()] * 8
    assert len(logins) == 1
    assert sorted(desk.asked) == ["debit"] * 8 + ["login"]


def test_stores_do_not_wait_for_one_another(desk: Desk) -> None:
    together = threading.Barrier(4, timeout=5)

    def login(request: requests.PreparedRequest) -> requests.Response:
        together.wait()  # breaks unless all four are here at the same time
        return token("first")(request)

    desk.at.operator.once = [operator_with(login)] * 8
    accounts = [replace(desk.at.account, public_id=f"acct_{turn}") for turn in range(4)]
    assert at_once(desk, 4, lambda turn: accounts[turn]) == [AwaitApproval()] * 4


def test_a_login_that_fails_fails_for_all_who_waited_for_it(desk: Desk) -> None:
    gate = threading.Event()

    def login(_request: requests.PreparedRequest) -> requests.Response:
        gate.wait(5)
        raise requests.ReadTimeout

    desk.at.operator.once = [login] * 8
    threading.Timer(0.2, gate.set).start()
    outcomes = at_once(desk, 4, lambda _: desk.at.account)
    assert all(isinstance(outcome, NeverOffered) for outcome in outcomes)
    assert desk.asked == ["login"]
    desk.at.operator.once = [token("second"), accepted]
    assert desk.pays() == AwaitApproval()


def test_nobody_waits_for_anothers_login_for_long(desk: Desk) -> None:
    desk.provider = TMoney(Counter(desk.at.operator.client(), desk.clock, patience_seconds=0.05))
    gate = threading.Event()

    def login(request: requests.PreparedRequest) -> requests.Response:
        gate.wait(5)
        return token("first")(request)

    desk.at.operator.once = [login, accepted]
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(desk.pays)
        while not desk.at.operator.calls:
            threading.Event().wait(0.01)
        assert desk.pays() == NeverOffered("login: another one is under way")
        gate.set()
        # What comes after so long may be given up already: it is not sent any more.
        assert slow.result() == NeverOffered("login: too slow")
    assert desk.asked == ["login"]
