"""Every provider that discovery finds keeps the contract; what its operator says stands in its vectors alone."""

from __future__ import annotations

import json
import re

from portal.domain.money import Money
from portal.domain.provider import (
    CanAsk,
    Credential,
    NeverOffered,
    PhoneUse,
    Prompt,
    Provider,
    Unanswered,
    Verdict,
)
from portal.merchants.accounts import prefix
from portal.merchants.onboarding import made_up
from portal.payments.paying import takes
from tests.providers import vectors
from tests.providers.accounts import each_case, every_account, every_operator
from tests.providers.kit import REFERENCE, SLUGS, outcome_words, under_test
from tests.providers.vectors import CAPABILITIES

METHODS = {"GET", "POST", "PUT", "PATCH"}
OUR_OWN_WORDS = {"leave", "cancel", "go", "ask"}
"""What /pay/<token>/<…> means beside an operator's slug."""


def test_discovery_finds_somebody() -> None:
    assert SLUGS


# ---- what it declares


@every_operator
def test_it_keeps_the_protocol(slug: str) -> None:
    provider: object = under_test(slug).provider
    assert isinstance(provider, Provider)


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
    assert all(_takes(fields[name], value) for name, value in right.items())
    for wrong in at.vectors.account["refused_credentials"]:
        assert not all(_takes(fields[name], value) for name, value in (right | wrong).items()), wrong


def _takes(field: Credential, value: str) -> bool:
    """Say whether the form takes the value, whatever host an address names."""
    return re.fullmatch(field.pattern, value.replace("{site}", "https://operator.example")) is not None


@every_operator
def test_a_choice_is_among_the_values_that_the_form_takes(slug: str) -> None:
    for field in under_test(slug).provider.credentials:
        assert all(re.fullmatch(field.pattern, value) and label for value, label in field.choices)
        if field.choices:
            assert not field.secret
            assert len(dict(field.choices)) == len(field.choices) > 1


@every_account
def test_every_kind_of_account_has_credentials_of_its_own_form(slug: str, option: str) -> None:
    at = under_test(slug, option)
    fields = {field.name: field for field in at.provider.credentials}
    # One that was saved before a field existed may lack it.
    assert all(_takes(fields[name], value) for name, value in at.vectors.credentials(option).items())


@every_operator
def test_credentials_made_up_for_test_mode_are_right_ones(slug: str) -> None:
    fields = under_test(slug).provider.credentials
    for _ in range(50):
        for name, value in (made_up(fields, f"https://operator.example/{slug}") or {}).items():
            [field] = [field for field in fields if field.name == name]
            assert re.fullmatch(field.pattern, value), (name, value)


@every_operator
def test_it_asks_for_a_phone_number_exactly_where_it_rings(slug: str) -> None:
    at = under_test(slug)
    assert isinstance(at.provider.phone, PhoneUse)
    assert (at.vectors.account["charge"]["phone"] is None) is (at.provider.phone is PhoneUse.NONE)
    kinds = {case["outcome"]["kind"] for case in at.vectors.start.values()}
    assert isinstance(at.provider.prompt, Prompt) is ("await_approval" in kinds)
    if at.provider.prompt is not None:
        assert at.provider.prompt.says % {"price": "500 F CFA", "name": "Boutique"}
        assert at.provider.prompt.lasts.total_seconds() > 0


@every_operator
def test_it_says_how_money_goes_back_by_hand(slug: str) -> None:
    steps = under_test(slug).provider.by_hand
    assert steps
    assert all(step == step.strip() and step.endswith(".") for step in steps)


@every_operator
def test_it_has_vectors_for_exactly_what_it_can_do(slug: str) -> None:
    at = under_test(slug)
    can = {file for file, capability in CAPABILITIES.items() if isinstance(at.provider, capability)}
    assert {file for file in CAPABILITIES if getattr(at.vectors, file)} == can
    assert ("payout" in at.vectors.account) is ("payout" in can)
    assert "ask_payout" not in can or "payout" in can


@every_operator
def test_its_vectors_play_every_role_that_tests_need(slug: str) -> None:
    at = under_test(slug).vectors
    for role in ("paid", "failed", "pending", "nothing", "wrong_amount"):
        assert not at.ask or at.of("ask", role)
    for role in ("refunded", "failed", "pending", "nothing"):
        assert not at.ask_payout or at.of("ask_payout", role)
    roles = {case.get("role") for case in at.payout.values()}
    assert not at.payout or ("lost" in roles and roles & {"accepted", "refunded"})


@every_operator
def test_it_takes_what_the_page_says_and_nothing_else(slug: str) -> None:
    at = under_test(slug)
    account, charge = at.vectors.account, at.vectors.account["charge"]
    assert 0 < at.provider.limits.least <= at.provider.limits.most
    assert charge["currency"] in at.provider.currencies
    assert all(takes(at.provider, Money(amount, charge["currency"])) for amount in account["taken"])
    assert not any(takes(at.provider, Money(amount, charge["currency"])) for amount in account["not_taken"])
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


@every_account
def test_it_says_of_each_account_whether_its_notifications_can_settle(slug: str, option: str) -> None:
    at = under_test(slug, option)
    cases = [case for case in at.vectors.notifications.values() if case.get("option", "") == option]
    notices = [
        word for case in cases if not case.get("rejected") for word in case["said"] if "notice" in word
    ]
    assert bool(notices) is at.provider.settles_by_notification(at.account)
    for role in ("paid", "failed", "wrong_amount"):
        assert not (notices or not option) or at.vectors.notification(role, option)


@every_operator
def test_one_whose_word_is_not_believed_can_be_asked(slug: str) -> None:
    at = under_test(slug)
    assert isinstance(at.provider, CanAsk) or at.provider.settles_by_notification(at.account)


# ---- acknowledge


@each_case("answers")
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
