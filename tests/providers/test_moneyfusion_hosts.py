"""Whose hosts MoneyFusion's accounts call, by the portal's own rules for test and live, and what they are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.fernet import Fernet
from hypothesis import assume, example, given
from hypothesis import strategies as st

from config import Environment, Settings
from portal.domain.events import Accepted, NotSent
from portal.domain.provider import (
    Account,
    Disbursed,
    Mode,
    NeverOffered,
    NoWord,
    Redirect,
    Word,
)
from portal.merchants.accounts import Connected, Directory
from portal.providers.moneyfusion import BEARER, HOSTS, PRIVATE_KEY, MoneyFusion
from portal.security.vault import Vault
from tests.machines.operator import says
from tests.providers.kit import UnderTest, under_test

SLUG = "moneyfusion"
TOKEN = "tk0123456789abcd"
SANDBOX = "http://127.0.0.1:8001"
LIVE = "https://pay.moneyfusion.net"
API = f"{SANDBOX}/{SLUG}/app/id/pay/"
KEY = "mf-private-key"


def moneyfusion(at: UnderTest) -> MoneyFusion:
    assert isinstance(at.provider, MoneyFusion)
    return at.provider


@dataclass(frozen=True)
class Portal:
    """An account of a portal with these settings: whom it trusts is decided by the portal's own rules."""

    at: UnderTest
    directory: Directory

    def account(self, mode: Mode = Mode.TEST, **credentials: str) -> Connected:
        given = {"api_url": API, "private_key": KEY, "key_header": PRIVATE_KEY} | credentials
        return self.directory.account(
            {
                "id": 1,
                "public_id": "acct_1",
                "merchant_id": 1,
                "operator": SLUG,
                "mode": mode,
                "sealed_credentials": self.directory.vault.seal(given),
                "networks": [],
            }
        )

    def live(self, **credentials: str) -> Connected:
        return self.account(Mode.LIVE, **({"api_url": f"{LIVE}/app/id/pay/"} | credentials))

    def starts(self, account: Account, **said: Any) -> Any:
        page = {"statut": True, "token": TOKEN, "url": f"{SANDBOX}/{SLUG}/p/{TOKEN}"} | said
        self.at.operator.once = [says(json.dumps(page))]
        return moneyfusion(self.at).start(replace(self.at.charge({}), account=account))

    def asks(self, account: Account, handle: str | None = TOKEN) -> Word:
        return moneyfusion(self.at).ask(replace(self.at.inquiry(), account=account, handle=handle))

    def pays(self, account: Account) -> Disbursed:
        self.at.operator.once = [says(json.dumps({"statut": True, "tokenPay": "wd1"}))]
        return moneyfusion(self.at).disburse(replace(self.at.payout({}), account=account))

    @property
    def urls(self) -> list[str]:
        return [str(call.url) for call in self.at.operator.calls]


def portal(**operators: str) -> Portal:
    """Return a portal whose platform knows MoneyFusion's hosts, as changed."""
    known = {
        "MONEYFUSION_STATUS_URL": f"{LIVE}/paiementNotif",
        "MONEYFUSION_WITHDRAW_URL": f"{LIVE}/api/v1/withdraw",
        HOSTS: "pay.moneyfusion.net, www.pay.moneyfusion.net",
    }
    settings = Settings(
        Environment.TEST,
        "sqlite://",
        "",
        (),
        "http://localhost",
        Path(),
        sandbox_url=SANDBOX,
        operators=known | operators,
    )
    at = under_test(SLUG)
    return Portal(at, Directory(settings, Vault([Fernet.generate_key().decode()]), {SLUG: at.provider}))


# ---- whom it calls, and where it sends the shopper


def test_in_test_mode_it_is_the_sandbox() -> None:
    here = portal()
    assert here.starts(here.account()) == Redirect(f"{SANDBOX}/{SLUG}/p/{TOKEN}", handle=TOKEN)
    here.asks(here.account())
    here.pays(here.account())
    assert here.urls == [
        API,
        f"{SANDBOX}/{SLUG}/acct_1/paiementNotif/{TOKEN}",
        f"{SANDBOX}/{SLUG}/acct_1/api/v1/withdraw",
    ]


