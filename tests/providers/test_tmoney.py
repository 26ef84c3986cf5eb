"""What TMoney's vectors cannot say: how long a token is kept, who logs in, and what is never sent again."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Paid
from portal.domain.money import Money
from portal.domain.provider import (
    Account,
    Answered,
    AwaitApproval,
    NeverOffered,
    Outcome,
    Unanswered,
)
from portal.providers._tmoney_desk import LOGIN
from portal.providers._tmoney_desk import Desk as Counter
from portal.providers.tmoney import TMoney
from tests.machines.clocks import SettableClock
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.providers.kit import AnAccount, UnderTest, under_test

SLUG = "tmoney"


def jwt(**claims: Any) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS512'})}.{part(claims)}.c2lnbmVk"


def token(value: str) -> Reply:
    return says(json.dumps({"statut": {"code": "2000"}, "data": {"token": value}}))


def body(request: requests.PreparedRequest) -> dict[str, Any]:
    content = request.body
    assert isinstance(content, bytes)
    told: dict[str, Any] = json.loads(content)
    return told


def accepted(request: requests.PreparedRequest) -> requests.Response:
    return says(json.dumps({"code": "2000", "idRequete": body(request)["idRequete"]}))(request)


@dataclass
class Desk:
    """TMoney with a clock of ours; `at` names what it is asked and by whom."""

    at: UnderTest
    clock: SettableClock
    provider: TMoney

    def pays(self, reference: str = "R1", account: Account | None = None) -> Outcome:
        charge = self.at.charge({"reference": reference})
        return self.provider.start(replace(charge, account=account or charge.account))

    @property
    def asked(self) -> list[str]:
        """Return the last word of every address that was called."""
        return [urlsplit(call.url or "").path.rpartition("/")[2] for call in self.at.operator.calls]

    @property
    def tokens(self) -> list[str]:
        return [
            str(call.headers["Authorization"])
            for call in self.at.operator.calls
            if "Authorization" in call.headers
        ]


@pytest.fixture
def desk() -> Desk:
    at, clock = under_test(SLUG), SettableClock()
    return Desk(at, clock, TMoney(Counter(at.operator.client(), clock)))


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


# ---- nothing is sent twice


@pytest.mark.parametrize(
    "answered", [silence, cut, promises(500, b'{"code": "2'), says("", 502), says("<html>")]
)
def test_after_silence_nothing_is_repeated(desk: Desk, answered: Reply) -> None:
    desk.at.operator.once = [token("first"), answered]
    assert isinstance(desk.pays(), Unanswered)
    assert desk.asked == ["login", "debit"]


@pytest.mark.parametrize("turned_away", [says("", 401), says('{"code": "403"}'), says('{"code": 403}', 403)])
def test_a_request_that_was_turned_away_is_sent_once_more_as_it_was(desk: Desk, turned_away: Reply) -> None:
    desk.at.operator.once = [token("first"), turned_away, token("second"), accepted]
    assert desk.pays() == AwaitApproval()
    _, first, _, second = desk.at.operator.calls
    assert first.body == second.body
    assert body(first)["idRequete"] == "R1"
    assert desk.tokens == ["Bearer first", "Bearer second"]


def test_a_token_that_another_has_renewed_costs_no_login(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted, silence]
    desk.pays()

    def another_renews(request: requests.PreparedRequest) -> requests.Response:
        desk.at.operator.once = [says("", 401), token("second"), accepted, accepted]
        desk.pays("R3")
        return says("", 401)(request)

    desk.at.operator.once = [another_renews]
    assert desk.pays("R2") == AwaitApproval()
    assert desk.asked.count("login") == 2
    assert desk.tokens[-1] == "Bearer second"


# ---- amounts and secrets


@given(amount=st.integers(1, 9_999_999_999))
def test_every_amount_is_asked_and_read_as_it_stands(amount: int) -> None:
    at, clock = under_test(SLUG), SettableClock()
    provider = TMoney(Counter(at.operator.client(), clock))
    at.operator.once = [token("first"), accepted]
    charge = replace(at.charge({}), money=Money(amount))
    provider.start(charge)
    assert body(at.operator.calls[-1])["montant"] == amount
    entry = {
        "idRequete": charge.reference,
        "typeRequete": "DEBIT",
        "statutRequete": "SUCCES",
        "montant": amount,
        "refTmoney": 7,
    }
    at.operator.once = [says(json.dumps({"total": 1, "data": [entry]}))]
    assert provider.ask(at.inquiry()) == Answered(Paid(Money(amount), "7"))


def failing(request: requests.PreparedRequest) -> requests.Response:
    """Fail as a client does that names the whole address in its words."""
    raise requests.ConnectionError(f"could not reach {request.url} with {request.body!r}")


CALLS: dict[str, Callable[[TMoney, UnderTest], Any]] = {
    "start": lambda provider, at: provider.start(at.charge({})),
    "ask": lambda provider, at: provider.ask(at.inquiry()),
    "disburse": lambda provider, at: provider.disburse(at.payout({})),
    "ask_payout": lambda provider, at: provider.ask_payout(at.payout_inquiry()),
}
ECHOES = json.dumps({"statut": {"code": "Secr3t & long"}, "code": "akofa", "idRequete": "90112233"})


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("reply", [failing, silence, says("<html>akofa Secr3t & long</html>"), says(ECHOES)])
@pytest.mark.parametrize("signed_in", [True, False])
def test_what_the_journal_is_told_holds_no_secret_and_no_number(
    desk: Desk, *, call: str, reply: Reply, signed_in: bool
) -> None:
    desk.at.operator.once = [token("t0p-s3cret"), reply] if signed_in else [reply]
    detail = CALLS[call](desk.provider, desk.at).detail
    assert detail
    for secret in ("Secr3t", "akofa", "t0p-s3cret", "90112233", "90990990"):
        assert secret not in detail


def test_the_time_that_is_told_is_togos(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted]
    desk.pays()
    assert body(desk.at.operator.calls[-1])["dateHeureRequete"] == "2026-03-04 12:00:00"


def test_a_password_travels_to_the_login_alone(desk: Desk) -> None:
    desk.at.operator.once = [token("first"), accepted]
    desk.pays()
    desk.provider.ask(desk.at.inquiry())
    account: AnAccount = desk.at.account
    for call in desk.at.operator.calls:
        holds = account.credentials["motDePasse"] in str(call.body) + str(call.url) + str(call.headers)
        assert holds is (call.url == account.url(LOGIN))
