"""What a shop's server says to Cross.

CROSS_URL=https://pay.example CROSS_API_KEY=sk_test_… python shop.py order 500 CMD-1001
python shop.py order AMOUNT REFERENCE | refund ORDER AMOUNT | events [AFTER] | verify < body
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import requests
from standardwebhooks import Webhook


def call(method: str, path: str, **options: Any) -> Any:
    """Call the API; raise where it objects: its answer says what to do."""
    headers = {"Authorization": f"Bearer {os.environ['CROSS_API_KEY']}", **options.pop("headers", {})}
    url = f"{os.environ['CROSS_URL']}/api/v1{path}"
    answer = requests.request(method, url, headers=headers, timeout=15, **options)
    answer.raise_for_status()
    return answer.json()


def order(amount: str, reference: str) -> Any:
    """Make an order. A key of your own makes a repeated call the same call: nobody is charged twice."""
    wanted = {"amount": int(amount), "reference": reference}
    return call("POST", "/orders", json=wanted, headers={"Idempotency-Key": f"order-{reference}"})


def refund(order_id: str, amount: str) -> Any:
    """Send money back to the wallet that paid."""
    key = {"Idempotency-Key": f"refund-{order_id}-{amount}"}
    return call("POST", f"/orders/{order_id}/refunds", json={"amount": int(amount)}, headers=key)


def events(after: str | None = None) -> Any:
    """Return what happened after that event, oldest first: for a shop that was away."""
    return call("GET", "/events", params={"limit": 100, "after": after})


def verify() -> Any:
    """Return what a webhook says; raise WebhookVerificationError where it is not from Cross."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: os.environ[name.upper().replace("-", "_")] for name in names}
    return Webhook(os.environ["WEBHOOK_SECRET"]).verify(sys.stdin.read(), headers)


if __name__ == "__main__":
    calls: dict[str, Callable[..., Any]] = {
        "order": order,
        "refund": refund,
        "events": events,
        "verify": verify,
    }
    what, *words = sys.argv[1:]
    print(json.dumps(calls[what](*words)))
