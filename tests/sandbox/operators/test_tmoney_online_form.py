"""The order form: every field of the protocol page at its limit and one beyond."""

import pytest

from portal.sandbox.operators._tmoney_online_form import RULES, broken_rule, read_order, read_phone
from tests.sandbox.stage import Stage

GOOD = {
    "sessionid": "1" * 32,
    "merchantid": "1" * 16,
    "amount": "100",
    "currency": "952",
    "purchaseref": "r",
    "brand": "",
}
URL_150 = "https://shop.example/" + "a" * 129


def broken(**changes: str | None) -> str:
    form = {name: value for name, value in (GOOD | changes).items() if value is not None}
    rule = broken_rule(form)
    return rule.name if rule else ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "9999999999"),
        ("purchaseref", "é" * 250),
        ("brand", "é" * 150),
        ("description", "é" * 255),
        ("text", "é" * 250),
        ("accepturl", URL_150),
        ("declineurl", URL_150),
        ("cancelurl", "http://127.0.0.1:8000/return/x/cancel"),
        ("language", "en"),
        ("language", ""),
        ("phonenumber", "90123456"),
        ("phonenumber", "+228 90 12 34 56"),
        ("phonennumber", "22890123456"),
        ("phonenumber", ""),
    ],
)
def test_a_value_at_its_limit_is_taken(field: str, value: str) -> None:
    assert broken(**{field: value}) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sessionid", None),
        ("sessionid", ""),
        ("merchantid", None),
        ("merchantid", "1" * 15),
        ("merchantid", "1" * 17),
        ("amount", None),
        ("amount", "99"),
        ("amount", "099"),
        ("amount", "10000000000"),
        ("amount", "1,000"),
        ("amount", "100.0"),
        ("amount", "-100"),
        ("amount", "١٠٠"),
        ("amount", "100\n"),
        ("currency", None),
        ("currency", "978"),
        ("currency", "XOF"),
        ("purchaseref", None),
        ("purchaseref", ""),
        ("purchaseref", "r" * 251),
        ("brand", None),
        ("brand", "b" * 151),
        ("description", "d" * 256),
        ("text", "t" * 251),
        ("accepturl", URL_150 + "a"),
        ("declineurl", "javascript:alert(1)"),
        ("cancelurl", "/relative"),
        ("cancelurl", "https://shop.example/a b"),
        ("language", "de"),
        ("phonenumber", "9012345"),
        ("phonenumber", "+228 90 12 34 56 "),
        ("phonenumber", "+33612345678"),
        ("phonennumber", "abcdefgh"),
    ],
)
def test_a_value_beyond_it_is_named(field: str, value: str | None) -> None:
    assert broken(**{field: value}) == field


def test_the_page_names_the_field_and_what_it_must_be(stage: Stage) -> None:
    answer = stage.order(amount="99")
    assert answer.status_code == 400
    assert "amount" in answer.text
    assert "3 à 10 chiffres, au moins 100" in answer.text


def test_the_page_speaks_the_order_s_language(stage: Stage) -> None:
    answer = stage.order(amount="99", language="en")
    assert "3 to 10 digits, at least 100" in answer.text


def test_every_field_of_the_form_has_its_rule_once() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)) == 14


def test_both_spellings_of_the_phone_field_are_read() -> None:
    for name in ("phonenumber", "phonennumber"):
        assert read_order(GOOD | {name: "90123456"}).phone == "22890123456"


@pytest.mark.parametrize(
    "typed",
    ["90123456", "90 12 34 56", "+22890123456", "22890123456", "0022890123456", " +228 90\u00a012 34 56 "],
)
def test_a_phone_is_read_in_every_usual_notation(typed: str) -> None:
    assert read_phone(typed) == "22890123456"


@pytest.mark.parametrize(
    "typed", ["", "9012345", "901234567", "+229 90123456", "90-12-34-56", "９０１２３４５６"]
)
def test_what_is_no_togolese_number_is_none(typed: str) -> None:
    assert read_phone(typed) is None
