"""What MoneyFusion's vectors cannot say: sums without end, and words that nobody announced."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.domain.events import Accepted, Paid, Refunded, RefundFailed, Unheard
from portal.domain.money import LARGEST, XOF, Money
from portal.domain.provider import (
    Answered,
    Claim,
    Hearsay,
    NeverOffered,
    NothingKnown,
    NotificationRejected,
    NoWord,
    RawNotification,
    Refused,
    Said,
    Word,
)
from portal.providers._moneyfusion_words import MODES
from portal.providers.moneyfusion import MoneyFusion
from tests.machines.operator import Reply, cut, says, silence
from tests.providers.kit import REFERENCE, SECRET, UnderTest, call_words, under_test
from tests.providers.rubbish import JSON

SLUG = "moneyfusion"
TOKEN = "tk0123456789abcd"
ORDER = 500


def moneyfusion(at: UnderTest) -> MoneyFusion:
    assert isinstance(at.provider, MoneyFusion)
    return at.provider


# ---- the pay-in


@pytest.mark.parametrize(
    ("phone", "told"),
    [("+22890112233", "90112233"), ("+2250701020304", "2250701020304"), ("+33612345678", "33612345678")],
)
def test_a_togolese_number_is_told_without_its_country(phone: str, told: str) -> None:
    at = under_test(SLUG)
    moneyfusion(at).start(at.charge({"phone": phone}))
    [call] = at.operator.calls
    assert call_words(call, {"json": {}})["json"]["numeroSend"] == told


@given(message=st.text(max_size=400))
def test_a_refusal_is_told_on_one_line_that_can_be_shown(message: str) -> None:
    at = under_test(SLUG)
    at.operator.once = [says(json.dumps({"statut": False, "message": message}))]
    outcome = moneyfusion(at).start(at.charge({}))
    assert isinstance(outcome, Refused)
    assert outcome.detail == outcome.detail.strip()
    assert len(outcome.detail) <= 200
    assert outcome.detail.isprintable()


def test_what_the_journal_is_told_holds_neither_the_address_nor_the_key() -> None:
    def failing(request: requests.PreparedRequest) -> requests.Response:
        raise requests.ConnectionError(f"{request.url} {request.headers}")

    replies: list[Reply] = [failing, cut, silence, says("<html>"), says('{"statut": true}')]
    for reply in replies:
        at = under_test(SLUG)
        at.operator.once = [reply] * 3
        outcome, word = moneyfusion(at).start(at.charge({})), moneyfusion(at).ask(at.inquiry())
        payout = moneyfusion(at).disburse(at.payout({}))
        assert isinstance(outcome, NeverOffered)
        assert isinstance(word, NoWord | NothingKnown)
        told = f"{outcome.detail} {word.detail} {payout.detail}"
        assert not any(at.account.credentials[name] in told for name in ("api_url", "private_key"))


# ---- the status


def word_of(**data: Any) -> Word:
    """Return what a status of these data means for an order of 500."""
    at = under_test(SLUG)
    told: Mapping[str, Any] = {"tokenPay": TOKEN, "statut": "paid", "Montant": 485, "frais": 15} | data
    at.operator.once = [says(json.dumps({"statut": True, "data": told}))]
    return moneyfusion(at).ask(at.inquiry())


def paid(word: Word) -> Paid:
    assert isinstance(word, Answered)
    assert isinstance(word.event, Paid)
    return word.event


@pytest.mark.parametrize(
    ("montant", "frais", "gross", "fee"),
    [
        (485, 15, 500, 15),  # both together are the order: net is Montant
        (500, 0, 500, 0),
        (500, 15, 500, None),  # Montant is the order: net is not known
        (500, None, 500, None),
        (1, 499, 500, 499),
        (485, None, 485, None),  # anything else is a mismatch, and never the order's own sum
        (485, 14, 499, 14),
        (485, 16, 501, 16),
        (515, 15, 530, 15),
        (499, 0, 499, 0),
    ],
)
def test_the_rule_of_montant_and_frais(montant: int, frais: int | None, gross: int, fee: int | None) -> None:
    event = paid(word_of(Montant=montant, frais=frais))
    assert (event.money, event.fee) == (Money(gross, XOF), fee)


@given(montant=st.integers(1, LARGEST), frais=st.integers(0, LARGEST))
@example(montant=LARGEST, frais=0)
@example(montant=ORDER, frais=LARGEST)
def test_the_order_is_paid_by_no_other_sums(montant: int, frais: int) -> None:
    assume(montant == ORDER or montant + frais <= LARGEST)
    event = paid(word_of(Montant=montant, frais=frais))
    assert (event.money.amount == ORDER) is (ORDER in {montant, montant + frais})


@given(data=JSON)
def test_nothing_settles_but_the_status_of_our_token(data: Any) -> None:
    at = under_test(SLUG)
    at.operator.once = [says(json.dumps({"statut": True, "data": data}))]
    assert isinstance(moneyfusion(at).ask(at.inquiry()), NoWord)


@given(montant=JSON, frais=JSON, payer=JSON, rail=JSON, info=JSON)
def test_whatever_stands_beside_our_token_what_was_paid_can_be_kept(
    montant: Any, frais: Any, payer: Any, rail: Any, info: Any
) -> None:
    word = word_of(Montant=montant, frais=frais, numeroTransaction=payer, moyen=rail, personal_Info=info)
    if isinstance(word, NoWord):
        return
    event = paid(word)
    assert 0 < event.money.amount <= LARGEST
    assert len(event.payer or "") <= 30
    assert len(event.rail or "") <= 40
    assert (event.payer or "").isprintable()
    assert (event.rail or "").isprintable()


# ---- webhooks


def read(said: Any, *query: tuple[str, str]) -> Said:
    at = under_test(SLUG)
    [word] = moneyfusion(at).read(RawNotification("POST", query, body=json.dumps(said).encode()), at.account)
    return word


@given(event=st.text(max_size=20), data=st.dictionaries(st.text(max_size=9), JSON, max_size=4))
def test_a_webhook_about_a_payment_never_claims_whatever_its_address_says(
    event: str, data: dict[str, Any]
) -> None:
    said = data | {"event": f"payin.{event}", "tokenPay": TOKEN}
    try:
        assert isinstance(read(said, ("refund", SECRET)), Hearsay)
    except NotificationRejected:
        assert not event.isprintable() or "\ufffd" in event


@given(
    secrets=st.lists(st.text("aZ9-_", min_size=1, max_size=9) | st.text(max_size=9), max_size=3),
    other=st.text(min_size=1, max_size=9),
)
@example(secrets=["\0"], other="x")
@example(secrets=[""], other="x")
def test_a_payout_is_claimed_by_exactly_one_secret_of_our_shape(secrets: list[str], other: str) -> None:
    assume(other != "refund")
    query = [("refund", secret) for secret in secrets] + [(other, "x")]
    word = read({"event": "payout.session.completed", "tokenPay": TOKEN}, *query)
    if len(secrets) == 1 and re.fullmatch("[0-9A-Za-z_-]+", secrets[0]):
        assert word == Claim(secrets[0], TOKEN, Refunded(None, TOKEN))
    else:
        assert word == Hearsay(handle=TOKEN)


def test_what_left_the_merchants_account_is_no_sum_that_the_customer_received() -> None:
    said = {"event": "payout.session.completed", "tokenPay": TOKEN, "montant": 505}
    event = Refunded(money=None, payment_reference=TOKEN, fee=None, debited=Money(505, XOF))
    assert read(said, ("refund", SECRET)) == Claim(SECRET, TOKEN, event)


def test_our_reference_and_the_token_are_heard_together() -> None:
    said = {"event": "payin.session.pending", "tokenPay": TOKEN, "personal_Info": [{"reference": REFERENCE}]}
    assert read(said) == Hearsay(REFERENCE, TOKEN)


# ---- sending money back


@pytest.mark.parametrize("rail", sorted(MODES))
@pytest.mark.parametrize(("amount", "enough"), [(199, False), (200, True), (1_000_000, True)])
def test_a_payout_reaches_the_wallets_of_togo_from_the_least_sum_on(
    rail: str,
    amount: int,
    enough: bool,  # noqa: FBT001
) -> None:
    provider = moneyfusion(under_test(SLUG))
    assert provider.reaches("+22890112233", rail, Money(amount)) is enough
    assert not provider.reaches("+2250701020304", rail, Money(amount))
    assert not provider.reaches("+22890112233", rail, Money(amount, "EUR"))


@given(rail=st.text(max_size=20))
def test_a_rail_that_no_table_names_is_reached_by_nobody(rail: str) -> None:
    assume("".join(letter for letter in rail.lower() if letter.isascii() and letter.isalnum()) not in MODES)
    assert not moneyfusion(under_test(SLUG)).reaches("+22890112233", rail, Money(500))


@given(
    said=JSON | st.dictionaries(st.sampled_from(["statut", "tokenPay", "message"]), JSON),
    status=st.integers(200, 599),
)
@example(said={"statut": False}, status=500)
@example(said={"statut": False}, status=200)
def test_a_payout_is_given_up_only_on_a_plain_no(said: Any, status: int) -> None:
    at = under_test(SLUG)
    at.operator.once = [says(json.dumps(said), status)]
    event = moneyfusion(at).disburse(at.payout({})).event
    assert isinstance(event, Accepted | RefundFailed | Unheard)
    if isinstance(event, RefundFailed):
        assert status < 500
        assert isinstance(said["statut"], bool)
        assert said.get("tokenPay") in (None, "")
