"""A merchant sends money back: never more than there is, once for each form, by hand where the operator cannot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.web.browsing import Browser
from tests.web.portal.selling import PUSH, Desk, once, path

LEFT = "Il reste 300\u00a0F\u00a0CFA à rembourser"


def amounts(desk: Desk, order: object) -> list[int]:
    return [row["amount"] for row in desk.refunds(order)]  # type: ignore[arg-type]


def test_the_form_proposes_all_that_is_left(desk: Desk) -> None:
    order = desk.is_paid(500)
    page = desk.page(order)
    assert page.value("amount") == "500"
    assert "Il reste 500\u00a0F\u00a0CFA à rembourser" in page.text
    desk.asks_back(order, "200")
    page = desk.page(order)
    assert page.value("amount") == "300"
    assert LEFT in page.text


def test_an_order_that_nobody_paid_offers_no_refund(desk: Desk) -> None:
    assert once(desk.page(desk.sells()).text) == ""


def test_a_refund_is_asked_for_in_the_merchants_name(desk: Desk) -> None:
    order = desk.is_paid(500, operator=PUSH)
    answer = desk.asks_back(order, "1 00 F CFA", reason="article abîmé")
    assert (answer.status, answer.location) == (303, path(order))
    [row] = desk.refunds(order)
    assert (row["amount"], row["status"], row["reason"]) == (100, "requested", "article abîmé")
    page = desk.page(order).text
    for told in (
        "Remboursement de 100\u00a0F\u00a0CFA demandé : il part maintenant.",
        "Demandé",
        "article abîmé",
        "+228 90••••33",
        "akofa@boutique.example",
        "Renoncer à ce remboursement",
    ):
        assert told in page, told
    assert "90112233" not in page


def test_more_than_is_left_is_refused_with_what_is_left(desk: Desk) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "200")
    answer = desk.asks_back(order, "301", reason="tout")
    assert answer.status == 422
    assert answer.errors == [f"Montant à rembourser (F CFA) : {LEFT}. Écrivez ce montant ou moins."]
    assert answer.value("amount") == "301"
    assert amounts(desk, order) == [200]


@pytest.mark.parametrize("typed", ["", "0", "douze", "12,5", "-5", "9" * 13])
def test_what_is_no_amount_is_refused(desk: Desk, typed: str) -> None:
    order = desk.is_paid(500)
    answer = desk.asks_back(order, typed)
    assert (answer.status, len(answer.errors)) == (422, 1)
    assert answer.errors[0].startswith("Montant à rembourser")
    assert amounts(desk, order) == []


def test_all_of_it_gone_there_is_nothing_more_to_ask_for(desk: Desk) -> None:
    order = desk.is_paid(500)
    form = once(desk.page(order).text)
    desk.asks_back(order, "500")
    assert "Il ne reste rien à rembourser" in desk.page(order).text
    answer = desk.asks_back(order, "1", once=form[::-1])
    assert answer.status == 422
    assert "Il ne reste rien à rembourser" in answer.errors[0]


# ---- twice


def test_a_form_sent_twice_refunds_once(desk: Desk) -> None:
    order = desk.is_paid(500)
    form = once(desk.page(order).text)
    desk.asks_back(order, "100", once=form)
    desk.asks_back(order, "100", once=form)
    assert amounts(desk, order) == [100]
    assert "Ce formulaire avait déjà servi" in desk.page(order).text


def test_a_form_with_another_amount_is_still_the_same_form(desk: Desk) -> None:
    order = desk.is_paid(500)
    form = once(desk.page(order).text)
    desk.asks_back(order, "100", once=form)
    desk.asks_back(order, "400", once=form)
    assert amounts(desk, order) == [100]
    assert "le remboursement de 100\u00a0F\u00a0CFA qu'il a demandé" in desk.page(order).text


def test_a_double_click_refunds_once(desk: Desk) -> None:
    order = desk.is_paid(500)
    page = desk.page(order)
    sent = {"once": once(page.text), "amount": "100", "csrf_token": page.value("csrf_token")}
    with ThreadPoolExecutor(4) as clicks:
        send = [
            clicks.submit(desk.browser.post_without_token, f"{path(order)}/refunds", **sent) for _ in range(4)
        ]
    assert {click.result().status for click in send} == {303}
    assert amounts(desk, order) == [100]


def test_two_forms_may_refund_the_same_amount_twice(desk: Desk) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "100")
    desk.asks_back(order, "100")
    assert amounts(desk, order) == [100, 100]


@pytest.mark.parametrize("form", ["", "x", "x" * 300])
def test_without_the_pages_own_value_nothing_is_sent(desk: Desk, form: str) -> None:
    order = desk.is_paid(500)
    assert desk.asks_back(order, "100", once=form).status == 422
    assert amounts(desk, order) == []


def test_the_value_of_one_orders_form_serves_another_order_too(desk: Desk) -> None:
    """It is bound to its order: what one form asked for never stands in another's way."""
    first, second = desk.is_paid(500), desk.is_paid(500, reference="CMD-2")
    form = once(desk.page(first).text)
    desk.asks_back(first, "100", once=form)
    desk.asks_back(second, "200", once=form)
    assert (amounts(desk, first), amounts(desk, second)) == ([100], [200])


