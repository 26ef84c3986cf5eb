"""The shop's endpoints by program: made, changed, tested, ended; each store and mode its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from config import Settings
from portal import db, telling
from portal.webhooks.models import Delivery, Endpoint
from tests.conftest import running, settings_for
from tests.factories import AMerchant, a_merchant, an_api_key

URL = "http://127.0.0.1:9/hook"
Calls = Callable[..., TestResponse]


@pytest.fixture
def app(settings: Settings, tmp_path: Any) -> Iterator[Flask]:
    """Give a portal that may call this machine, as the demo's may."""
    with running(settings_for(settings.database_url, tmp_path, WEBHOOKS_ALLOW_PRIVATE="1")) as app:
        yield app


@pytest.fixture
def merchant(app: Flask) -> AMerchant:
    with app.app_context():
        return a_merchant()


@pytest.fixture
def call(app: Flask, client: FlaskClient, merchant: AMerchant) -> Calls:
    """Call the API: `call("POST", "/webhook-endpoints", url=…)`, with a key of that store unless another is given."""
    with app.app_context():
        own = an_api_key(merchant).headers

    def calls(method: str, path: str, headers: Any = None, once: str = "", **fields: Any) -> TestResponse:
        sent = {**(headers or own), **({"Idempotency-Key": once} if once else {})}
        return client.open(f"/api/v1{path}", method=method, headers=sent, json=fields or None)

    return calls


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(app: Flask, call: Calls) -> None:
    made = call("POST", "/webhook-endpoints", url=URL, events=["order.paid"], once="one")
    assert made.status_code == 201, made.text
    found = made.get_json()
    assert found["secret"].startswith("whsec_")
    assert (found["status"], found["events"], found["format"]) == ("enabled", ["order.paid"], "standard")
    shown = call("GET", f"/webhook-endpoints/{found['id']}").get_json()
    assert shown == {name: value for name, value in found.items() if name != "secret"}
    assert call("GET", "/webhook-endpoints").get_json()["data"] == [shown]
    again = call("POST", "/webhook-endpoints", url=URL, events=["order.paid"], once="one")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (made.data, "true")
    with app.app_context(), db.reading() as connection:
        kept = connection.execute(select(Endpoint).where(Endpoint.public_id == found["id"])).mappings().one()
    assert found["secret"] not in str(dict(kept))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://shop.example/"}, "url"),
        ({"url": "https://user:pw@shop.example/"}, "url"),
        ({"url": "http://no-such-host.invalid/"}, "url"),
        ({"url": URL, "events": ["order.lost"]}, "events.0"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "format": "xml"}, "format"),
        ({"url": URL, "format": "partner_callback", "events": ["refund.failed"]}, "events"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({"url": URL, "description": "x" * 256}, "description"),
    ],
)
def test_what_is_wrong_is_named(call: Calls, fields: dict[str, Any], field: str) -> None:
    answer = call("POST", "/webhook-endpoints", **(fields or {"description": "no url"}))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_an_address_of_this_machine_is_refused_where_it_is_not_allowed(
    settings: Settings, tmp_path: Any
) -> None:
    with running(settings_for(settings.database_url, tmp_path, WEBHOOKS_ALLOW_PRIVATE="0")) as strict:
        with strict.app_context():
            headers = an_api_key(a_merchant()).headers
        answer = strict.test_client().post("/api/v1/webhook-endpoints", json={"url": URL}, headers=headers)
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {"url": ["Its host is not on the public internet."]}


def test_another_stores_endpoint_is_not_there(app: Flask, call: Calls) -> None:
    public_id = call("POST", "/webhook-endpoints", url=URL).get_json()["id"]
    with app.app_context():
        foreign = an_api_key(a_merchant()).headers
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/rotate-secret"),
    ):
        fields = {"description": "mine"} if method == "PATCH" else {}
        assert (
            call(method, f"/webhook-endpoints/{public_id}{path}", headers=foreign, **fields).status_code
            == 404
        )
    assert call("GET", "/webhook-endpoints", headers=foreign).get_json()["data"] == []


def test_an_endpoint_is_changed_switched_off_and_on_and_deleted(call: Calls) -> None:
    path = f"/webhook-endpoints/{call('POST', '/webhook-endpoints', url=URL).get_json()['id']}"
    assert call("PATCH", path, enabled=False).get_json()["status"] == "disabled"
    assert call("POST", f"{path}/test").get_json()["code"] == "endpoint_off"
    assert call("PATCH", path, enabled=True, events=["order.paid"]).get_json()["events"] == ["order.paid"]
    assert call("PATCH", path, enabled="yes").status_code == 422
    first = call("POST", f"{path}/rotate-secret").get_json()
    assert first["secret_rotates_until"] is not None
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404


