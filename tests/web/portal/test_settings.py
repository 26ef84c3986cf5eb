"""What a store says of itself, where shoppers may be sent back, and what its operators are told to call."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.factories import AMerchant
from tests.web.browsing import Browser, Page, store_of

RIGHT = {
    "name": "Chez Akofa",
    "contact_email": "akofa@boutique.example",
    "contact_phone": "90 11 22 33",
    "return_hosts": "",
    "language": "fr",
}
SITES = "Sites qui ouvrent le paiement dans une fenêtre"


def save(browser: Browser, **typed: Any) -> Page:
    return browser.post("/portal/settings", **{**RIGHT, **typed})


def test_the_settings_are_saved_and_shown_again(app: Flask, browser: Browser) -> None:
    hosts = "boutique.example\nhttps://WWW.Boutique.example/retour?x=1\n\nboutique.example"
    answer = save(browser, name="Akofa & filles", contact_phone="+228 90 11 22 34", return_hosts=hosts)
    assert answer.status == 303
    page = browser.get(answer.location)
    assert "Les réglages sont enregistrés." in page.text
    assert page.value("name") == "Akofa & filles"
    assert page.value("contact_phone") == "+228 90 11 22 34"
    with app.app_context():
        assert store_of().return_hosts == ("boutique.example", "www.boutique.example")


def test_sites_are_kept_as_browsers_spell_them_each_once(browser: Browser) -> None:
    typed = (
        "HTTPS://Boutique.Example:443/panier?x=1\r\n\r\nhttps://boutique.example\r\nhttp://127.0.0.1:5000/"
    )
    answer = save(browser, sites=typed)
    assert answer.status == 303
    assert "https://boutique.example\nhttp://127.0.0.1:5000</textarea>" in browser.get(answer.location).text
    assert save(browser, sites="").status == 303
    assert "127.0.0.1:5000</textarea>" not in browser.get("/portal/settings").text


def test_the_phone_may_be_left_out(browser: Browser) -> None:
    assert save(browser, contact_phone="").status == 303
    assert browser.get("/portal/settings").value("contact_phone") == ""


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Nom de la boutique : Écrivez"),
        ("name", "n" * 101, "Nom de la boutique : Raccourcissez"),
        ("contact_email", "akofa@", "Adresse e-mail de contact : Écrivez une adresse"),
        ("contact_phone", "123", "Téléphone de contact : Écrivez un numéro du Togo"),
        ("return_hosts", "boutique", "Domaines de votre site : « boutique » n'est pas"),
        ("return_hosts", "ok.example\n-x.example", "Domaines de votre site : « -x.example »"),
        (
            "return_hosts",
            "\n".join(f"h{n}.example" for n in range(21)),
            "Domaines de votre site : Gardez au plus 20",
        ),
        ("sites", "boutique.example", f"{SITES} : « boutique.example »"),
        ("sites", "https://ok.example\nhttp://nu.example", f"{SITES} : « http://nu.example »"),
        ("sites", "https://moi@ok.example", f"{SITES} : « https://moi@ok.example »"),
        ("sites", "*", f"{SITES} : « * » n'est pas l'adresse d'un site. Exemple : https://boutique.example"),
        (
            "sites",
            "\n".join(f"https://h{n}.example" for n in range(21)),
            f"{SITES} : Gardez au plus 20 sites",
        ),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_saved(
    browser: Browser, field: str, typed: str, said: str
) -> None:
    answer = save(browser, **{"name": "Nouveau nom", field: typed})
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith(said)
    assert typed in answer.text
    assert browser.get("/portal/settings").value("name") == "Chez Akofa"


def test_a_language_that_we_do_not_speak_is_not_taken(browser: Browser) -> None:
    assert save(browser, language="de").errors == ["Langue : Choisissez une langue de la liste."]


def test_every_operator_is_connected_in_test_mode_with_its_address(browser: Browser) -> None:
    page = browser.get("/portal/settings").text
    assert "Mixx by Yas" in page
    assert re.search(r"http://localhost/notify/tmoney-online/acct_\w+", page)


def test_a_lost_phone_is_signed_out_from_elsewhere(app: Flask, browser: Browser, store: AMerchant) -> None:
    lost = Browser(app)
    lost.log_in("akofa@boutique.example")
    assert lost.is_in()
    browser.post("/portal/settings/sign-out-everywhere", on="/portal/settings")
    assert not lost.is_in()
    assert not browser.is_in()
