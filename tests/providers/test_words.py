"""Every provider says what its operator means: each case of its vectors, call by call and word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.money import Money
from portal.domain.provider import (
    CanAsk,
    CanAskAboutPayout,
    CanDisburse,
    NotConfigured,
    NotificationRejected,
    NoWord,
    Said,
)
from tests.providers import vectors
from tests.providers.kit import (
    SLUGS,
    AnAccount,
    UnderTest,
    as_written,
    calls_words,
    disbursed_words,
    outcome_words,
    said_words,
    told,
    under_test,
    word_words,
)
from tests.providers.vectors import Case

METHODS = {"GET", "POST", "PUT", "PATCH"}


def named(file: str) -> list[Any]:
    """Return every operator with the name of each of its cases."""
    return [
        pytest.param(slug, case, id=f"{slug}: {case}")
        for slug in SLUGS
        for case in getattr(vectors.of(slug), file)
    ]


def about(slug: str, file: str, name: str) -> UnderTest:
    """Return the operator under test with the account that the case is about."""
    return under_test(slug, getattr(vectors.of(slug), file)[name].get("option", ""))


every_operator = pytest.mark.parametrize("slug", SLUGS)
every_account = pytest.mark.parametrize(
    ("slug", "option"),
    [
        pytest.param(slug, option, id=f"{slug} {option}".strip())
        for slug in SLUGS
        for option in vectors.of(slug).options
    ],
)


def test_discovery_finds_somebody() -> None:
    assert SLUGS


# ---- start


@pytest.mark.parametrize(("slug", "name"), named("start"))
def test_start_says_what_the_answer_means(slug: str, name: str) -> None:
    at = about(slug, "start", name)
    case = vectors.filled(at.vectors.start[name], at.names())
    at.replies(case)
    outcome = outcome_words(at.provider.start(at.charge(case.get("charge", {}))))
    assert as_written(outcome, case["outcome"]) == told(case["outcome"])
    assert calls_words(at.operator, case["calls"]) == case["calls"]


class Unset(AnAccount):
    """An account of an operator whose address the platform does not know."""

    def url(self, setting: str) -> str:
        raise NotConfigured(setting)

    def trusted(self, url: str, hosts: str) -> str:
        raise NotConfigured(f"{hosts} does not list {url}")


@every_operator
def test_an_operator_without_an_address_was_never_asked(slug: str) -> None:
    at = under_test(slug)
    if not at.provider.endpoints:
        return
    nowhere = Unset(at.provider, at.account.credentials)
    outcome = at.provider.start(replace(at.charge({}), account=nowhere))
    assert outcome_words(outcome)["kind"] in {"never_offered", "refused"}
    assert at.operator.calls == []


# ---- ask


@pytest.mark.parametrize(("slug", "name"), named("ask"))
def test_asking_says_what_the_answer_means(slug: str, name: str) -> None:
    at = about(slug, "ask", name)
    assert isinstance(at.provider, CanAsk)
    case = vectors.filled(at.vectors.ask[name], at.names())
    at.replies(case)
    word = as_written(word_words(at.provider.ask(at.inquiry())), case["word"])
    assert word == told(case["word"])
    assert calls_words(at.operator, case["calls"]) == case["calls"]


@every_operator
def test_nothing_is_known_where_the_operator_has_no_address(slug: str) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanAsk):
        return
    inquiry = replace(at.inquiry(), account=Unset(at.provider, at.account.credentials))
    assert isinstance(at.provider.ask(inquiry), NoWord)
    assert at.operator.calls == []


# ---- payouts


@pytest.mark.parametrize(("slug", "name"), named("payout"))
def test_disbursing_says_what_the_answer_means(slug: str, name: str) -> None:
    at = about(slug, "payout", name)
    assert isinstance(at.provider, CanDisburse)
    case = vectors.filled(at.vectors.payout[name], at.payout_names())
    at.replies(case)
    disbursed = disbursed_words(at.provider.disburse(at.payout(case.get("payout", {}))))
    assert as_written(disbursed, case["disbursed"]) == told(case["disbursed"])
    assert calls_words(at.operator, case["calls"]) == case["calls"]


@pytest.mark.parametrize(("slug", "name"), named("ask_payout"))
def test_asking_about_a_payout_says_what_the_answer_means(slug: str, name: str) -> None:
    at = about(slug, "ask_payout", name)
    assert isinstance(at.provider, CanAskAboutPayout)
    case = vectors.filled(at.vectors.ask_payout[name], at.payout_names())
    at.replies(case)
    word = as_written(word_words(at.provider.ask_payout(at.payout_inquiry())), case["word"])
    assert word == told(case["word"])
    assert calls_words(at.operator, case["calls"]) == case["calls"]


@every_operator
def test_a_payout_without_an_address_never_left_us(slug: str) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanDisburse):
        return
    payout = replace(at.payout({}), account=Unset(at.provider, at.account.credentials))
    assert disbursed_words(at.provider.disburse(payout))["event"] == {"kind": "not_sent"}
    assert at.operator.calls == []


@every_operator
def test_a_payout_reaches_what_the_page_says(slug: str) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanDisburse):
        return
    payout = at.payout({})
    assert at.provider.reaches(payout.phone, payout.rail, payout.money)
    for phone, rail in at.vectors.account["payout"]["unreachable"]:
        assert not at.provider.reaches(phone, rail, payout.money)
    assert not at.provider.reaches(payout.phone, payout.rail, Money(payout.money.amount, "ZZZ"))


# ---- read


def read(at: UnderTest, request: Case) -> Sequence[Said]:
    return at.provider.read(vectors.call(at.slug, at.account.public_id, request).raw(), at.account)


@pytest.mark.parametrize(("slug", "name"), named("notifications"))
def test_a_notification_says_exactly_what_the_page_says(slug: str, name: str) -> None:
    at = about(slug, "notifications", name)
    case = vectors.filled(at.vectors.notifications[name], at.names())
    if case.get("rejected"):
        with pytest.raises(NotificationRejected, match=r"\w"):
            read(at, case["request"])
    else:
        assert told(said_words(read(at, case["request"]))) == told(case["said"])
