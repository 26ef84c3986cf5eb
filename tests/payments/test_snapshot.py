"""An order's outward face, and what it promises: when money moved, and when all is finished."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from portal.payments.snapshot import money_moved, order_object, timestamp
from portal.webhooks.models import Event
from tests.machines.clocks import NOON
from tests.machines.stage import Stage

ORDER: dict[str, Any] = {
    "public_id": "ord_1",
    "token": "tok",
    "mode": "test",
    "status": "open",
    "amount": 500,
    "currency": "XOF",
    "amount_paid": 0,
    "amount_refunded": 0,
    "paid_late": False,
    "source": "api",
    "reference": "CMD-1",
    "reference_verified": True,
    "description": "",
    "customer": None,
    "details": {"panier": "7"},
    "return_url": None,
    "cancel_url": None,
    "created_at": NOON,
    "expires_at": NOON + timedelta(hours=24),
    "paid_at": None,
}
DECIDED = {"reason": "double_payment", "public_id": "rev_1", "opened_at": NOON, "decision": "accepted"}
UNDECIDED = DECIDED | {"decision": None}


def attempt(status: str, *, confirmed: bool) -> dict[str, Any]:
    nothing = dict.fromkeys(("operator_reference", "fee", "phone", "failure_code"))
    known = {"public_id": "att_1", "operator": "tmoney-online", "amount": 500, "created_at": NOON}
    return nothing | known | {"status": status, "confirmed": confirmed}


PAID, FAILED = attempt("paid", confirmed=True), attempt("failed", confirmed=True)
LEFT, WAITING = attempt("cancelled", confirmed=False), attempt("waiting", confirmed=False)


@pytest.mark.parametrize(
    ("attempts", "moved"),
    [
        ([], "no"),
        ([FAILED], "no"),
        ([FAILED, FAILED], "no"),
        ([WAITING], "unknown"),
        ([LEFT], "unknown"),
        ([LEFT, FAILED], "unknown"),
        ([FAILED, LEFT], "unknown"),
        ([PAID], "yes"),
        ([LEFT, PAID], "yes"),
        ([PAID, LEFT], "yes"),
    ],
)
def test_money_moved_after_any_payment_and_is_unknown_while_an_attempt_is(
    attempts: list[dict[str, Any]], moved: str
) -> None:
    assert money_moved(attempts) == moved


@pytest.mark.parametrize(
    ("status", "attempts", "reviews", "finished"),
    [
        ("open", [], [], False),
        ("processing", [WAITING], [], False),
        ("review", [PAID], [UNDECIDED], False),
        ("paid", [PAID], [], True),
        ("paid", [LEFT, PAID], [], True),
        ("paid", [PAID], [UNDECIDED], False),
        ("paid", [PAID], [DECIDED], True),
        ("expired", [], [], True),
        ("expired", [LEFT], [], False),
        ("expired", [FAILED], [], True),
        ("cancelled", [FAILED], [], True),
        ("cancelled", [LEFT], [], False),
        ("closed", [PAID], [DECIDED], True),
    ],
)
def test_an_order_is_finished_when_nothing_can_change_and_nobody_must_decide(
    status: str, attempts: list[dict[str, Any]], reviews: list[dict[str, Any]], *, finished: bool
) -> None:
    assert order_object(ORDER | {"status": status}, attempts, reviews)["finished"] is finished


def test_the_object_is_what_the_interface_promises() -> None:
    tried = attempt("waiting", confirmed=False) | {"phone": "+22890112233"}
    assert order_object(
        ORDER | {"status": "processing"}, [tried], [UNDECIDED], public_url="https://pay.tg"
    ) == {
        "id": "ord_1",
        "object": "order",
        "mode": "test",
        "status": "processing",
        "finished": False,
        "money_moved": "unknown",
        "amount": 500,
        "currency": "XOF",
        "amount_paid": 0,
        "amount_refunded": 0,
        "paid_late": False,
        "review": [
            {
                "id": "rev_1",
                "reason": "double_payment",
                "opened_at": "2026-03-04T12:00:00Z",
                "decision": None,
            }
        ],
        "source": "api",
        "reference": "CMD-1",
        "reference_verified": True,
        "description": "",
        "customer": None,
        "metadata": {"panier": "7"},
        "checkout_url": "https://pay.tg/pay/tok",
        "return_url": None,
        "cancel_url": None,
        "created_at": "2026-03-04T12:00:00Z",
        "expires_at": "2026-03-05T12:00:00Z",
        "paid_at": None,
        "attempts": [
            {
                "id": "att_1",
                "operator": "tmoney-online",
                "status": "waiting",
                "operator_reference": None,
                "amount": 500,
                "fee": None,
                "phone": "+228 90••••33",
                "created_at": "2026-03-04T12:00:00Z",
                "failure_code": None,
            }
        ],
    }


def test_a_moment_is_told_in_utc_to_the_second() -> None:
    lome_plus_two = datetime(2026, 3, 4, 14, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(lome_plus_two) == "2026-03-04T12:00:00Z"
    assert timestamp(datetime(2026, 3, 4, tzinfo=UTC)) == "2026-03-04T00:00:00Z"
    assert timestamp(None) is None


def test_an_event_carries_the_order_as_it_stands_after_its_step(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"])
    processing, paid = (event["payload"] for event in stage.of(Event, Event.order_id == order.id))
    assert (processing["status"], processing["money_moved"]) == ("processing", "unknown")
    assert [one["status"] for one in processing["attempts"]] == ["starting"]
    assert (paid["status"], paid["money_moved"], paid["finished"]) == ("paid", "yes", True)
    assert [one["status"] for one in paid["attempts"]] == ["paid"]
    assert paid["attempts"][0]["phone"] == "+228 90••••33"
    assert paid["checkout_url"] == f"/pay/{order.token}"


def test_an_event_of_a_review_shows_the_item_that_it_is_about(stage: Stage) -> None:
    order = stage.order()
    stage.notifies(stage.starts(order)["reference"], amount="200")
    payload = stage.of(Event, Event.order_id == order.id)[-1]["payload"]
    assert [item["reason"] for item in payload["review"]] == ["amount_mismatch"]
    assert payload["finished"] is False
