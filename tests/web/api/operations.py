"""The room of every call that the document names, and of a store that has one of everything to call them about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from tests.factories import AMerchant, AnApiKey, a_merchant, an_account, an_api_key, an_attempt, an_order

METHODS = ("get", "post", "patch", "delete")
BODIES: Mapping[str, Mapping[str, Any]] = {
    "createOrder": {"amount": 500, "reference": "CMD-1"},
    "createRefund": {"amount": 1},
    "createPaymentLink": {"title": "Pagne", "amount": 500},
    "updatePaymentLink": {"title": "Pagne"},
    "createWebhookEndpoint": {"url": "http://127.0.0.1:9/hook"},
    "updateWebhookEndpoint": {"description": "du site"},
    "redeliverWebhooks": {"since": "2026-01-01T00:00:00Z"},
}
"""A right body of each call that needs one; the others take `{}`."""


@dataclass(frozen=True)
class Operation:
    """One call of the document: `path` with its `{names}`, and whether it takes a body."""

    id: str
    method: str
    path: str
    has_body: bool
    statuses: frozenset[int]

    @property
    def about(self) -> str | None:
        """Return the name of the id in its address."""
        return self.path.split("{")[1].split("}")[0] if "{" in self.path else None

    @property
    def body(self) -> dict[str, Any]:
        return dict(BODIES.get(self.id, {}))


def operations(client: FlaskClient) -> Iterator[Operation]:
    """Give every call of the document."""
    document = client.get("/api/v1/openapi.json").get_json()
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                call = item[method]
                statuses = frozenset(int(status) for status in call["responses"])
                yield Operation(call["operationId"], method, path, "requestBody" in call, statuses)


@dataclass
class Shop:
    """A store's program with its key, and the ids of what the store has, by the name that the document calls them."""

    client: FlaskClient
    merchant: AMerchant
    key: AnApiKey
    ids: dict[str, str] = field(default_factory=dict)

    def call(
        self, operation: Operation, *, ids: Mapping[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """Call it about what the store has (or about `ids`)."""
        path = operation.path.format(**(self.ids if ids is None else ids))
        headers = {**self.key.headers, **options.pop("headers", {})}
        return self.client.open(path, method=operation.method.upper(), headers=headers, **options)

    def send(self, operation: Operation, body: bytes, **headers: str) -> TestResponse:
        """Call it with a body as it stands."""
        return self.call(operation, data=body, headers={"Content-Type": "application/json", **headers})


def a_shop(app: Flask, name: str = "akofa") -> Shop:
    """Open a store that has one of everything."""
    client = app.test_client()
    with app.app_context():
        merchant = a_merchant(name=name)
        key = an_api_key(merchant)
        order = an_order(merchant)
        an_attempt(order, an_account(merchant), then=[Accepted(), Paid(Money(500), f"T-{name}")])
    shop = Shop(client, merchant, key)

    def made(path: str, **body: Any) -> str:
        answer = client.post(f"/api/v1{path}", json=body, headers=key.headers)
        assert answer.status_code in {201, 202}, answer.text
        return str(answer.get_json()["id"])

    endpoint = made("/webhook-endpoints", url="http://127.0.0.1:9/hook")
    shop.ids = {
        "order_id": order.public_id,
        "refund_id": made(f"/orders/{order.public_id}/refunds", amount=100),
        "link_id": made("/payment-links", title="Pagne", amount=500),
        "endpoint_id": endpoint,
        "delivery_id": made(f"/webhook-endpoints/{endpoint}/test"),
    }
    return shop
