"""What Flooz's vectors cannot say: its encryption, an index that serves once, and numbers without end."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portal.domain.events import Accepted, Failed, Paid
from portal.domain.money import LARGEST, XOF, Money
from portal.domain.provider import (
    Answered,
    AwaitApproval,
    Charge,
    Hearsay,
    Inquiry,
    NothingKnown,
    NotificationRejected,
    NoWord,
    Outcome,
    RawNotification,
    Refused,
    Unanswered,
    Word,
)
from portal.providers._flooz_words import DEBIT, FAILED, UNAUTHORISED
from portal.providers.flooz import OUR_REFERENCE, Flooz, authorization
from portal.security import tokens
from tests.machines.operator import Reply, cut, says, silence
from tests.providers.kit import REFERENCE, UnderTest, under_test
from tests.providers.rubbish import JSON

SLUG = "flooz"
ACCOUNT = under_test(SLUG).account
CREDENTIALS = ACCOUNT.credentials
SECRETS = [CREDENTIALS[name] for name in ("password", "secret_key", "merchant_key")]

CODES = st.integers(0, 10**6)


def flooz(at: UnderTest) -> Flooz:
    assert isinstance(at.provider, Flooz)
    return at.provider


def opened(header: str, key: str) -> str:
    """Open an Authorization header of either form, written from the page and not from the provider."""
    iv, colon, sealed = header.rpartition(":")
    first = base64.b64decode(iv, validate=True) if colon else b"\0" * 16
    aes = Cipher(algorithms.AES256(key.encode("ascii")), modes.CBC(first)).decryptor()
    plain = aes.update(base64.b64decode(sealed, validate=True)) + aes.finalize()
    padding = plain[-1]
    assert 1 <= padding <= 16
    assert plain.endswith(bytes([padding]) * padding)
    return plain[:-padding].decode("ascii")


def headers(at: UnderTest) -> list[str]:
    return [str(call.headers["Authorization"]) for call in at.operator.calls]


def indices(at: UnderTest) -> list[int]:
    return [int(opened(header, CREDENTIALS["secret_key"]).split(":")[0]) for header in headers(at)]


def asked(at: UnderTest, **details: Any) -> Word:
    """Return what Verify's answer of these details means."""
    told = {"mrchreference": REFERENCE, "amount": "500", "status": "0", "referenceid": "77"} | details
    at.operator.once = [says(json.dumps({"status": "0", "details": told}))]
    return flooz(at).ask(at.inquiry())


def debited(at: UnderTest, code: int) -> Outcome:
    at.operator.once = [says(json.dumps({"status": code}))] * 2
    return flooz(at).start(at.charge({}))


# ---- the header


def test_the_zero_form_is_what_openssl_makes_of_it() -> None:
    # printf 7:demo:demo-password | openssl enc -aes-256-cbc -K <key as hex> -iv 0…0 | base64
    assert authorization(7, CREDENTIALS, bytes(16)) == "GPCgXDthtpPws3ar2IYHqnc3Om+LNucukttkZWFnrko="


def test_the_random_form_has_its_iv_before_it() -> None:
    # The same with -iv 000102030405060708090a0b0c0d0e0f.
    sealed = "vbafWZ1gsRX4XuLw0QgmlQ0eH9A6322X/OKSGPuxMDs="
    assert authorization(7, CREDENTIALS, bytes(range(16))) == f"AAECAwQFBgcICQoLDA0ODw==:{sealed}"


@given(
    index=st.integers(1, 10**15), iv=st.binary(min_size=16, max_size=16), word=st.text("abc:!~", min_size=1)
)
def test_what_is_sealed_opens_to_index_user_and_password(index: int, iv: bytes, word: str) -> None:
    header = authorization(index, {**CREDENTIALS, "password": word}, iv)
    assert opened(header, CREDENTIALS["secret_key"]) == f"{index}:demo:{word}"


@pytest.mark.parametrize(("option", "random"), [("", True), ("zero", False)])
def test_each_form_is_sent_by_the_account_that_has_it(option: str, random: bool) -> None:  # noqa: FBT001
    at = under_test(SLUG, option)
    account = at.account
    for _ in range(3):
        flooz(at).start(replace(at.charge({}), account=account))
    assert [":" in header for header in headers(at)] == [random] * 3
    ivs = {header.partition(":")[0] for header in headers(at)}
    assert len(ivs) == 3
    assert indices(at) == [1, 2, 3]


def test_no_index_serves_twice_whoever_asks_at_the_same_time() -> None:
    at = under_test(SLUG)
    account = at.account
    charge: Charge = replace(at.charge({}), account=account)
    inquiry: Inquiry = replace(at.inquiry(), account=account)
    at.operator.once = [cut, silence, says('{"status": 99}'), says("<html>")] * 10
    with ThreadPoolExecutor(8) as threads:
        starts = [threads.submit(flooz(at).start, charge) for _ in range(40)]
        questions = [threads.submit(flooz(at).ask, inquiry) for _ in range(40)]
    assert all(one.result() for one in starts)
    assert all(one.result() for one in questions)
    assert len(at.operator.calls) >= 80
    assert len(set(indices(at))) == len(at.operator.calls)


# ---- bad authorization


