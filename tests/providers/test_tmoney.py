"""What TMoney's vectors cannot say: what is never sent again, and what nobody is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Paid
from portal.domain.money import Money
from portal.domain.provider import (
    Answered,
    AwaitApproval,
    Unanswered,
)
from portal.providers._tmoney_desk import LOGIN
from portal.providers._tmoney_desk import Desk as Counter
from portal.providers.tmoney import TMoney
from tests.machines.clocks import SettableClock
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.providers.kit import AnAccount, UnderTest, under_test
from tests.providers.tmoney_desk import SLUG, Desk, accepted, body, token

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
