"""What TMoney Online's vectors cannot say: what depends on numbers without end, on cases, and on a live account."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Paid
from portal.domain.money import XOF, Money
from portal.domain.provider import NeverOffered, Notice, NotificationRejected, PostForm, RawNotification
from portal.providers.tmoney_online import BOUND, ERRORS, NUMERIC, SHOWN
from portal.security import tokens
from tests.machines.operator import Reply, cut, says, silence
from tests.machines.stage import notification
from tests.providers.kit import under_test

SLUG = "tmoney-online"


def failing(request: requests.PreparedRequest) -> requests.Response:
    """Fail as a client does that names the whole address in its words."""
    raise requests.ConnectionError(f"could not reach {request.url}")


def read(**changes: str) -> Notice:
    at = under_test(SLUG)
    raw = RawNotification("GET", tuple(notification("R1", **changes).items()))
    [said] = at.provider.read(raw, at.account)
    assert isinstance(said, Notice)
    return said


@given(amount=st.integers(1, 9_999_999_999))
def test_every_amount_of_up_to_ten_digits_is_read_as_it_stands(amount: int) -> None:
    paid = read(amount=str(amount)).event
    assert isinstance(paid, Paid)
    assert paid.money == Money(amount, XOF)


@given(amount=st.text(max_size=12).filter(lambda text: not (text.isascii() and text.isdecimal())))
def test_anything_else_is_no_amount(amount: str) -> None:
    with pytest.raises(NotificationRejected, match="amount"):
        read(amount=amount)


@given(word=st.sampled_from([word for word in ERRORS if word]), data=st.data())
def test_a_word_counts_in_any_case(word: str, data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    mixed = "".join(a.upper() if up else a.lower() for a, up in zip(word, cases, strict=True))
    assert read(status="NOK", error=mixed).event == ERRORS[word]


@given(order=st.permutations(sorted(notification("R1").items())))
def test_the_order_of_parameters_says_nothing(order: list[tuple[str, str]]) -> None:
    at = under_test(SLUG)
    assert at.provider.read(RawNotification("GET", tuple(order)), at.account) == [read()]


@given(brand=st.text(), description=st.text())
def test_what_is_shown_to_people_is_a_beginning_of_it_within_its_limit(brand: str, description: str) -> None:
    at = under_test(SLUG)
    form = at.provider.start(at.charge({"brand": brand * 20, "description": description * 20}))
    assert isinstance(form, PostForm)
    for field, whole in (("brand", brand * 20), ("description", description * 20)):
        assert whole.startswith(form.fields[field])
        assert len(form.fields[field]) <= SHOWN[field]
        assert bool(form.fields[field]) is bool(whole)


@pytest.mark.parametrize("letter", ["", "a"])
def test_accents_without_end_are_cut_all_the_same(letter: str) -> None:
    at = under_test(SLUG)
    form = at.provider.start(at.charge({"brand": letter + "\u0301" * 500}))
    assert isinstance(form, PostForm)
    assert len(form.fields["brand"]) == SHOWN["brand"]


def test_a_merchants_id_is_asked_with_and_nothing_else() -> None:
    at = under_test(SLUG)
    at.provider.start(at.charge({"phone": "+22890112233"}))
    [call] = at.operator.calls
    assert parse_qsl(urlsplit(call.url or "").query) == [("merchantid", "1234567890123456")]
    assert call.body is None


def test_each_start_asks_for_a_session_of_its_own() -> None:
    at = under_test(SLUG)
    forms = [at.provider.start(at.charge({})) for _ in range(3)]
    sessions = [form.fields["sessionid"] for form in forms if isinstance(form, PostForm)]
    assert sessions == at.operator.sessions
    assert len(set(sessions)) == 3


@pytest.mark.parametrize("reply", [says("NOK:UNKNOWN_MERCHANT"), says("<html>"), cut, silence, failing])
def test_what_the_journal_is_told_names_no_number_of_the_merchants(reply: Reply) -> None:
    at = under_test(SLUG)
    at.operator.once = [reply]
    outcome = at.provider.start(at.charge({}))
    assert isinstance(outcome, NeverOffered)
    assert outcome.detail
    assert at.account.credentials["merchantid"] not in outcome.detail


def test_every_currency_it_takes_has_its_digits() -> None:
    assert set(NUMERIC) == under_test(SLUG).provider.currencies
    assert all(len(digits) == 3 and digits.isdecimal() for digits in NUMERIC.values())


def test_our_return_addresses_are_within_the_limit_wherever_the_portal_stands() -> None:
    longest_site = "https://" + "a" * 80
    way = f"{longest_site}/return/{tokens.capability()}/decline"
    assert len(way) <= BOUND["declineurl"][1]
