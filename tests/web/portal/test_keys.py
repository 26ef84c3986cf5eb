"""A store's API keys: shown once, known by their end, revoked for good."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal import db
from portal.merchants import keys
from portal.web.services import services
from tests.web.browsing import Browser, go_live


def secret_in(text: str) -> str:
    found = re.search(r"sk_(?:test|live)_\w+", text)
    assert found
    return found[0]


def test_a_key_is_shown_once_and_then_by_its_end(app: Flask, browser: Browser) -> None:
    answer = browser.post("/portal/keys", name="Mon site", scopes=["read", "write"])
    assert answer.status == 200
    secret = secret_in(answer.text)
    assert secret.startswith("sk_test_")
    later = browser.get("/portal/keys").text
    assert secret not in later
    assert f"…{secret[-4:]}" in later
    with app.app_context(), db.reading() as connection:
        found = keys.find(connection, services().clock, secret)
    assert found is not None
    assert found.scopes == {"read", "write"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "scopes": "read"}, "Nom de la clé : Donnez un nom"),
        ({"name": "n" * 81, "scopes": "read"}, "Nom de la clé : Raccourcissez"),
        ({"name": "Mon site"}, "Ce que la clé permet : Cochez"),
        ({"name": "Mon site", "scopes": ["read", "everything"]}, "Ce que la clé permet : Cochez"),
    ],
)
def test_what_cannot_be_used_is_named(browser: Browser, typed: dict[str, str], said: str) -> None:
    answer = browser.post("/portal/keys", **typed)
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert answer.errors[0].startswith(said)
    assert "Aucune clé" in browser.get("/portal/keys").text


def test_a_key_is_revoked_for_good_and_by_its_own_store_alone(browser: Browser, stranger: Browser) -> None:
    browser.post("/portal/keys", name="Mon site", scopes="read")
    page = browser.get("/portal/keys").text
    found = re.search(r"/portal/keys/key_\w+/revoke", page)
    assert found
    assert stranger.post(found[0], on="/portal/keys").status == 404
    assert "Révoquée" not in browser.get("/portal/keys").text
    assert browser.post(found[0], on="/portal/keys").location == "/portal/keys"
    assert "Révoquée" in browser.get("/portal/keys").text
    assert browser.post(found[0], on="/portal/keys").status == 404


def test_a_live_key_is_made_only_by_a_store_that_is_live(app: Flask, browser: Browser) -> None:
    answer = browser.post("/portal/keys?mode=live", name="Mon site", scopes="read")
    assert secret_in(answer.text).startswith("sk_test_")
    with app.app_context():
        go_live()
    answer = browser.post("/portal/keys?mode=live", name="Mon site", scopes="read")
    assert secret_in(answer.text).startswith("sk_live_")
    assert "Mon site" in browser.get("/portal/keys?mode=live").text


def works(app: Flask, secret: str) -> bool:
    with app.app_context(), db.reading() as connection:
        return keys.find(connection, services().clock, secret) is not None


def test_a_key_is_replaced_by_one_that_may_do_the_same(
    app: Flask, browser: Browser, stranger: Browser
) -> None:
    old = secret_in(browser.post("/portal/keys", name="Mon site", scopes=["read", "refunds"]).text)
    found = re.search(r"/portal/keys/key_\w+/replace", browser.get("/portal/keys").text)
    assert found
    assert stranger.post(found[0], on="/portal/keys", hours="24").status == 404
    new = secret_in(browser.post(found[0], on="/portal/keys", hours="24").text)
    assert new != old
    assert (works(app, old), works(app, new)) == (True, True)
    page = browser.get("/portal/keys").text
    assert new not in page
    assert "Remplacée, valable jusqu'au" in page
    with app.app_context(), db.reading() as connection:
        key = keys.find(connection, services().clock, new)
    assert key is not None
    assert key.scopes == {"read", "refunds"}


def test_without_an_overlap_the_old_key_ends_at_once(app: Flask, browser: Browser) -> None:
    old = secret_in(browser.post("/portal/keys", name="Mon site", scopes=["read"]).text)
    found = re.search(r"/portal/keys/key_\w+/replace", browser.get("/portal/keys").text)
    assert found
    browser.post(found[0], on="/portal/keys", hours="0")
    assert not works(app, old)
    assert "Terminée" in browser.get("/portal/keys").text
    assert browser.post(found[0], on="/portal/keys", hours="0").status == 404


@pytest.mark.parametrize("hours", ["", "2", "-1", "9999999999", "un jour"])
def test_an_overlap_that_is_not_offered_changes_nothing(app: Flask, browser: Browser, hours: str) -> None:
    old = secret_in(browser.post("/portal/keys", name="Mon site", scopes=["read"]).text)
    found = re.search(r"/portal/keys/key_\w+/replace", browser.get("/portal/keys").text)
    assert found
    answer = browser.post(found[0], on="/portal/keys", hours=hours)
    assert answer.status == 422
    assert answer.errors == ["L'ancienne clé reste valable : Choisissez une durée de la liste."]
    assert works(app, old)
