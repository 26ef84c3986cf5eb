"""A store's payment links: made from what people type, shared as text and picture, switched off and on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.web.assets import moment
from tests.factories import AMerchant
from tests.web.browsing import Browser, Page


def make(browser: Browser, **typed: Any) -> Page:
    return browser.post("/portal/links/new", **{"title": "Panier de légumes d'été", "kind": "fixed", **typed})


def test_a_link_is_made_and_shown_with_all_it_takes_to_share_it(browser: Browser) -> None:
    made = make(browser, amount="10 000", description="Tomates\r\nGombo", max_uses="50", prefill="y")
    assert made.status == 303
    page = browser.get(made.location)
    assert "Le lien est prêt." in page.text
    assert "10\u00a0000\u00a0F\u00a0CFA" in page.text
    assert "http://localhost/l/panier-de-legumes-d-ete-" in page.text
    assert '<form action="http://localhost/l/panier' in page.text
    assert "0 sur 50" in page.text
    assert "Actif" in page.text
    assert "Panier de légumes d'été" in browser.get("/portal/links").text


@pytest.mark.parametrize("typed", ["10000", "10 000", "10\u00a0000", "10\u202f000", " 10000 ", "10 000 FCFA"])
def test_an_amount_is_read_however_it_is_grouped(browser: Browser, typed: str) -> None:
    assert "10\u00a0000\u00a0F\u00a0CFA" in browser.get(make(browser, amount=typed).location).text


@pytest.mark.parametrize(
    "typed", ["0", "-5", "1e9", "abc", "10.5", "10,5", "٣٠٠", "", "99999999999", "9" * 5000]
)
def test_an_amount_that_cannot_be_paid_is_named(browser: Browser, typed: str) -> None:
    answer = make(browser, amount=typed)
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith("Montant fixe en F CFA : Écrivez")
    assert answer.value("amount") == typed
    assert answer.value("title") == "Panier de légumes d'été"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("title", "", "Titre : Écrivez ce que le client paie."),
        ("title", "a" * 101, "Titre : Raccourcissez"),
        ("title", "\u202e", "Titre : Retirez les caractères invisibles"),
        ("description", "b" * 256, "Description : Raccourcissez"),
        ("expires_on", "2020-01-01", "Dernier jour pour payer : Choisissez aujourd'hui"),
        ("expires_on", "31/02/2027", "Dernier jour pour payer : Écrivez la date"),
        ("expires_on", "2199-01-01", "Dernier jour pour payer : Choisissez un jour dans les dix ans"),
        ("max_uses", "0", "Nombre de paiements : Écrivez un nombre de 1"),
        ("max_uses", "-1", "Nombre de paiements : Écrivez un nombre entier"),
        ("max_uses", "1000001", "Nombre de paiements : Écrivez un nombre de 1"),
        ("max_uses", "9" * 400, "Nombre de paiements : Écrivez un nombre de 1"),
    ],
)
def test_what_cannot_be_used_is_named_and_all_that_was_typed_is_kept(
    browser: Browser, field: str, typed: str, said: str
) -> None:
    right = {"amount": "10 000", "description": "Tomates", "max_uses": "5"}
    answer = make(browser, **{**right, field: typed})
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith(said)
    assert typed in answer.text
    assert answer.value("amount") == "10 000"


def test_the_amount_is_fixed_or_free_and_nothing_else(browser: Browser) -> None:
    assert make(browser, kind="both", amount="500").errors == ["Montant : Choisissez l'un des deux."]


def test_a_free_amount_is_left_to_the_customer(browser: Browser) -> None:
    assert "Montant libre" in browser.get(make(browser, kind="free").location).text
    answer = make(browser, kind="free", amount="500")
    assert answer.errors == ["Montant fixe en F CFA : Effacez ce montant, ou choisissez « Montant fixe »."]


@pytest.mark.parametrize("spelling", ["%Y-%m-%d", "%d/%m/%Y"])
def test_a_link_holds_until_the_end_of_its_last_day(app: Flask, browser: Browser, spelling: str) -> None:
    day = datetime.now(UTC).date() + timedelta(days=3)
    page = browser.get(make(browser, amount="500", expires_on=day.strftime(spelling)).location)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        assert moment(end) in page.text


def test_today_may_be_the_last_day(browser: Browser) -> None:
    today = datetime.now(UTC).date().isoformat()
    page = browser.get(make(browser, amount="500", expires_on=today).location)
    assert "Actif" in page.text


def test_a_link_is_switched_off_and_on(browser: Browser) -> None:
    address = make(browser, amount="500").location
    browser.get(address)
    assert browser.post(f"{address}/switch", on=address, enabled="0").location == address
    assert "Désactivé" in browser.get(address).text
    browser.post(f"{address}/switch", on=address, enabled="1")
    assert "Actif" in browser.get(address).text


def test_the_picture_is_a_file_of_its_own(browser: Browser) -> None:
    address = make(browser, amount="500").location
    assert f'src="{address}/qr.svg"' in browser.get(address).text
    picture = browser.get(f"{address}/qr.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "<svg" in picture.text


def test_the_links_of_another_store_do_not_exist(browser: Browser, stranger: Browser) -> None:
    address = make(browser, amount="500").location
    assert stranger.get(address).status == 404
    assert stranger.get(f"{address}/qr.svg").status == 404
    assert stranger.post(f"{address}/switch", on="/portal/settings", enabled="0").status == 404
    assert "Actif" in browser.get(address).text
    assert "Panier" not in stranger.get("/portal/links").text


def test_a_shop_window_without_links_says_what_to_do(browser: Browser) -> None:
    assert "Aucun lien pour l'instant" in browser.get("/portal/links").text


def test_many_links_are_read_page_by_page(browser: Browser, store: AMerchant) -> None:
    for number in range(26):
        make(browser, title=f"Lien {number:02}", amount="500")
    first = browser.get("/portal/links").text
    assert "Lien 25" in first
    assert "Lien 00" not in first
    onward = first.split('rel="next" href="')[1].split('"')[0]
    assert "Lien 00" in browser.get(onward).text
    assert browser.get("/portal/links?after=%00").status == 200