def test_a_ping_is_delivered_and_what_came_of_it_is_shown(app: Flask, call: Calls) -> None:
    path = f"/webhook-endpoints/{call('POST', '/webhook-endpoints', url=URL).get_json()['id']}"
    sent = call("POST", f"{path}/test")
    assert (sent.status_code, sent.get_json()["event_type"]) == (202, "ping")
    with app.app_context():
        telling.deliverer(app).tick()  # nobody listens on that port
    delivery = call("GET", f"/webhook-deliveries/{sent.get_json()['id']}").get_json()
    assert (delivery["status"], delivery["tries"]) == ("pending", 1)
    [tried] = delivery["attempts"]
    assert (tried["status"], tried["error"]) == (None, "no answer: ConnectionRefusedError")
    assert call("POST", f"/webhook-deliveries/{delivery['id']}/redeliver").get_json()["tries"] == 0
    listed = call("GET", "/webhook-deliveries?status=pending&type=ping").get_json()
    assert [one["id"] for one in listed["data"]] == [delivery["id"]]
    assert listed["next_cursor"] is None


def test_all_since_a_moment_or_only_what_was_missed_is_sent_again(
    app: Flask, call: Calls, merchant: AMerchant
) -> None:
    public_id = call("POST", "/webhook-endpoints", url=URL).get_json()["id"]
    path = f"/webhook-endpoints/{public_id}/redeliver"
    sent = [call("POST", f"/webhook-endpoints/{public_id}/test").get_json() for _ in range(3)]
    with app.app_context(), db.writing() as tx:
        taken = Delivery.public_id == sent[0]["id"]
        tx.execute(update(Delivery).where(taken).values(status="delivered", due_at=None, tries=1))
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        tx.execute(
            update(Delivery).where(Delivery.public_id == sent[1]["id"]).values(created_at=long_ago, tries=4)
        )
    missed = call("POST", path, since="2024-01-01T00:00:00Z", only_failed=True, once="missed")
    assert missed.status_code == 202
    assert missed.get_json() == {"object": "webhook_redelivery", "endpoint_id": public_id, "deliveries": 1}
    assert statuses(call) == ["pending", "pending", "delivered"]
    assert call("POST", path, since="2024-01-01T00:00:00Z").get_json()["deliveries"] == 2
    assert statuses(call) == ["pending", "pending", "pending"]
    assert call("POST", path, since="2019-01-01T00:00:00+01:00").get_json()["deliveries"] == 3
    again = call("POST", path, since="2024-01-01T00:00:00Z", only_failed=True, once="missed")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (missed.data, "true")


def statuses(call: Calls) -> list[str]:
    """Return where the deliveries stand, newest first."""
    return [one["status"] for one in call("GET", "/webhook-deliveries").get_json()["data"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"only_failed": True}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2024-01-01T00:00:00Z", "only_failed": "yes"}, "only_failed"),
        ({"since": "2024-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}, "until"),
    ],
)
def test_what_is_to_be_sent_again_is_said_exactly(call: Calls, fields: dict[str, Any], field: str) -> None:
    public_id = call("POST", "/webhook-endpoints", url=URL).get_json()["id"]
    answer = call("POST", f"/webhook-endpoints/{public_id}/redeliver", **fields)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_nothing_is_sent_again_to_what_is_switched_off_or_anothers(app: Flask, call: Calls) -> None:
    public_id = call("POST", "/webhook-endpoints", url=URL).get_json()["id"]
    path, since = f"/webhook-endpoints/{public_id}", "2024-01-01T00:00:00Z"
    with app.app_context():
        foreign = an_api_key(a_merchant()).headers
        reader = an_api_key(a_merchant(), scopes=["read"]).headers
    assert call("POST", f"{path}/redeliver", headers=foreign, since=since).status_code == 404
    assert call("POST", f"{path}/redeliver", headers=reader, since=since).status_code == 403
    call("PATCH", path, enabled=False)
    assert call("POST", f"{path}/redeliver", since=since).get_json()["code"] == "endpoint_off"


def test_a_store_has_so_many_endpoints_and_no_more(call: Calls) -> None:
    for _ in range(20):
        assert call("POST", "/webhook-endpoints", url=URL).status_code == 201
    assert call("POST", "/webhook-endpoints", url=URL).get_json()["code"] == "too_many_endpoints"