# ---- whose


def test_another_stores_money_cannot_be_sent_back(desk: Desk, stranger: Browser) -> None:
    order = desk.is_paid(500)
    sent = {"once": once(desk.page(order).text), "amount": "100"}
    assert stranger.post(f"{path(order)}/refunds", on="/portal/orders", **sent).status == 404
    assert amounts(desk, order) == []


def test_another_stores_refund_cannot_be_decided_nor_asked_about(desk: Desk, stranger: Browser) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "100")
    refund = f"/portal/refunds/{desk.refunds(order)[0]['public_id']}"
    said = {"status": "succeeded", "evidence": "x", "payment_reference": "y"}
    assert stranger.post(f"{refund}/decide", on="/portal/orders", **said).status == 404
    assert stranger.post(f"{refund}/ask", on="/portal/orders").status == 404
    assert stranger.get(f"{refund}/decide").status == 404
    assert desk.refunds(order)[0]["status"] == "by_hand"
    assert "CMD-1001" not in stranger.get("/portal/refunds").text


@pytest.mark.parametrize("forged", [{"payment": "att_nowhere"}, {"review": "rev_nowhere"}])
def test_what_is_not_of_this_order_is_not_found(desk: Desk, forged: dict[str, str]) -> None:
    order = desk.is_paid(500)
    assert desk.asks_back(order, "100", **forged).status == 404
    assert amounts(desk, order) == []


def test_another_orders_payment_is_not_of_this_one(desk: Desk) -> None:
    order, other = desk.is_paid(500), desk.is_paid(500, reference="CMD-2")
    payment = desk.attempts(other)[0]["public_id"]
    assert desk.asks_back(order, "100", payment=payment).status == 404
    assert (amounts(desk, order), amounts(desk, other)) == ([], [])


def test_a_form_of_a_session_that_is_over_does_nothing(desk: Desk) -> None:
    order = desk.is_paid(500)
    page = desk.page(order)
    sent = {"once": once(page.text), "amount": "100", "csrf_token": page.value("csrf_token")}
    desk.browser.log_out()
    desk.browser.log_in("akofa@boutique.example")
    answer = desk.browser.post_without_token(f"{path(order)}/refunds", **sent)
    assert answer.status == 400
    assert amounts(desk, order) == []


def test_a_stranger_is_asked_to_sign_in(app: Flask, desk: Desk) -> None:
    order = desk.is_paid(500)
    assert Browser(app).get("/portal/refunds").location.startswith("/login")
    assert Browser(app).get(f"{path(order)}/refunds").location.startswith("/login")
