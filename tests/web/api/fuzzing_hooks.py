"""The room of what JSON Schema cannot say, for Schemathesis: texts that are right where the document names a format.

Loaded into its process. Addresses are of this machine, so that nobody is called.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789/-._~?=&", max_size=40)
SITE = "https://boutique.example"
PARTNER = "partner_callback"
MASK = "•"
CARRIED = {"order.processing", "order.paid", "order.payment_failed", "ping"}
CURSOR = "a-cursor-of-that-list"
USABLE = re.compile(r"[ -~]{1,255}")
ASKING = {"Authorization": f"Bearer {os.environ['ASKING']}"}
CURSORS: dict[str, str] = json.loads(os.environ["CURSORS"])

schemathesis.openapi.format(
    "uri", st.builds("{}://127.0.0.1:9/{}".format, st.sampled_from(["http", "https"]), PATHS)
)
schemathesis.openapi.format(
    "phone",
    st.builds("{}{:06d}".format, st.sampled_from(["+228 90", "90", "+22893"]), st.integers(0, 999_999)),
)
schemathesis.openapi.format("cursor", st.just(CURSOR))
schemathesis.openapi.format("origin", st.just(SITE))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Say what depends on the state of things as a shop's program does."""
    query, headers, body = case.query or {}, case.headers or {}, case.body
    if query.get("cursor") == CURSOR:  # they are sealed, and each list has its own
        query["cursor"] = CURSORS[case.operation.path]
    if USABLE.fullmatch(headers.get("Idempotency-Key", "")):  # new for each call
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key'][:200]}{uuid.uuid4()}"
    if isinstance(body, dict):
        # To JSON Schema 5.0 is the integer 5; of us it is promised that money takes no decimals.
        body.update({name: int(value) for name, value in body.items() if is_whole(value)})
        if case.meta.generation.mode.is_positive:
            if "refund_amount_available" in body:
                body["refund_amount_available"] = left_of(case)
            customer = body.get("customer")
            if isinstance(customer, dict) and MASK in str(customer.get("phone")):
                customer["phone"] = "+22890112233"  # an answer's masked number is nobody's
            if body.get("events") and format_of(case) == PARTNER:
                body["events"] = [one for one in body["events"] if one in CARRIED] or sorted(CARRIED)


def format_of(case: Any) -> str | None:
    """Return the format of the endpoint that is made or changed: not each carries every type of event."""
    if "endpoint_id" not in (case.path_parameters or {}):
        return str(case.body.get("format"))
    return str(looked_at(case, f"/webhook-endpoints/{case.path_parameters['endpoint_id']}").get("format"))


def is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def left_of(case: Any) -> int:
    """Look at the order before its money is sent back."""
    order = looked_at(case, f"/orders/{case.path_parameters['order_id']}")
    return int(order.get("refund_amount_available", 0))


def looked_at(case: Any, path: str) -> dict[str, Any]:
    """Return what stands there for the store that asks; nothing where it has no such thing."""
    answer = requests.get(f"{case.operation.base_url}/api/v1{path}", headers=ASKING, timeout=10)
    return dict(answer.json()) if answer.ok else {}