def test_bad_authorization_raises_an_alarm_that_holds_no_secret() -> None:
    at = under_test(SLUG)
    with capture_logs() as lines:
        outcome = debited(at, UNAUTHORISED)
    assert isinstance(outcome, Refused)
    [line] = lines
    assert (line["log_level"], line["operator"], line["account"]) == ("error", SLUG, "acct_1")
    assert not any(secret in json.dumps(line) for secret in [*SECRETS, *headers(at)])


def test_a_verify_that_is_refused_raises_it_too_and_says_nothing() -> None:
    at = under_test(SLUG)
    at.operator.once = [says('{"status": 99, "details": null}')] * 2
    with capture_logs() as lines:
        word = flooz(at).ask(at.inquiry())
    assert isinstance(word, NoWord)
    assert [line["log_level"] for line in lines] == ["error"]


def test_two_calls_that_overtook_each_other_alarm_nobody() -> None:
    at = under_test(SLUG)
    account = at.account
    at.operator.once = [says('{"status": 99}'), says('{"status": 0}')]
    with capture_logs() as lines:
        outcome = flooz(at).start(replace(at.charge({}), account=account))
    assert outcome == AwaitApproval()
    assert lines == []
    first, again = at.operator.calls
    assert first.body == again.body
    assert indices(at) == [1, 2]


# ---- codes and sums without end


@given(code=CODES.filter(lambda code: code not in DEBIT))
def test_a_code_that_no_page_names_leaves_a_debit_unknown(code: int) -> None:
    assert isinstance(debited(under_test(SLUG), code), Unanswered)


@given(code=st.sampled_from(sorted(DEBIT)), status=st.integers(201, 599).filter(lambda status: status != 304))
def test_beside_another_http_status_only_a_plain_no_counts(code: int, status: int) -> None:
    at = under_test(SLUG)
    at.operator.once = [says(json.dumps({"status": code}), status)] * 2
    outcome = flooz(at).start(at.charge({}))
    assert isinstance(outcome, Refused | Unanswered)
    assert isinstance(outcome, Refused) is (isinstance(DEBIT[code], Refused) and status < 500)


@given(code=CODES.filter(lambda code: code != 0 and code not in FAILED))
def test_a_detail_that_is_neither_paid_nor_failed_waits(code: int) -> None:
    assert asked(under_test(SLUG), status=code) == Answered(Accepted())


@given(code=st.sampled_from(sorted(FAILED)), as_text=st.booleans())
def test_a_failure_needs_no_sum(code: int, as_text: bool) -> None:  # noqa: FBT001
    word = asked(under_test(SLUG), status=str(code) if as_text else code, amount=None)
    assert word == Answered(Failed())


@given(amount=st.integers(1, LARGEST), as_text=st.booleans())
def test_every_whole_sum_is_read_as_it_stands(amount: int, as_text: bool) -> None:  # noqa: FBT001
    word = asked(under_test(SLUG), amount=str(amount) if as_text else amount)
    assert isinstance(word, Answered)
    assert isinstance(word.event, Paid)
    assert word.event.money == Money(amount, XOF)


@given(details=st.dictionaries(st.sampled_from(["mrchreference", "status", "amount", "msisdn"]), JSON) | JSON)
def test_verify_never_settles_on_what_is_not_about_us(details: Any) -> None:
    at = under_test(SLUG)
    at.operator.once = [says(json.dumps({"status": 0, "details": details}))]
    assert isinstance(flooz(at).ask(at.inquiry()), NothingKnown | NoWord)


# ---- the callback


def read(body: bytes) -> list[Any]:
    return list(flooz(under_test(SLUG)).read(RawNotification("POST", (), body=body), ACCOUNT))


def test_two_plausible_references_are_both_asked_about_the_usual_field_last() -> None:
    body = json.dumps({"mrchrefid": "CROSSREF7", "refid": "MRO25112100001"}).encode()
    assert read(body) == [Hearsay("MRO25112100001"), Hearsay("CROSSREF7")]


@given(reference=st.builds(lambda _: tokens.text(tokens.ID_LENGTH).upper(), st.none()))
def test_a_reference_as_the_portal_makes_them_is_heard(reference: str) -> None:
    assert read(f"refid={reference}&status=0".encode()) == [Hearsay(reference)]


@given(fields=st.dictionaries(st.sampled_from(["mrchrefid", "refid", "status", "amount"]), JSON) | JSON)
def test_whatever_a_callback_holds_it_is_hearsay_at_most(fields: Any) -> None:
    try:
        said = read(json.dumps(fields).encode())
    except NotificationRejected:
        return
    assert said
    assert all(isinstance(word, Hearsay) and OUR_REFERENCE.fullmatch(word.reference or "") for word in said)


# ---- what is told to nobody


def failing(request: requests.PreparedRequest) -> requests.Response:
    """Fail as a client does that names the whole request in its words."""
    raise requests.ConnectionError(f"{request.url} {request.headers} {request.body!r}")


@pytest.mark.parametrize("reply", [says('{"status": 1}'), says("<html>"), cut, silence, failing])
def test_what_the_journal_is_told_holds_no_secret(reply: Reply) -> None:
    at = under_test(SLUG)
    at.operator.once = [reply, reply]
    outcome = flooz(at).start(at.charge({}))
    word = flooz(at).ask(at.inquiry())
    assert isinstance(outcome, Refused | Unanswered)
    assert isinstance(word, NothingKnown | NoWord)
    assert outcome.detail
    assert word.detail
    assert not any(secret in outcome.detail + word.detail for secret in [*SECRETS, *headers(at)])
