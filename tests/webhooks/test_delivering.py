"""What a shop is told: every event at least once, signed, by schedule, whatever it answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from portal import db
from portal.notices import mail
from portal.notices.models import Mail
from portal.webhooks import retries
from portal.webhooks.kinds import EventType, Format
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint, Event
from tests.webhooks.conftest import Shop, Told


def only(told: Told, table: type[Any], *conditions: Any) -> dict[str, Any]:
    [row] = told.stage.of(table, *conditions)
    return row


def paid(told: Told) -> str:
    """Let an order of the store be paid; return its public id."""
    order = told.stage.order()
    attempt = told.stage.starts(order)
    told.stage.notifies(attempt["reference"], paymentref=f"P{attempt['reference'][:12]}")
    return str(order.public_id)


def test_a_paid_order_is_told_once_signed_and_as_it_stood(told: Told, shop: Shop) -> None:
    endpoint, _, secret = told.endpoint(f"{shop.url}/ok", types=[EventType.ORDER_PAID])
    order = paid(told)
    told.ticks()
    [(path, headers, body)] = shop.got
    said = json.loads(body)
    assert (path, said["type"], said["data"]["id"]) == ("/ok", "order.paid", order)
    assert said["data"]["checkout_url"].startswith("http")
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signed = Webhook(secret).sign(headers["webhook-id"], moment, body.decode())
    assert headers["webhook-signature"] == signed
    delivery = only(told, Delivery, Delivery.endpoint_id == endpoint)
    assert (delivery["status"], delivery["tries"], delivery["due_at"]) == ("delivered", 1, None)
    event = only(told, Event, Event.id == delivery["event_id"])
    assert headers["webhook-id"] == event["public_id"]
    told.ticks()
    assert len(shop.got) == 1


def test_an_endpoint_is_told_of_what_it_asked_for_since_it_was_made(told: Told, shop: Shop) -> None:
    paid(told)
    told.ticks()
    told.stage.passes(seconds=1)
    told.endpoint(f"{shop.url}/ok")
    paid(told)
    told.ticks()
    assert {json.loads(body)["type"] for _, _, body in shop.got} == {"order.processing", "order.paid"}


def test_a_failed_delivery_is_tried_by_schedule_and_then_given_up(told: Told, shop: Shop) -> None:
    shop.answers["/bad"] = (500, b"<h1>oops</h1>")
    endpoint, _, _ = told.endpoint(f"{shop.url}/bad", types=[EventType.ORDER_PAID])
    paid(told)
    told.ticks()
    for wait in retries.AFTER[:3]:
        told.stage.passes(seconds=int(wait.total_seconds()) - 1)
        told.ticks()
        before = len(shop.got)
        told.stage.passes(seconds=1)
        told.ticks()
        assert len(shop.got) == before + 1
    row = only(told, Delivery, Delivery.endpoint_id == endpoint)
    assert (row["status"], row["tries"]) == ("pending", 4)
    tries = told.stage.of(DeliveryAttempt, DeliveryAttempt.delivery_id == row["id"])
    assert [(one["status"], one["answer"]) for one in tries] == [(500, b"<h1>oops</h1>")] * 4
    assert len({body for _, _, body in shop.got}) == 1
    assert len({headers["webhook-id"] for _, headers, _ in shop.got}) == 1


def test_an_endpoint_that_is_gone_is_told_no_more_and_loses_nothing(told: Told, shop: Shop) -> None:
    shop.answers["/gone"] = (410, b"")
    endpoint, _, _ = told.endpoint(f"{shop.url}/gone", types=[EventType.ORDER_PAID])
    paid(told)
    told.ticks()
    assert only(told, Endpoint, Endpoint.id == endpoint)["state"] == "gone"
    paid(told)
    told.stage.passes(hours=1)
    told.ticks()
    assert len(shop.got) == 1
    rows = told.stage.of(Delivery, Delivery.endpoint_id == endpoint)
    assert [row["status"] for row in rows] == ["pending", "pending"]


def test_a_redirect_is_a_failure_and_is_not_followed(told: Told, shop: Shop) -> None:
    shop.answers["/moved"] = (302, b"")
    endpoint, _, _ = told.endpoint(f"{shop.url}/moved", types=[EventType.ORDER_PAID])
    paid(told)
    told.ticks()
    assert [path for path, _, _ in shop.got] == ["/moved"]
    assert only(told, Delivery, Delivery.endpoint_id == endpoint)["status"] == "pending"


def test_dns_that_changed_its_mind_leads_nowhere(told: Told, shop: Shop) -> None:
    endpoint, _, _ = told.endpoint("https://shop.example/hook", types=[EventType.ORDER_PAID])
    told.deliverer.poster.allow_private = False
    told.deliverer.poster.resolver = lambda *_: ["93.184.216.34", "127.0.0.1"]
    paid(told)
    told.ticks()
    row = only(told, Delivery, Delivery.endpoint_id == endpoint)
    tried = only(told, DeliveryAttempt, DeliveryAttempt.delivery_id == row["id"])
    assert (tried["status"], tried["error"]) == (None, "the address is not a public one")
    assert shop.got == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, b'{"code": "2001"}'), "delivered"),
        ((200, b'{"code": 2001}'), "delivered"),
        ((200, b"ok"), "pending"),
        ((200, b"[" * 2000), "pending"),
        ((200, b'{"code": "2000"}'), "pending"),
        ((201, b'{"code": "2001"}'), "pending"),
    ],
)
def test_a_callback_is_taken_by_its_code_alone(
    told: Told, shop: Shop, answer: tuple[int, bytes], status: str
) -> None:
    shop.answers["/cb"] = answer
    endpoint, _, _ = told.endpoint(
        f"{shop.url}/cb", format=Format.PARTNER_CALLBACK, types=[EventType.ORDER_PAID]
    )
    paid(told)
    told.ticks()
    fields = json.loads(shop.got[0][2])
    assert len(fields) == 14
    assert (fields["code"], fields["statutRequete"], fields["montant"]) == ("2002", "SUCCES", 500)
    assert only(told, Delivery, Delivery.endpoint_id == endpoint)["status"] == status


def test_after_three_days_of_failing_an_endpoint_is_paused_its_people_written_to_and_it_comes_back(
    told: Told, shop: Shop
) -> None:
    shop.answers["/sick"] = (503, b"")
    endpoint, _, _ = told.endpoint(f"{shop.url}/sick", types=[EventType.ORDER_PAID])
    paid(told)
    told.ticks()
    for _ in range(12):
        told.stage.passes(hours=7)
        told.ticks()
    assert only(told, Endpoint, Endpoint.id == endpoint)["state"] == "paused"
    letter = only(told, Mail, Mail.merchant_id == told.stage.merchant.id)
    assert f"{shop.url}/sick" in letter["body"]
    paid(told)
    shop.answers.clear()
    before = len(shop.got)
    told.stage.passes(hours=1)
    told.ticks()  # the probe
    assert only(told, Endpoint, Endpoint.id == endpoint)["state"] == "enabled"
    told.ticks()
    rows = told.stage.of(Delivery, Delivery.endpoint_id == endpoint)
    assert {row["status"] for row in rows} == {"delivered"}
    assert len(shop.got) == before + len(rows)


def test_a_mail_is_written_to_a_file_where_no_server_is_named(told: Told) -> None:
    with told.stage.app.app_context():
        with db.writing() as tx:
            mail.post(tx, told.stage.clock, recipient="owner@shop.example", subject="Bonjour", body="Été")
        found = only(told, Mail, Mail.recipient == "owner@shop.example")
        assert mail.send(told.stage.clock, found["id"], found["fence"])
    folder = told.stage.app.extensions["cross"].settings.instance / "mail"
    assert any("owner@shop.example" in one.read_text() for one in folder.iterdir())
    assert only(told, Mail, Mail.id == found["id"])["due_at"] is None
