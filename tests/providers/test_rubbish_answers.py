"""Whatever an operator answers when it is asked or told to pay, nothing breaks and no money is made up."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.events import Paid, Refunded, RefundEvent
from portal.domain.provider import (
    Answered,
    CanAsk,
    CanAskAboutPayout,
    CanDisburse,
    Disbursed,
    RefundAnswered,
    RefundWord,
    Word,
)
from tests.machines.operator import Reply
from tests.providers import vectors
from tests.providers.accounts import every_operator
from tests.providers.kit import under_test
from tests.providers.rubbish import REPLIES, is_storable, require_keepable, require_said, spoilt_replies


@every_operator
@given(data=st.data())
def test_asking_never_raises_and_never_makes_money_up(slug: str, data: st.DataObject) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanAsk):
        return
    replies = data.draw(spoilt_replies(at, "ask", at.names()))
    at.operator.once = [reply for _, reply in replies]
    word = at.provider.ask(at.inquiry())
    assert isinstance(word, get_args(Word))
    if isinstance(word, Answered):
        require_keepable(word.event)
        require_said(word.event, replies, at.inquiry().money)


@every_operator
@given(data=st.data())
def test_disbursing_never_raises_and_never_makes_money_up(slug: str, data: st.DataObject) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanDisburse):
        return
    replies = data.draw(spoilt_replies(at, "payout", at.payout_names()))
    at.operator.once = [reply for _, reply in replies]
    disbursed = at.provider.disburse(at.payout({}))
    assert isinstance(disbursed, Disbursed)
    assert isinstance(disbursed.event, get_args(RefundEvent))
    assert is_storable(disbursed.handle)
    require_keepable(disbursed.event)
    require_said(disbursed.event, replies, at.payout({}).money)


@every_operator
@given(data=st.data())
def test_asking_about_a_payout_never_raises_and_never_makes_money_up(slug: str, data: st.DataObject) -> None:
    at = under_test(slug)
    if not isinstance(at.provider, CanAskAboutPayout):
        return
    replies = data.draw(spoilt_replies(at, "ask_payout", at.payout_names()))
    at.operator.once = [reply for _, reply in replies]
    word = at.provider.ask_payout(at.payout_inquiry())
    assert isinstance(word, get_args(RefundWord))
    if isinstance(word, RefundAnswered):
        require_keepable(word.event)
        require_said(word.event, replies, at.payout({}).money)


@every_operator
@given(replies=st.lists(REPLIES, min_size=4, max_size=4))
def test_what_is_no_answer_at_all_settles_nothing(slug: str, replies: list[Reply]) -> None:
    at = under_test(slug)
    provider: object = at.provider
    if isinstance(provider, CanAsk):
        at.operator.once = list(replies)
        assert not isinstance(provider.ask(at.inquiry()), Answered)
    if isinstance(provider, CanDisburse):
        at.operator.once = list(replies)
        assert not isinstance(provider.disburse(at.payout({})).event, Refunded)
    if isinstance(provider, CanAskAboutPayout):
        at.operator.once = list(replies)
        assert not isinstance(provider.ask_payout(at.payout_inquiry()), RefundAnswered)


@every_operator
@given(data=st.data())
def test_an_answer_about_another_reference_is_never_money_of_ours(slug: str, data: st.DataObject) -> None:
    """Where an answer names a request, it must be ours: told of another one, nothing is paid."""
    at = under_test(slug)
    provider: object = at.provider
    other = data.draw(st.text(st.characters(categories=["Lu", "Nd"]), min_size=1, max_size=12))
    if not isinstance(provider, CanAsk) or other == at.names()["reference"]:
        return
    [paid] = at.vectors.of("ask", "paid")
    filled = vectors.filled(paid, at.names(other) | {"handle": f"x{other}"})["replies"]
    if filled == vectors.filled(paid, at.names())["replies"]:
        return  # the answer names nothing: it can only be about what was asked
    at.operator.once = [vectors.reply(one) for one in filled]
    word = provider.ask(at.inquiry())
    assert not (isinstance(word, Answered) and isinstance(word.event, Paid))
