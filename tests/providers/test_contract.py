"""Every provider that discovery finds keeps the contract; what its operator says stands in its vectors alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import AttemptEvent, Paid
from portal.domain.money import Money
from portal.domain.provider import (
    Hearsay,
    NeverOffered,
    NotConfigured,
    Notice,
    NotificationRejected,
    Outcome,
    PostForm,
    Provider,
    RawNotification,
    Redirect,
    Unanswered,
    Verdict,
)
from portal.merchants.accounts import prefix
from portal.merchants.onboarding import made_up
from portal.payments.paying import takes
from tests.machines.operator import Reply, cut, promises, says, silence
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


REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(says, st.binary(max_size=300) | st.text(max_size=300), st.integers(200, 599)),
    st.builds(
        says,
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
            ),
        ).map(json.dumps),
        st.sampled_from([200, 201, 400, 401, 500]),
    ),
    st.builds(promises, st.integers(100, 200), st.binary(max_size=50)),
    st.sampled_from([cut, silence]),
)


@every_operator
@given(replies=st.lists(REPLIES, min_size=3, max_size=3))
def test_start_never_raises_whatever_the_operator_says(slug: str, replies: list[Reply]) -> None:
    at = under_test(slug)
    at.operator.once = replies
    outcome = at.provider.start(at.charge({}))
    assert isinstance(outcome, get_args(Outcome))
    if isinstance(outcome, PostForm | Redirect):
        assert urlsplit(outcome.url).scheme in {"http", "https"}


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


ODD = st.sampled_from(["", "0", "-1", "1e9", "9" * 5000, "\0", "\ufffd", "OK", "null", "²", "ſ"]) | st.text(
    max_size=20
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=9)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["2002", 0, "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
)


@st.composite
def spoilt(draw: st.DrawFn, slug: str) -> RawNotification:
    """Draw a notification like one of the vectors', with any of its parts spoilt."""
    at = under_test(slug)
    case = draw(st.sampled_from(sorted(at.vectors.notifications)))
    request = vectors.filled(at.vectors.notifications[case], at.names())["request"]
    raw = vectors.call(slug, at.account.public_id, request).raw()
    names = st.sampled_from([*dict(raw.query), ""]) | st.text(max_size=9)
    pairs = st.lists(st.tuples(names, ODD), max_size=4).map(tuple)
    query = draw(st.just(raw.query) | pairs | pairs.map(lambda more: (*raw.query[1:], *more)))
    body = draw(st.just(raw.body) | st.binary(max_size=200) | bodies(request.get("json")))
    headers = draw(
        st.just(raw.headers) | st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=4)
    )
    return RawNotification(draw(st.sampled_from([raw.method, "DELETE"])), query, headers, body)


def bodies(like: Any) -> st.SearchStrategy[bytes]:
    """Return JSON of any shape, and of the vector's with any of its values changed."""
    deep = st.integers(1, 5000).map(lambda depth: b"[" * depth)
    shaped = (
        st.dictionaries(st.sampled_from(sorted(like)), ANY_JSON, max_size=4).map(lambda more: like | more)
        if isinstance(like, dict)
        else ANY_JSON
    )
    return deep | (ANY_JSON | shaped).map(lambda value: json.dumps(value).encode())


def is_storable(text: str | None) -> bool:
    """Say whether both databases can look for the text."""
    return text is None or ("\0" not in text and text.encode(errors="replace").decode() == text)


@every_operator
@given(data=st.data())
def test_nothing_but_a_rejection_comes_of_rubbish(slug: str, data: st.DataObject) -> None:
    at = under_test(slug)
    raw = data.draw(spoilt(slug))
    try:
        said = at.provider.read(raw, at.account)
    except NotificationRejected:
        return
    for word in said:
        assert word.reference
        assert is_storable(word.reference)
        if isinstance(word, Notice):
            assert isinstance(word.event, get_args(AttemptEvent))
            paid = word.event if isinstance(word.event, Paid) else Paid(Money(1))
            assert paid.money.amount > 0
            assert is_storable(paid.payment_reference)
            assert is_storable(paid.payer)


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
