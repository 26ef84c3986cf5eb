"""What a merchant records of refunds, by hand or in doubt, and the list of them all."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import db
from portal.domain.events import Accepted, Lapsed, Paid
from portal.domain.money import Money
from portal.payments import lifecycle
from portal.payments.ledger import Source
from portal.web.services import services
from tests.factories import an_attempt
from tests.web.browsing import go_live
from tests.web.portal.selling import PUSH, WALLET, Desk, path

# ---- a person's word


def test_a_refund_by_hand_shows_its_steps_and_is_recorded_as_done(desk: Desk) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "200")
    page = desk.page(order).text
    for told in (
        "À faire à la main",
        "+228 90 11 22 33",  # in full: the money has to be sent there
        "Ouvrez le menu marchand de Mixx by Yas (TMoney).",
        "Un remboursement de 200\u00a0F\u00a0CFA vous attend",
        "C'est fait",
        "Renoncer à ce remboursement",
    ):
        assert told in page, told
    assert desk.decides(order, "succeeded").status == 303
    page = desk.page(order).text
    for told in ("Rendu au client", "TM-77", "200\u00a0F\u00a0CFA rendus au client.", "Vu : SMS de 12:04"):
        assert told in page, told
    assert desk.now(order)["amount_refunded"] == 200


def test_a_refund_that_was_not_sent_can_be_given_up(desk: Desk) -> None:
    order = desk.is_paid(500, operator=PUSH)
    desk.asks_back(order, "200")
    desk.decides(order, "cancelled", evidence="", payment_reference="")
    assert desk.refunds(order)[0]["status"] == "cancelled"
    assert "Remboursement abandonné : rien n'a été envoyé." in desk.page(order).text


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"evidence": " "}, "Ce que vous avez vu"), ({"payment_reference": ""}, "Référence de l'opérateur")],
)
def test_what_was_done_is_recorded_with_its_reference_and_evidence(
    desk: Desk, missing: dict[str, str], field: str
) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "200")
    answer = desk.decides(order, "succeeded", **missing)
    assert answer.status == 422
    assert answer.errors[0].startswith(field)
    assert desk.refunds(order)[0]["status"] == "by_hand"


def test_a_refund_is_decided_once(desk: Desk) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "200")
    desk.decides(order, "succeeded")
    desk.decides(order, "cancelled")
    assert desk.refunds(order)[0]["status"] == "succeeded"
    assert "ce remboursement n'attend plus de décision" in desk.page(order).text


@pytest.mark.parametrize("status", ["", "paid", "sending", "unknown"])
def test_a_word_that_no_form_offers_changes_nothing(desk: Desk, status: str) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "200")
    assert desk.decides(order, status).status in {303, 400}
    assert desk.refunds(order)[0]["status"] == "by_hand"


# ---- the list


def test_the_list_tells_where_each_refund_stands(desk: Desk) -> None:
    order = desk.is_paid(500)
    assert "Aucun remboursement pour l'instant" in desk.browser.get("/portal/refunds").text
    desk.asks_back(order, "200")
    page = desk.browser.get("/portal/refunds").text
    for told in ("CMD-1001", "À faire à la main", "200\u00a0F\u00a0CFA", "+228 90••••33"):
        assert told in page, told
    assert "CMD-1001" in desk.browser.get("/portal/refunds?status=by_hand").text
    assert "CMD-1001" not in desk.browser.get("/portal/refunds?status=succeeded").text
    assert "CMD-1001" in desk.browser.get("/portal/refunds?status=%00").text


def test_the_list_is_read_on_with_its_filter(desk: Desk) -> None:
    order = desk.is_paid(500)
    for _ in range(26):
        desk.asks_back(order, "1")
    first = desk.browser.get("/portal/refunds?status=by_hand").text
    older = first.split('rel="next" href="')[1].split('"')[0]
    assert older.startswith("/portal/refunds?status=by_hand&older=ref_")
    assert desk.browser.get(older).text.count("CMD-1001") == 1


def test_test_and_live_are_two_lists(app: Flask, desk: Desk) -> None:
    desk.asks_back(desk.is_paid(500, reference="ESSAI"), "100")
    with app.app_context():
        go_live()
    desk.asks_back(desk.is_paid(500, reference="VRAI", mode="live"), "100")
    assert "VRAI" not in desk.browser.get("/portal/refunds").text
    live = desk.browser.get("/portal/refunds?mode=live").text
    assert "VRAI" in live
    assert "ESSAI" not in live


def test_a_link_from_a_form_to_correct_leads_to_the_order(desk: Desk) -> None:
    order = desk.is_paid(500)
    desk.asks_back(order, "100")
    refund = desk.refunds(order)[0]["public_id"]
    for address in (f"{path(order)}/refunds", f"/portal/refunds/{refund}/decide"):
        assert desk.browser.get(f"{address}?lang=en").location == f"{path(order)}?lang=en"


def test_of_several_payments_one_is_chosen(app: Flask, desk: Desk) -> None:
    order = desk.sells(Accepted(), Lapsed())
    late, account = desk.attempts(order)[0], desk.account()
    with app.app_context():
        an_attempt(order, account, phone=WALLET, then=[Accepted(), Paid(Money(500), "P-1")])
        with db.writing() as tx:
            reference, source = late["reference"], Source("notification")
            paid = Paid(Money(300), "P-2")
            lifecycle.apply(tx, services().clock, account.id, reference, paid, source=source)
    page = desk.page(order).text
    assert "Mixx by Yas P-2 : il reste 300\u00a0F\u00a0CFA" in page
    assert "Mixx by Yas P-1 : il reste 500\u00a0F\u00a0CFA" in page
    answer = desk.asks_back(order, "600", payment="")
    assert answer.status == 422
    assert answer.errors[0].startswith("Paiement à rembourser : Il reste 800\u00a0F\u00a0CFA")
    answer = desk.asks_back(order, "301", payment=late["public_id"])
    assert answer.errors[0].startswith("Montant à rembourser (F CFA) : Il reste 300\u00a0F\u00a0CFA")
    assert f'value="{late["public_id"]}" selected' in answer.text
    assert desk.asks_back(order, "300", payment=late["public_id"]).status == 303
    assert desk.refunds(order)[0]["attempt_id"] == late["id"]
