from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from portal.webhooks import formats
from portal.webhooks.formats import Partner
from portal.webhooks.kinds import EventType, Format
from portal.webhooks.outbox import CARRIED
from tests.webhooks.sockets import parcel

ATTEMPT = {
    "id": "att_1",
    "status": "paid",
    "operator_reference": "T1",
    "amount": 500,
    "phone": "+22890••••33",
    "created_at": "2026-03-04T08:59:00Z",
}
ORDER = {
    "object": "order",
    "id": "ord_1",
    "amount": 500,
    "reference": "CMD-1",
    "description": "Café — deux pagnes",
    "checkout_url": "/pay/abc",
    "attempts": [ATTEMPT, ATTEMPT | {"id": "att_2", "status": "failed", "operator_reference": None}],
}


def said(kind: str, form: Format, **changes: Any) -> Any:
    one = replace(parcel("https://shop.example/"), kind=kind, format=form, payload=ORDER | changes)
    return json.loads(
        formats.body(one, site="https://pay.example", partner=lambda _: Partner("mer_1", "Akofa"))
    )


def test_an_event_says_its_type_its_time_and_the_order_as_it_then_stood() -> None:
    assert said("order.paid", Format.STANDARD) == {
        "type": "order.paid",
        "timestamp": "2026-03-04T00:00:00Z",
        "data": ORDER | {"checkout_url": "https://pay.example/pay/abc"},
    }


def test_every_try_says_the_same() -> None:
    one = replace(parcel("https://shop.example/"), payload=ORDER)
    texts = {formats.body(one, site="", partner=lambda _: Partner("", "")) for _ in range(5)}
    assert len(texts) == 1
    assert "Café" in texts.pop()


@pytest.mark.parametrize(
    ("kind", "code", "status", "attempt"),
    [
        ("order.processing", "2000", "EN ATTENTE", "att_2"),
        ("order.paid", "2002", "SUCCES", "att_1"),
        ("order.payment_failed", "500", "ECHEC", "att_2"),
    ],
)
def test_a_callback_says_the_fourteen_fields_of_the_attempt_that_it_is_about(
    kind: str, code: str, status: str, attempt: str
) -> None:
    found = said(kind, Format.PARTNER_CALLBACK)
    assert (found["code"], found["statutRequete"], found["idRequete"]) == (code, status, attempt)
    assert list(found) == [
        "code", "message", "description", "refTmoney", "dateHeureTmoney", "idRequete", "statutRequete",
        "typeRequete", "dateHeureRequete", "refCommande", "montant", "numeroClient", "idPartenaire", "nomPartenaire",
    ]  # fmt: skip
    assert (found["refCommande"], found["montant"], found["idPartenaire"]) == ("CMD-1", 500, "mer_1")
    assert found["dateHeureRequete"] == "2026-03-04 08:59:00"


def test_a_ping_has_words_in_both_formats_and_what_has_none_is_not_carried() -> None:
    assert said("ping", Format.STANDARD)["type"] == "ping"
    assert said("ping", Format.PARTNER_CALLBACK, attempts=[])["code"] == "2000"
    assert CARRIED[Format.PARTNER_CALLBACK] == set(formats.WORDS)
    assert CARRIED[Format.STANDARD] == set(EventType)


@pytest.mark.parametrize("status", range(100, 600, 3))
def test_any_2xx_means_that_the_event_was_taken_and_nothing_else_does(status: int) -> None:
    assert formats.is_taken(Format.STANDARD, status, b"") == (status // 100 == 2)


@pytest.mark.parametrize(
    ("status", "answer", "taken"),
    [
        (200, b'{"code": "2001"}', True),
        (200, b'{"code": 2001, "message": "ok"}', True),
        (201, b'{"code": "2001"}', False),
        (200, b'{"code": "2000"}', False),
        (200, b'{"code": true}', False),
        (200, b'{"code": 2001.0}', False),
        (200, b'["2001"]', False),
        (200, b"2001", False),
        (200, b"", False),
        (200, b"\xff\xfe", False),
        (200, b"[" * 2048, False),
        (500, b'{"code": "2001"}', False),
    ],
)
def test_a_callback_is_taken_by_200_and_code_2001_alone(status: int, answer: bytes, *, taken: bool) -> None:
    assert formats.is_taken(Format.PARTNER_CALLBACK, status, answer) is taken
