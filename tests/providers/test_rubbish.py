"""Whatever an operator or a stranger says, a provider neither crashes nor tells the house what it cannot keep."""

from __future__ import annotations

import json
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import AttemptEvent, Paid
from portal.domain.money import Money
from portal.domain.provider import (
    Notice,
    NotificationRejected,
    Outcome,
    PostForm,
    RawNotification,
    Redirect,
)
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.providers import vectors
from tests.providers.kit import SLUGS, under_test

every_operator = pytest.mark.parametrize("slug", SLUGS)

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
