"""Every provider says what its operator means: each case of its vectors, call by call and word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from tests.providers.accounts import each_case, every_operator
from tests.providers.kit import (
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


def told_by(slug: str, file: str, name: str) -> tuple[UnderTest, Case]:
    """Return the operator, about to reply as the case says, and the case with its names filled in."""
    case = getattr(vectors.of(slug), file)[name]
    at = under_test(slug, case.get("option", ""))
    case = vectors.filled(case, at.payout_names() if "payout" in file else at.names())
    at.replies(case)
    return at, case


def require(at: UnderTest, found: Case, case: Case, wanted: str) -> None:
    """Fail unless that was found, and the operator was called just as the case says."""
    assert as_written(found, case[wanted]) == told(case[wanted])
    assert calls_words(at.operator, case["calls"]) == case["calls"]


# ---- start


@each_case("start")
def test_start_says_what_the_answer_means(slug: str, name: str) -> None:
    at, case = told_by(slug, "start", name)
    outcome = at.provider.start(at.charge(case.get("charge", {})))
    require(at, outcome_words(outcome), case, "outcome")


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


@each_case("ask")
def test_asking_says_what_the_answer_means(slug: str, name: str) -> None:
    at, case = told_by(slug, "ask", name)
    assert isinstance(at.provider, CanAsk)
    require(at, word_words(at.provider.ask(at.inquiry())), case, "word")


@every_operator
def test_nothing_is_known_where_the_operator_has_no_address(slug: str) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanAsk):
        return
    inquiry = replace(at.inquiry(), account=Unset(at.provider, at.account.credentials))
    assert isinstance(at.provider.ask(inquiry), NoWord)
    assert at.operator.calls == []


# ---- payouts


@each_case("payout")
def test_disbursing_says_what_the_answer_means(slug: str, name: str) -> None:
    at, case = told_by(slug, "payout", name)
    assert isinstance(at.provider, CanDisburse)
    disbursed = at.provider.disburse(at.payout(case.get("payout", {})))
    require(at, disbursed_words(disbursed), case, "disbursed")


@each_case("ask_payout")
def test_asking_about_a_payout_says_what_the_answer_means(slug: str, name: str) -> None:
    at, case = told_by(slug, "ask_payout", name)
    assert isinstance(at.provider, CanAskAboutPayout)
    require(at, word_words(at.provider.ask_payout(at.payout_inquiry())), case, "word")


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


@each_case("notifications")
def test_a_notification_says_exactly_what_the_page_says(slug: str, name: str) -> None:
    case = vectors.of(slug).notifications[name]
    at = under_test(slug, case.get("option", ""))
    case = vectors.filled(case, at.names())
    if case.get("rejected"):
        with pytest.raises(NotificationRejected, match=r"\w"):
            read(at, case["request"])
    else:
        assert told(said_words(read(at, case["request"]))) == told(case["said"])
