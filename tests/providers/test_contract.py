"""Every provider that discovery finds keeps the contract; what its operator says stands in its vectors alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from portal.domain.money import Money
from portal.domain.provider import (
    Hearsay,
    NeverOffered,
    NotConfigured,
    Notice,
    NotificationRejected,
    Provider,
    Unanswered,
    Verdict,
)
from portal.merchants.accounts import prefix
from portal.merchants.onboarding import made_up
from portal.payments.paying import takes
from tests.providers import vectors
from tests.providers.kit import (
    REFERENCE,
    SLUGS,
    AnAccount,
    UnderTest,
    call_words,
    outcome_words,
    said_words,
    under_test,
)
from tests.providers.vectors import Case

METHODS = {"GET", "POST", "PUT", "PATCH"}
OUR_OWN_WORDS = {"leave", "cancel", "go"}
"""What /pay/<token>/<…> means beside an operator's slug."""


def named(file: str) -> list[Any]:
    """Return every operator with the name of each of its cases."""
    return [
        pytest.param(slug, case, id=f"{slug}: {case}")
        for slug in SLUGS
        for case in getattr(vectors.of(slug), file)
    ]


every_operator = pytest.mark.parametrize("slug", SLUGS)


def test_discovery_finds_somebody() -> None:
    assert SLUGS


# ---- what it declares


@every_operator
def test_it_keeps_the_protocol(slug: str) -> None:
    assert isinstance(under_test(slug).provider, Provider)


@every_operator
def test_its_names_can_stand_in_an_address_and_before_people(slug: str) -> None:
    provider = under_test(slug).provider
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", provider.slug)
    assert provider.slug not in OUR_OWN_WORDS
    assert provider.name == provider.name.strip() != ""
    assert provider.also_known_as == provider.also_known_as.strip() != ""
    assert provider.notify_method in METHODS


@every_operator
def test_its_endpoints_are_named_after_it_and_have_a_path_of_their_own(slug: str) -> None:
    endpoints = under_test(slug).provider.endpoints
    named_well = re.compile(rf"{prefix(slug)}(_[A-Z0-9]+)*_URL")
    assert all(named_well.fullmatch(endpoint.setting) for endpoint in endpoints)
    assert all(re.fullmatch(r"(/[A-Za-z0-9._-]+)+/?", endpoint.path) for endpoint in endpoints)
    assert len({endpoint.setting for endpoint in endpoints}) == len(endpoints)
    assert len({endpoint.path for endpoint in endpoints}) == len(endpoints)


@every_operator
def test_it_names_the_endpoints_to_which_a_browser_posts(slug: str) -> None:
    provider = under_test(slug).provider
    assert set(provider.form_action) <= {endpoint.setting for endpoint in provider.endpoints}


@every_operator
def test_its_credentials_are_a_form_that_takes_the_right_ones_only(slug: str) -> None:
    at = under_test(slug)
    fields = {field.name: field for field in at.provider.credentials}
    assert len(fields) == len(at.provider.credentials)
    assert all(field.name.isidentifier() and field.label.strip() for field in fields.values())
    right = at.vectors.account["credentials"]
    assert right.keys() == fields.keys()
    assert all(re.fullmatch(fields[name].pattern, value) for name, value in right.items())
    for wrong in at.vectors.account["refused_credentials"]:
        matches = [re.fullmatch(fields[name].pattern, value) for name, value in (right | wrong).items()]
        assert not all(matches), wrong


@every_operator
def test_credentials_made_up_for_test_mode_are_right_ones(slug: str) -> None:
    fields = under_test(slug).provider.credentials
    for _ in range(50):
        for name, value in (made_up(fields) or {}).items():
            [field] = [field for field in fields if field.name == name]
            assert re.fullmatch(field.pattern, value), (name, value)


@every_operator
def test_it_takes_what_the_page_says_and_nothing_else(slug: str) -> None:
    at = under_test(slug)
    told, charge = at.vectors.account, at.vectors.account["charge"]
    assert 0 < at.provider.limits.least <= at.provider.limits.most
    assert charge["currency"] in at.provider.currencies
    assert all(takes(at.provider, Money(amount, charge["currency"])) for amount in told["taken"])
    assert not any(takes(at.provider, Money(amount, charge["currency"])) for amount in told["not_taken"])
    assert not takes(at.provider, Money(charge["amount"], "ZZZ"))


