"""A store's orders: found by what is known of them, told in plain words, cancelled while that is safe."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import insert

from portal import db
from portal.domain.events import Accepted, Cancelled, Failed, FailureCode, Paid, Unheard
from portal.domain.money import Money
from portal.merchants import accounts
from portal.merchants.accounts import Connected
from portal.payments import visits
from portal.payments.models import Notification
from portal.payments.paging import PAGE
from portal.web.portal.raw import without_phone
from portal.web.services import services
from tests.factories import AMerchant, an_attempt, an_order
from tests.web.browsing import Browser


@pytest.fixture
def account(app: Flask, store: AMerchant) -> Connected:
    with app.app_context(), db.reading() as connection:
        return accounts.enabled(connection, services().directory, store.id, "test")[0]


def page_of(order: SimpleNamespace) -> str:
    return f"/portal/orders/{order.public_id}"


def test_a_new_store_is_told_how_to_get_its_first_order(browser: Browser) -> None:
    page = browser.get("/portal/orders").text
    assert "Aucune commande pour l'instant" in page
    assert 'href="/portal/links/new"' in page


def test_the_list_is_read_page_by_page_there_and_back(app: Flask, browser: Browser, store: AMerchant) -> None:
    with app.app_context():
        for number in range(PAGE + 5):
            an_order(store, reference=f"CMD-{number:02}", amount=1500)
    first = browser.get("/portal/orders").text
    assert "CMD-29" in first
    assert "CMD-04" not in first
    assert "1\u00a0500\u00a0F\u00a0CFA" in first
    assert "Plus récentes" not in first
    older = first.split('rel="next" href="')[1].split('"')[0]
    second = browser.get(older).text
    assert "CMD-04" in second
    assert "Plus anciennes" not in second
    newer = second.split('rel="prev" href="')[1].split('"')[0]
    again = browser.get(newer).text
    assert "CMD-29" in again
    assert "CMD-04" not in again


def test_a_search_stays_with_its_pages(app: Flask, browser: Browser, store: AMerchant) -> None:
    with app.app_context():
        for _ in range(PAGE + 1):
            an_order(store, reference="PAREIL")
        an_order(store, reference="AUTRE")
    page = browser.get("/portal/orders?reference=PAREIL&_external=1&_scheme=javascript").text
    onward = page.split('rel="next" href="')[1].split('"')[0]
    assert onward.startswith("/portal/orders?reference=PAREIL&")
    assert "AUTRE" not in browser.get(onward).text


@pytest.mark.parametrize(
    ("query", "field", "kept"),
    [
        ("since=32/13/2026", "Depuis le", "32/13/2026"),
        ("since=2026-02-30", "Depuis le", "2026-02-30"),
        ("since=01/02/2026&until=01/01/2026", "Jusqu'au", "01/02/2026"),
        ("until=31/12/9999", "Jusqu'au", "31/12/9999"),
        (f"reference={'x' * 101}", "Référence exacte", "x" * 101),
        ("q=%00", "Numéro de commande", ""),
    ],
)
def test_a_search_that_cannot_be_read_says_which_field(
    browser: Browser, query: str, field: str, kept: str
) -> None:
    answer = browser.get(f"/portal/orders?{query}")
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith(field)
    assert f'value="{kept}"' in answer.text


@pytest.mark.parametrize(
    "query", ["status=nonsense", "older=ord_nowhere", "newer=%00", "operator=%22%3E%3Cscript%3E", "mode=%00"]
)
def test_nonsense_in_the_address_is_harmless(browser: Browser, query: str) -> None:
    answer = browser.get(f"/portal/orders?{query}")
    assert answer.status == 200
    assert "<script>" not in answer.text


def test_the_orders_of_another_store_do_not_exist(app: Flask, store: AMerchant, stranger: Browser) -> None:
    with app.app_context():
        order = an_order(store)
    assert stranger.get(page_of(order)).status == 404
    assert stranger.post(f"{page_of(order)}/cancel", on="/portal/orders").status == 404
    assert "CMD-1001" not in stranger.get("/portal/orders").text
    assert "CMD-1001" not in stranger.get(f"/portal/orders?q={order.public_id}").text


def test_a_paid_order_tells_its_story(
    app: Flask, browser: Browser, store: AMerchant, account: Connected
) -> None:
    with app.app_context():
        order = an_order(
            store,
            amount=25000,
            description="Deux <b>pagnes</b>",
            customer={"name": "Afi"},
            metadata={"panier": "A7"},
        )
        an_attempt(order, account, then=[Accepted(), Cancelled()])
        paid = Paid(Money(25000), "PAY-1", fee=250, payer="+22890112233")
        attempt = an_attempt(order, account, then=[Accepted(), paid])
        with db.writing() as tx:
            visits.record(tx, services().clock, attempt.token, "accept")
    page = browser.get(page_of(order))
    for told in (
        "Payée",
        "Oui, de l'argent a été reçu.",
        "Paiement sans suite : le client a annulé.",
        "25\u00a0000\u00a0F\u00a0CFA reçus. Référence de l'opérateur : PAY-1.",
        "Le client revient de la page de l'opérateur en disant avoir payé.",
        "Indice seulement, jamais une preuve",
        "+228 90••••33",
        "250\u00a0F\u00a0CFA",
        "Afi",
        "A7",
        f"/r/{order.receipt_code}",
    ):
        assert told in page.text, told
    assert "90112233" not in page.text
    assert "Annuler la commande" not in page.text
    raw = browser.client.get(page_of(order)).get_data(as_text=True)
    assert "<b>pagnes" not in raw


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([Unheard()], "il n'est pas certain que l'argent ait été débité"),
        ([Accepted(), Failed(FailureCode.INSUFFICIENT_FUNDS)], "le solde du client ne suffit pas"),
        ([Accepted(), Failed(), Paid(Money(500), "P-1")], "après que ce paiement avait été tenu pour perdu"),
        ([Paid(Money(500), "P-1"), Paid(Money(500), "P-2")], "Cette commande a été payée plus d'une fois."),
        ([Paid(Money(400), "P-1")], "Le montant reçu n'est pas celui de la commande."),
        ([Paid(Money(500), "P-1"), Failed(FailureCode.REVERSED)], "L'opérateur se contredit"),
    ],
)
def test_what_happened_is_said_in_plain_words(
    app: Flask, browser: Browser, *, store: AMerchant, account: Connected, events: list[Accepted], told: str
) -> None:
    with app.app_context():
        order = an_order(store)
        an_attempt(order, account, then=events)
    assert told in browser.get(page_of(order)).text


def test_an_order_to_check_stands_out_in_the_list(
    app: Flask, browser: Browser, store: AMerchant, account: Connected
) -> None:
    with app.app_context():
        order = an_order(store)
        an_attempt(order, account, then=[Paid(Money(500), "P-1"), Paid(Money(500), "P-2")])
    page = browser.get("/portal/orders?status=paid").text
    assert "Payée" in page
    assert "À vérifier</span>" in page


def test_notifications_are_shown_as_they_came_but_for_the_wallet(
    app: Flask, browser: Browser, store: AMerchant, account: Connected
) -> None:
    with app.app_context():
        order = an_order(store)
        attempt = an_attempt(order, account)
        line = {
            "operator": account.operator,
            "called": account.public_id,
            "account_id": account.id,
            "method": "GET",
            "url": f"/notify/tmoney-online/{account.public_id}?status=OK&mobile=22890112233",
            "headers": {},
            "body": b"",
            "address": "41.207.188.5",
            "verdict": "refused",
            "reason": "address",
            "attempt_id": attempt.id,
        }
        with db.writing() as tx:
            tx.execute(insert(Notification).values(**line, received_at=db.now(services().clock)))
    page = browser.get(page_of(order)).text
    assert "Refusé" in page
    assert "Son adresse n'est pas sur la liste" in page
    assert "depuis 41.207.188.5" in page
    assert "mobile=22890••••33" in page


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/n?mobile=22890112233&a=1", "/n?mobile=22890••••33&a=1"),
        ("/n?phonenumber=%2B22890112233", "/n?phonenumber=%2B22890••••33"),
        ("/n?MSISDN=90112233", "/n?MSISDN=90••••33"),
        ("/n?clientid=TM22890112233", "/n?clientid=TM22890••••33"),
        ("/n?amount=90112233", "/n?amount=90112233"),
        ("/n?paymentref=308901060275", "/n?paymentref=308901060275"),
    ],
)
def test_a_wallet_is_masked_and_an_amount_is_not(url: str, shown: str) -> None:
    assert without_phone(url) == shown


def test_an_open_order_is_cancelled(app: Flask, browser: Browser, store: AMerchant) -> None:
    with app.app_context():
        order = an_order(store)
    page = browser.get(page_of(order)).text
    assert f"/pay/{order.token}" in page
    answer = browser.post(f"{page_of(order)}/cancel", on=page_of(order))
    assert (answer.status, answer.location) == (303, page_of(order))
    page = browser.get(page_of(order)).text
    assert "La commande est annulée." in page
    assert "Décision de akofa@boutique.example" in page
    assert "Annuler la commande" not in page


def test_an_order_with_a_payment_under_way_is_not_cancelled(
    app: Flask, browser: Browser, store: AMerchant, account: Connected
) -> None:
    with app.app_context():
        order = an_order(store)
    page = browser.get(page_of(order)).text
    assert "Annuler la commande" in page
    with app.app_context():
        an_attempt(order, account, then=[Accepted()])
    browser.post(f"{page_of(order)}/cancel", on="/portal/links/new")
    page = browser.get(page_of(order)).text
    assert "un paiement est peut-être encore en cours" in page
    assert "Paiement en cours" in page


def test_a_finished_order_is_not_cancelled(
    app: Flask, browser: Browser, store: AMerchant, account: Connected
) -> None:
    with app.app_context():
        order = an_order(store)
        an_attempt(order, account, then=[Paid(Money(500), "P-1")])
    browser.post(f"{page_of(order)}/cancel", on="/portal/links/new")
    assert "elle est déjà terminée" in browser.get(page_of(order)).text


def test_cancelling_needs_the_pages_own_form(app: Flask, browser: Browser, store: AMerchant) -> None:
    with app.app_context():
        order = an_order(store)
    assert browser.post_without_token(f"{page_of(order)}/cancel").status == 400
    assert "Annulée" not in browser.get(page_of(order)).text
