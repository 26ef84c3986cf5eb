"""What a store tells shoppers of its terms and their data: written here, read by anyone who pays."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import db
from portal.merchants import law
from tests import factories
from tests.factories import AMerchant
from tests.web.browsing import Browser

TEXTS = {
    "terms": "Livraison à Lomé.\r\n\r\nRetour sous 7 jours\r\ndans l'emballage <b>d'origine</b>.",
    "privacy": "",
    "keep_days": "730",
}


def test_what_is_published_is_what_anyone_reads(browser: Browser, store: AMerchant, app: Flask) -> None:
    answer = browser.post("/portal/law", **TEXTS)
    assert answer.status == 303
    assert "Vos textes sont publiés." in browser.get(answer.location).text
    raw = app.test_client().get(f"/s/{store.public_id}").get_data(as_text=True)
    assert "<p>Livraison à Lomé.</p><p>Retour sous 7 jours<br>dans l&#39;emballage &lt;b&gt;" in raw
    assert "Après 730 jours, ces données sont effacées." in raw
    assert "akofa@boutique.example" in raw


def test_an_empty_page_says_what_holds_all_the_same(store: AMerchant, app: Flask) -> None:
    page = Browser(app).get(f"/s/{store.public_id}")
    assert "n'a pas encore publié ses conditions" in page.text
    assert "tant que la boutique n'a pas fixé de durée" in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"keep_days": "59"}, "de 60 à 3650"),
        ({"keep_days": "3651"}, "de 60 à 3650"),
        ({"keep_days": "-90"}, "un nombre entier"),
        ({"keep_days": "deux ans"}, "un nombre entier"),
        ({"keep_days": "9" * 400}, "de 60 à 3650"),
        ({"terms": "t" * 20_001}, "20000 caractères au plus"),
        ({"terms": "a\x00b"}, "caractères invisibles"),
    ],
)
def test_what_cannot_be_published_is_kept_on_the_page(
    browser: Browser, store: AMerchant, app: Flask, typed: dict[str, str], said: str
) -> None:
    page = browser.post("/portal/law", **{**TEXTS, "privacy": "Ceci reste écrit.", **typed})
    assert page.status == 422
    assert said in page.errors[0]
    assert "Ceci reste écrit." in page.text
    with app.app_context(), db.reading() as connection:
        assert law.of(connection, store.id) == law.Law(terms="", privacy="", keep_days=None)


def test_a_store_that_there_is_not_has_no_page(app: Flask) -> None:
    assert Browser(app).get("/s/mer_nobody").status == 404


def test_shoppers_find_it_on_the_order(browser: Browser, store: AMerchant, app: Flask) -> None:
    with app.app_context():
        order = factories.an_order(store)
    assert f'href="/s/{store.public_id}"' in app.test_client().get(f"/pay/{order.token}").get_data(
        as_text=True
    )
