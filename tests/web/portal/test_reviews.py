"""What waits for a person: shown with its facts, answered with evidence, once, by the store whose it is."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import db
from portal.payments import visits
from portal.web.services import services
from tests.web.browsing import Browser, go_live, merchant_browser, store_of
from tests.web.portal.selling import Desk, once, path

MENU = 'À vérifier <span class="count">'


def test_a_store_with_nothing_to_check_is_told_what_comes_here(desk: Desk) -> None:
    page = desk.browser.get("/portal/reviews").text
    assert "Rien à vérifier" in page
    assert MENU not in page


def test_the_menu_counts_what_is_open(desk: Desk) -> None:
    desk.is_paid(400)
    desk.is_paid(500, 500, reference="CMD-2")
    assert f"{MENU}2</span>" in desk.browser.get("/portal/keys").text


def test_lost_money_comes_first(app: Flask, desk: Desk) -> None:
    desk.is_paid(400, reference="ECART")
    order = desk.is_unconfirmed()
    with app.app_context(), db.writing() as tx:
        visits.record(tx, services().clock, desk.attempts(order)[0]["token"], "accept")
    page = desk.browser.get("/portal/reviews").text
    assert page.index(order.reference) < page.index("ECART")
    assert "Le client dit avoir payé" in page
    assert f'{path(order)}#{desk.reviews(order)[0]["public_id"]}"' in page


def test_the_list_is_read_on(desk: Desk) -> None:
    for number in range(26):
        desk.is_paid(400, reference=f"CMD-{number:02}")
    first = desk.browser.get("/portal/reviews").text
    assert "CMD-25" not in first
    second = desk.browser.get(first.split('rel="next" href="')[1].split('"')[0]).text
    assert "CMD-25" in second
    assert "CMD-00" not in second


def test_nonsense_in_the_address_is_harmless(desk: Desk) -> None:
    desk.is_paid(400)
    assert desk.browser.get("/portal/reviews?after=rev_nowhere").status == 200
    assert desk.browser.get("/portal/reviews?after=%00").status == 200


def test_each_item_offers_the_answers_that_fit(desk: Desk) -> None:
    mismatch = desk.page(desk.is_paid(400)).text
    double = desk.page(desk.is_paid(500, 500, reference="CMD-2")).text
    lost = desk.page(desk.is_unconfirmed()).text
    assert "Accepter ce paiement" in mismatch
    assert "La commande redevient « À payer »" in mismatch
    assert "Accepter ce paiement" not in double
    assert "Classer sans suite" in double
    assert "L'argent est arrivé" in lost
    assert "Classer sans suite" not in lost


def test_accepting_is_kept_with_who_and_what_they_saw(desk: Desk) -> None:
    order = desk.is_paid(400)
    assert desk.answers(order, "accepted").location == path(order)
    assert desk.now(order)["status"] == "paid"
    page = desk.page(order).text
    for told in (
        "Paiement accepté",
        "Vu : ligne 12 du relevé",
        "Vérifications faites",
        "La commande est payée : le paiement est accepté tel qu'il est arrivé.",
        "Décision de akofa@boutique.example",
    ):
        assert told in page, told
    assert MENU not in page


def test_dismissing_brings_the_order_back(desk: Desk) -> None:
    order = desk.is_paid(400)
    desk.answers(order, "dismissed")
    assert desk.now(order)["status"] == "open"
    assert "La commande redevient « À payer »." in desk.page(order).text


def test_received_money_wants_amount_reference_and_evidence(desk: Desk) -> None:
    order = desk.is_unconfirmed()
    typed = {"amount": "", "payment_reference": "", "evidence": ""}
    answer = desk.answers(order, "received", **typed)
    assert answer.status == 422
    assert [text.partition(" : ")[0] for text in answer.errors] == [
        "Montant reçu (F CFA)",
        "Référence de l'opérateur",
        "Ce que vous avez vu",
    ]
    desk.answers(order, "received", amount="500", payment_reference="PAY-7")
    assert desk.now(order)["status"] == "paid"
    assert desk.attempts(order)[0]["operator_reference"] == "PAY-7"


def test_money_that_did_not_come_is_written_off(desk: Desk) -> None:
    order = desk.is_unconfirmed()
    desk.answers(order, "not_received")
    assert desk.attempts(order)[0]["failure_code"] == "written_off"
    assert "vous n'avez pas trouvé ce paiement dans votre relevé" in desk.page(order).text


@pytest.mark.parametrize("evidence", ["", "  ", "x" * 1001, "\x07"])
def test_without_readable_evidence_nothing_is_decided(desk: Desk, evidence: str) -> None:
    order = desk.is_paid(400)
    answer = desk.answers(order, "accepted", evidence=evidence)
    assert answer.status == 422
    assert answer.errors[0].startswith("Ce que vous avez vu")
    assert desk.reviews(order)[0]["decision"] is None


def test_an_item_that_is_decided_stays_as_it_is(desk: Desk) -> None:
    order = desk.is_paid(400)
    desk.answers(order, "accepted")
    desk.answers(order, "dismissed", evidence="autre chose")
    assert desk.now(order)["status"] == "paid"
    assert "ce point a déjà été réglé" in desk.page(order).text
    assert desk.reviews(order)[0]["evidence"] == "ligne 12 du relevé"


@pytest.mark.parametrize("answer", ["", "refunded", "settled", "received"])
def test_an_answer_that_is_not_offered_changes_nothing(desk: Desk, answer: str) -> None:
    order = desk.is_paid(400)
    assert desk.answers(order, answer, amount="400", payment_reference="P").status in {303, 400}
    assert desk.reviews(order)[0]["decision"] is None


def test_money_that_landed_twice_offers_its_refund(desk: Desk) -> None:
    order = desk.is_paid(500, 500)
    item = desk.reviews(order)[0]["public_id"]
    page = desk.page(order)
    assert f'value="{item}"' in page.text
    assert page.value("amount") == "500"
    desk.asks_back(order, "500", review=item)
    assert "Un remboursement de 500\u00a0F\u00a0CFA est déjà demandé pour ce point." in desk.page(order).text
    desk.decides(order, "succeeded")
    assert desk.reviews(order)[0]["decision"] == "refunded"
    assert desk.now(order)["status"] == "paid"


def test_an_error_in_an_items_refund_is_shown_there_and_the_form_keeps_its_value(desk: Desk) -> None:
    order = desk.is_paid(400)
    item = desk.reviews(order)[0]["public_id"]
    form = once(desk.page(order).text)
    answer = desk.asks_back(order, "401", review=item, once=form)
    assert answer.status == 422
    assert f'id="amount-refund-{item}-problem"' in answer.text
    assert f'value="{form}"' in answer.text


def test_a_full_refund_closes_an_order_in_review(desk: Desk) -> None:
    order = desk.is_paid(400)
    desk.asks_back(order, "400", review=desk.reviews(order)[0]["public_id"])
    desk.decides(order, "succeeded")
    assert desk.now(order)["status"] == "closed"
    assert "Remboursé" in desk.page(order).text


def test_another_stores_item_does_not_exist(desk: Desk, stranger: Browser) -> None:
    order = desk.is_paid(400)
    item = f"/portal/reviews/{desk.reviews(order)[0]['public_id']}/answer"
    said = {"answer": "accepted", "evidence": "x"}
    assert stranger.post(item, on="/portal/orders", **said).status == 404
    assert "CMD-1001" not in stranger.get("/portal/reviews").text
    assert MENU not in stranger.get("/portal/reviews").text
    assert desk.now(order)["status"] == "review"


def test_another_stores_item_is_not_refunded_with_ones_own_money(desk: Desk, app: Flask) -> None:
    email = "kossi@ailleurs.example"
    browser = merchant_browser(app, email)
    with app.app_context():
        other = Desk(app, browser, store_of(email))
    theirs, own = other.is_paid(400), desk.is_paid(500)
    foreign = other.reviews(theirs)[0]["public_id"]
    assert desk.asks_back(own, "100", review=foreign).status == 404
    assert desk.refunds(own) == []


def test_answering_needs_the_pages_own_form(desk: Desk) -> None:
    order = desk.is_paid(400)
    item = f"/portal/reviews/{desk.reviews(order)[0]['public_id']}/answer"
    assert desk.browser.post_without_token(item, answer="accepted", evidence="x").status == 400
    assert desk.now(order)["status"] == "review"


def test_test_and_live_are_two_lists(app: Flask, desk: Desk) -> None:
    desk.is_paid(400, reference="ESSAI")
    with app.app_context():
        go_live()
    desk.is_paid(400, reference="VRAI", mode="live")
    test, live = (desk.browser.get(f"/portal/reviews?mode={mode}").text for mode in ("test", "live"))
    assert ("ESSAI" in test, "VRAI" in test) == (True, False)
    assert ("ESSAI" in live, "VRAI" in live) == (False, True)
    assert f"{MENU}1</span>" in live


def test_a_link_from_a_form_to_correct_leads_to_the_order(desk: Desk) -> None:
    order = desk.is_paid(400)
    item = desk.reviews(order)[0]["public_id"]
    answer = desk.browser.get(f"/portal/reviews/{item}/answer?lang=en")
    assert (answer.status, answer.location) == (303, f"{path(order)}?lang=en")