@every_operator
def test_a_page_that_may_stay_open_has_a_guard_time(slug: str) -> None:
    at = under_test(slug)
    kinds = {case["outcome"]["kind"] for case in at.vectors.start.values()}
    if kinds & {"post_form", "redirect"}:
        assert at.provider.guard is not None
        assert at.provider.guard.total_seconds() > 0
    if "post_form" in kinds:
        assert at.provider.form_action


@every_operator
def test_silence_means_what_its_own_call_could_have_done(slug: str) -> None:
    at = under_test(slug)
    assert isinstance(at.provider.when_silent, NeverOffered | Unanswered)
    lost = {case["outcome"]["kind"] for case in at.vectors.starts("lost")}
    assert lost == {outcome_words(at.provider.when_silent)["kind"]}


@every_operator
def test_only_an_operator_with_a_list_of_addresses_settles(slug: str) -> None:
    at = under_test(slug)
    notices = [
        word for case in at.vectors.notifications.values() for word in case["said"] if "notice" in word
    ]
    assert bool(notices) is at.provider.settles_by_notification


# ---- start


@pytest.mark.parametrize(("slug", "name"), named("start"))
def test_start_says_what_the_answer_means(slug: str, name: str) -> None:
    at = under_test(slug)
    case = vectors.filled(at.vectors.start[name], at.names())
    at.operator.once = [vectors.reply(one) for one in case["replies"]]
    outcome = outcome_words(at.provider.start(at.charge(case.get("charge", {}))))
    if "detail" not in case["outcome"]:
        outcome.pop("detail", None)
    assert outcome == case["outcome"]
    calls = zip(at.operator.calls, case["calls"], strict=True)
    assert [call_words(seen, told) for seen, told in calls] == case["calls"]


class Unset(AnAccount):
    """An account of an operator whose address the platform does not know."""

    def url(self, setting: str) -> str:
        raise NotConfigured(setting)


@every_operator
def test_an_operator_without_an_address_was_never_asked(slug: str) -> None:
    at = under_test(slug)
    if not at.provider.endpoints:
        return
    nowhere = Unset(at.provider, at.account.credentials)
    outcome = at.provider.start(replace(at.charge({}), account=nowhere))
    assert outcome_words(outcome)["kind"] in {"never_offered", "refused"}
    assert at.operator.calls == []


# ---- read


def read(at: UnderTest, request: Case) -> Sequence[Notice | Hearsay]:
    return at.provider.read(vectors.call(at.slug, at.account.public_id, request).raw(), at.account)


@pytest.mark.parametrize(("slug", "name"), named("notifications"))
def test_a_notification_says_exactly_what_the_page_says(slug: str, name: str) -> None:
    at = under_test(slug)
    case = vectors.filled(at.vectors.notifications[name], at.names())
    if case.get("rejected"):
        with pytest.raises(NotificationRejected, match=r"\w"):
            read(at, case["request"])
    else:
        assert said_words(read(at, case["request"])) == case["said"]


# ---- acknowledge


@pytest.mark.parametrize(("slug", "name"), named("answers"))
def test_a_verdict_is_answered_as_the_operator_expects(slug: str, name: str) -> None:
    at = under_test(slug)
    case = at.vectors.answers[name]
    answer = at.provider.acknowledge(Verdict(case["verdict"]), case.get("reason", ""))
    wanted = case["answer"]
    assert (answer.status, answer.body, answer.content_type) == (
        wanted["status"],
        wanted["body"],
        wanted["content_type"],
    )


@every_operator
def test_its_vectors_know_an_answer_to_every_verdict(slug: str) -> None:
    at = under_test(slug)
    assert {case["verdict"] for case in at.vectors.answers.values()} == set(Verdict)
    reasons = {case.get("reason") for case in at.vectors.answers.values()}
    assert {"address", "method", "unknown_account", "too_large"} <= reasons


@every_operator
def test_its_vectors_say_where_they_come_from(slug: str) -> None:
    at = under_test(slug)
    folder = vectors.FOLDER / slug.replace("-", "_")
    assert all(json.loads(file.read_text(encoding="utf-8"))["source"] for file in folder.glob("*.json"))
    assert REFERENCE not in json.dumps(at.vectors.account)
