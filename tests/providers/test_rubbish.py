"""Whatever an operator or a stranger says, a provider neither crashes nor tells the house what it cannot keep."""

from __future__ import annotations

from typing import get_args
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.provider import (
    Claim,
    Notice,
    NotificationRejected,
    Outcome,
    PostForm,
    Redirect,
    RefundNotice,
    Said,
)
from tests.machines.operator import Reply
from tests.providers.accounts import every_operator
from tests.providers.kit import under_test
from tests.providers.rubbish import REPLIES, is_storable, names_of, require_keepable, spoilt


@every_operator
@given(replies=st.lists(REPLIES, min_size=3, max_size=3))
def test_start_never_raises_whatever_the_operator_says(slug: str, replies: list[Reply]) -> None:
    at = under_test(slug)
    at.operator.once = replies
    outcome = at.provider.start(at.charge({}))
    assert isinstance(outcome, get_args(Outcome))
    if isinstance(outcome, PostForm | Redirect):
        assert urlsplit(outcome.url).scheme in {"http", "https"}


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
        assert isinstance(word, get_args(Said))
        assert any(names_of(word))
        assert all(is_storable(name) for name in names_of(word))
        if isinstance(word, Notice | RefundNotice | Claim):
            require_keepable(word.event)