def test_in_live_mode_it_is_a_listed_host() -> None:
    here = portal()
    page = f"https://www.pay.moneyfusion.net/{TOKEN}"
    assert here.starts(here.live(), url=page) == Redirect(page, handle=TOKEN)
    here.asks(here.live())
    here.pays(here.live())
    assert here.urls == [
        f"{LIVE}/app/id/pay/",
        f"{LIVE}/paiementNotif/{TOKEN}",
        f"{LIVE}/api/v1/withdraw",
    ]


@pytest.mark.parametrize(
    "api",
    [
        API,
        "http://pay.moneyfusion.net/app/id/pay/",
        "https://pay.moneyfusion.net:8443/app/id/pay/",
        "https://pay.moneyfusion.net.elsewhere.example/app/id/pay/",
        "https://elsewhere.example/pay.moneyfusion.net/pay/",
        "https://pay.moneyfusion.net@elsewhere.example/app/id/pay/",
        "https://127.0.0.1/app/id/pay/",
    ],
)
def test_a_live_account_calls_nobody_else(api: str) -> None:
    here = portal()
    assert isinstance(here.starts(here.live(api_url=api)), NeverOffered)
    assert here.urls == []


@pytest.mark.parametrize(
    "api", [f"{LIVE}/app/id/pay/", "http://127.0.0.1:8002/app/id/pay/", "http://127.0.0.1/a/b"]
)
def test_a_test_account_calls_the_sandbox_alone(api: str) -> None:
    here = portal()
    assert isinstance(here.starts(here.account(api_url=api)), NeverOffered)
    assert here.urls == []


def test_an_account_is_checked_at_calling_though_it_was_right_when_it_was_saved() -> None:
    then, now = portal(), portal(**{HOSTS: "elsewhere.example"})
    assert isinstance(then.starts(then.live(), url=f"{LIVE}/p"), Redirect)
    assert isinstance(now.starts(now.live(), url=f"{LIVE}/p"), NeverOffered)
    assert isinstance(now.asks(now.live()), NoWord)
    assert now.pays(now.live()).event == NotSent()
    assert now.urls == []


@pytest.mark.parametrize(
    "page",
    [
        "https://elsewhere.example/p",
        "http://pay.moneyfusion.net/p",
        f"{SANDBOX}/{SLUG}/p",
        "//pay.moneyfusion.net/p",
    ],
)
def test_a_shopper_is_sent_to_a_listed_host_only(page: str) -> None:
    here = portal()
    assert isinstance(here.starts(here.live(), url=page), NeverOffered)


def test_raw_spaces_in_the_page_are_quoted() -> None:
    here = portal()
    outcome = here.starts(
        here.account(), url=f"{SANDBOX}/{SLUG}/p/Boutique Akofa/{TOKEN}?nom=Ama Koffi&x=%20"
    )
    assert outcome.url == f"{SANDBOX}/{SLUG}/p/Boutique%20Akofa/{TOKEN}?nom=Ama%20Koffi&x=%20"


@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=100))
@example(token="../../api/v1/withdraw")
@example(token="a?b=c#d")
@example(token="%2e%2e%2f")
def test_a_token_never_leads_out_of_its_place(token: str) -> None:
    assume(token.strip("."))
    here = portal()
    assert here.starts(here.account(), token=token).handle == token
    here.at.operator.calls.clear()
    here.asks(here.account(), token)
    [call] = here.at.operator.calls
    way, place, last = str(call.url).rpartition("/")
    assert (way, place) == (f"{SANDBOX}/{SLUG}/acct_1/paiementNotif", "/")
    assert unquote(last) == token


def test_it_is_never_asked_without_the_token_that_it_gave_us() -> None:
    here = portal()
    assert isinstance(here.asks(here.account(), None), NoWord)
    assert here.urls == []


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (PRIVATE_KEY, {"moneyfusion-private-key": KEY, "Authorization": None}),
        (BEARER, {"moneyfusion-private-key": None, "Authorization": f"Bearer {KEY}"}),
    ],
)
def test_the_key_goes_with_a_withdrawal_and_with_nothing_else(
    kind: str, sent: Mapping[str, str | None]
) -> None:
    here = portal()
    account = here.account(key_header=kind)
    assert here.pays(account) == Disbursed(Accepted(), "wd1")
    here.starts(account)
    here.asks(account)
    withdrawal, *others = here.at.operator.calls
    assert {name: withdrawal.headers.get(name) for name in sent} == sent
    assert not any(KEY in str(call.headers) + str(call.body) + str(call.url) for call in others)
