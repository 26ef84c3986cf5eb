"""A receipt can be checked by anyone: merchant, amount, date, present state, and nothing about the payer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from portal import db
from portal.payments.models import Order
from tests.machines.stage import Row, Stage


def a_paid_order(stage: Stage) -> Row:
    order = stage.order(customer={"name": "Ama KOFFI", "phone": "+22890112233"})
    stage.notifies(stage.starts(order)["reference"])
    return stage.now(order)


def puts(stage: Stage, order: Row, **values: object) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Order).where(Order.id == order["id"]).values(values))


def test_a_receipt_says_merchant_amount_date_and_state(stage: Stage) -> None:
    order = a_paid_order(stage)
    page = stage.client.get(f"/r/{order['receipt_code']}").text
    for seen in (
        "Boutique Akofa",
        "500\u00a0F\u00a0CFA",
        "<b>Payé</b>",
        order["receipt_code"],
        "CMD-1001",
        "2026",
    ):
        assert seen in page


def test_a_receipt_names_no_payer(stage: Stage) -> None:
    order = a_paid_order(stage)
    page = stage.client.get(f"/r/{order['receipt_code']}").text
    for secret in ("Ama", "KOFFI", "90112233", "90••", "PAY1", order["token"], order["public_id"]):
        assert secret not in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"amount_refunded": 500}, "Remboursé entièrement"),
        ({"amount_refunded": 200}, "Payé, puis remboursé en partie"),
        ({"status": "review"}, "en cours de vérification"),
    ],
)
def test_a_receipt_shows_the_present_state(stage: Stage, values: dict[str, object], words: str) -> None:
    order = a_paid_order(stage)
    puts(stage, order, **values)
    assert words in stage.client.get(f"/r/{order['receipt_code']}").text


def test_an_order_that_received_nothing_has_no_receipt(stage: Stage) -> None:
    order = stage.order()
    assert stage.client.get(f"/r/{order.receipt_code}").status_code == 404
    assert stage.client.get(f"/r/{order.receipt_code}/qr.svg").status_code == 404


def test_a_code_is_unguessable_and_of_characters_that_can_be_read_aloud(stage: Stage) -> None:
    codes = {stage.order().receipt_code for _ in range(5)}
    assert len(codes) == 5
    assert all(len(code) * 5 >= 60 and not set(code) & set("01lIoO") for code in codes)


def test_a_receipt_is_not_indexed_and_not_kept(stage: Stage) -> None:
    headers = stage.client.get(f"/r/{a_paid_order(stage)['receipt_code']}").headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "no-store"


def test_the_picture_is_an_image_of_the_receipts_own_address(stage: Stage) -> None:
    order = a_paid_order(stage)
    picture = stage.client.get(f"/r/{order['receipt_code']}/qr.svg")
    assert picture.content_type == "image/svg+xml"
    assert picture.text.startswith("<svg")
    assert (
        f"http://localhost/r/{order['receipt_code']}" in stage.client.get(f"/r/{order['receipt_code']}").text
    )


def test_looking_for_codes_is_slowed_down_per_address(stage_with: Callable[..., Stage]) -> None:
    stage = stage_with(RATE_LIMITS="1")
    assert {stage.client.get(f"/r/guess{n}").status_code for n in range(60)} == {404}
    assert stage.client.get("/r/guess61").status_code == 429


def test_a_receipt_can_be_kept_as_a_file(stage: Stage) -> None:
    code = a_paid_order(stage)["receipt_code"]
    answer = stage.client.get(f"/r/{code}/recu.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="recu-{code}.pdf"'
    assert stage.client.get("/r/nobodyknows/recu.pdf").status_code == 404
