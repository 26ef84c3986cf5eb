"""The journal: everything that went over the wire, no secret, no end of memory."""

import pytest

from portal.sandbox.journal import BODY_CHARACTERS, Entry, Journal, showable_body, showable_url
from tests.sandbox.stage import Stage

FORM = "application/x-www-form-urlencoded"


def entry(reference: str = "", operator: str = "tmoney-online") -> Entry:
    return Entry(operator, "in", "GET", "http://x/", "127.0.0.1", 200, reference=reference)


def test_the_newest_entry_is_the_last_and_the_oldest_is_forgotten() -> None:
    journal = Journal(lambda: 0.0, kept=3)
    for number in range(5):
        journal.record(entry(str(number)))
    assert [one["reference"] for one in journal.entries()] == ["2", "3", "4"]


def test_an_entry_has_its_time_in_utc() -> None:
    journal = Journal(lambda: 1_469_024_554.25)
    journal.record(entry())
    assert journal.entries()[0]["time"] == "2016-07-20T14:22:34.250Z"


def test_entries_are_found_by_operator_and_reference() -> None:
    journal = Journal(lambda: 0.0)
    for operator, reference in (("tmoney-online", "a"), ("flooz", "a"), ("flooz", "b")):
        journal.record(entry(reference, operator))
    assert len(journal.entries(operator="flooz")) == 2
    assert len(journal.entries(reference="a")) == 2
    assert len(journal.entries(operator="flooz", reference="a")) == 1
    assert journal.entries(operator="moneyfusion") == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, "amount=100&pin=4711&otp=4711&sessionid=4711"),
        (FORM, "PIN=4711&Password=4711&api_key=4711"),
        (
            "application/json; charset=utf-8",
            '{"a": [{"password": "4711"}], "privateKey": 4711, "token": "4711"}',
        ),
        ("application/problem+json", '{"authorization": {"user": "4711"}}'),
        ("application/json", '{"nomUtilisateur": "demo", "motDePasse": "4711"}'),
        ("application/json", '{"pin": "4711"'),
        ("text/plain", "OK:4711"),
        ("application/jose", "4711"),
        ("", "4711"),
    ],
)
def test_no_secret_reaches_it(kind: str, body: str) -> None:
    shown = showable_body(kind, body)
    assert shown
    assert "4711" not in shown


def test_what_is_no_secret_stays_readable() -> None:
    assert showable_body(FORM, "amount=100&brand=Chez+Ama&text=") == "amount=100&brand=Chez+Ama&text="
    assert showable_body("application/json", '{"code": "2002", "nom": "é"}') == '{"code": "2002", "nom": "é"}'
    assert showable_body("text/plain; charset=utf-8", "NOK:UNKNOWN_MERCHANT") == "NOK:UNKNOWN_MERCHANT"


def test_an_empty_secret_is_seen_to_be_empty() -> None:
    assert showable_body(FORM, "pin=&otp=1") == "pin=&otp=[redacted]"


def test_a_url_loses_the_secrets_of_its_query() -> None:
    assert showable_url("http://x/p?token=4711&a=1") == "http://x/p?token=[redacted]&a=1"
    assert showable_url("http://x/p") == "http://x/p"


def test_a_url_loses_the_key_that_is_a_merchant_s_secret_at_moneyfusion() -> None:
    assert showable_url("http://x/moneyfusion/shop/4711/pay/") == "http://x/moneyfusion/shop/[redacted]/pay/"
    assert showable_url("http://x/moneyfusion/shop/4711/pay?a=1") == (
        "http://x/moneyfusion/shop/[redacted]/pay?a=1"
    )
    assert showable_url("http://x/moneyfusion/page/4711") == "http://x/moneyfusion/page/4711"


def test_what_is_no_url_at_all_is_not_shown() -> None:
    assert showable_url("http://[") == "[redacted]"


def test_a_webhook_url_in_a_body_loses_the_secrets_of_its_query() -> None:
    shown = showable_body("application/json", '{"webhook_url": "http://x/n?secret=4711&a=1"}')
    assert shown == '{"webhook_url": "http://x/n?secret=[redacted]&a=1"}'


@pytest.mark.parametrize("kind", [FORM, "text/plain", "application/json"])
def test_a_body_is_capped(kind: str) -> None:
    body = '"' + "a" * 100_000 + '"'
    assert len(showable_body(kind, body)) == BODY_CHARACTERS


def test_deeply_nested_json_is_only_measured() -> None:
    assert showable_body("application/json", "[" * 100_000) == "[unreadable JSON, 100000 characters]"


def test_a_whole_payment_is_journalled_without_a_secret(stage: Stage) -> None:
    shopper = stage.open()
    shopper.identifies(pin="0000")
    shopper.pays()
    stage.time.passes()

    entries = stage.journal(operator="tmoney-online")
    assert [(one["direction"], one["method"], one["status"]) for one in entries] == [
        ("in", "GET", 200),
        ("in", "POST", 303),
        ("in", "POST", 303),
        ("in", "POST", 303),
        ("in", "POST", 303),
        ("out", "GET", 200),
    ]
    assert entries[1]["address"] == "127.0.0.1"
    assert entries[-1]["reply"] == "OK"
    forms = "&".join(one["body"] for one in entries)
    assert "sessionid=[redacted]" in forms
    assert forms.count("pin=[redacted]") == 2
    assert "otp=[redacted]" in forms
    assert {one["reference"] for one in entries[1:]} == {"att_1"}
