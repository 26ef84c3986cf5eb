"""A store's webhook endpoints in the portal: made, changed, tried out, switched off and on, ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from config import Settings
from portal import db, telling
from portal.web.services import services
from portal.webhooks.models import Delivery, Endpoint
from tests.conftest import running, settings_for
from tests.web.browsing import Browser, Page, go_live

URL = "http://127.0.0.1:9/hook"
LIST = "/portal/webhooks"


def make(browser: Browser, **typed: Any) -> Page:
    return browser.post(f"{LIST}/new", **{"url": URL, "format": "standard", "told": "all", **typed})


def made(browser: Browser, **typed: Any) -> str:
    """Make an endpoint; return the address of its page."""
    return made_at(make(browser, **typed))


def made_at(answer: Page) -> str:
    found = re.search(r"/portal/webhooks/we_\w+(?=/switch)", answer.text)
    assert found, answer.text
    return found[0]


def secret_in(page: Page) -> str:
    found = re.search(r"whsec_[\w+/=]+", page.text)
    assert found
    return found[0]


def sealed(app: Flask) -> str:
    """Return the secret that the only endpoint signs with."""
    with app.app_context(), db.reading() as connection:
        return services().vault.open(connection.scalar(select(Endpoint.sealed_secret)) or "")["secret"]


def set_state(app: Flask, **values: Any) -> None:
    with app.app_context(), db.writing() as tx:
        tx.execute(update(Endpoint).values(**values))


def deliver(app: Flask) -> None:
    with app.app_context():
        telling.deliverer(app).tick()


def test_an_endpoint_is_made_and_its_secret_shown_once(app: Flask, browser: Browser) -> None:
    answer = make(browser, description="Site", told="some", events=["order.paid", "refund.failed"])
    assert (answer.status, secret_in(answer)) == (200, sealed(app))
    listed = browser.get(LIST).text
    assert URL in listed
    assert "Commande payée, Remboursement échoué" in listed
    assert "whsec_" not in listed + browser.get(made(browser)).text.replace(secret_in(answer), "")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": ""}, "Adresse (URL) : Écrivez l'adresse complète"),
        ({"url": "boutique.example"}, "Adresse (URL) : Écrivez l'adresse complète"),
        ({"url": "https://user:pw@boutique.example/"}, "Adresse (URL) : Retirez le nom d'utilisateur"),
        ({"url": "http://no-such-host.invalid/"}, "Adresse (URL) : Ce nom de domaine n'existe pas"),
        ({"url": "https://" + "a" * 2000}, "Adresse (URL) : Écrivez l'adresse complète"),
        ({"format": "xml"}, "Format : Choisissez l'un des deux."),
        ({"told": "none"}, "Prévenir votre site : Choisissez l'un des deux."),
        ({"told": "some"}, "Événements : Cochez au moins une case."),
        ({"told": "some", "events": ["order.lost"]}, "Événements : Cochez au moins une case."),
        (
            {"told": "some", "events": ["refund.failed"], "format": "partner_callback"},
            "Événements : Le rappel partenaire ne peut pas dire : Remboursement échoué.",
        ),
        ({"description": "n" * 256}, "Note : Raccourcissez"),
    ],
)
def test_what_cannot_be_used_is_named_and_all_that_was_typed_is_kept(
    browser: Browser, typed: dict[str, Any], said: str
) -> None:
    answer = make(browser, **{"description": "Mon site", **typed})
    assert (answer.status, len(answer.errors)) == (422, 1)
    assert answer.errors[0].startswith(said)
    assert answer.value("url") == typed.get("url", URL)
    assert answer.value("description") == typed.get("description", "Mon site")
    assert "Aucune adresse" in browser.get(LIST).text


def test_an_address_of_this_machine_is_refused_where_it_is_not_allowed(
    settings: Settings, tmp_path: Any
) -> None:
    with running(settings_for(settings.database_url, tmp_path, WEBHOOKS_ALLOW_PRIVATE="0")) as strict:
        browser = Browser(strict)
        browser.sign_up("akofa@boutique.example")
        browser.log_in("akofa@boutique.example")
        assert (
            make(browser)
            .errors[0]
            .startswith("Adresse (URL) : Cette adresse n'est pas sur l'internet public")
        )


def test_in_live_mode_the_address_is_https_and_the_endpoint_lives_there_alone(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        go_live()
    answer = browser.post(f"{LIST}/new?mode=live", url=URL, format="standard", told="all")
    assert answer.errors[0].startswith("Adresse (URL) : L'adresse doit commencer par https://")
    browser.post(f"{LIST}/new?mode=live", url="https://127.0.0.1:9/hook", format="standard", told="all")
    assert "https://127.0.0.1:9/hook" in browser.get(f"{LIST}?mode=live").text
    assert "Aucune adresse" in browser.get(LIST).text


def test_an_endpoint_is_changed_and_its_format_stays(browser: Browser) -> None:
    page = made(browser, format="partner_callback")
    wrong = browser.post(page, url="ftp://x", told="some", events=["order.paid"], description="Autre")
    assert (wrong.status, wrong.value("url"), wrong.value("description")) == (422, "ftp://x", "Autre")
    right = {"url": "http://127.0.0.1:9/other", "told": "some", "events": "order.paid", "format": "standard"}
    assert browser.post(page, **right).location == page
    text = browser.get(page).text
    assert "http://127.0.0.1:9/other" in text
    assert "les quatorze champs de TMoney" in text
    carried = browser.post(page, url=URL, told="some", events=["refund.failed"])
    assert carried.errors[0].startswith("Événements : Le rappel partenaire ne peut pas dire")


def test_an_endpoint_is_switched_off_and_on(browser: Browser) -> None:
    page = made(browser)
    assert browser.post(f"{page}/switch", on=page, enabled="0").location == page
    off = browser.get(page).text
    assert "Désactivé depuis le" in off
    assert "Envoyer un essai" not in off
    browser.post(f"{page}/ping", on=page)
    assert "Rien n'est parti" in browser.get(page).text
    browser.post(f"{page}/switch", on=page, enabled="1")
    assert "Désactivé depuis le" not in browser.get(page).text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": "paused", "failing_since": datetime(2026, 1, 1, tzinfo=UTC)}, "En pause depuis le"),
        ({"state": "gone"}, "Votre site a répondu 410 le"),
        ({"failing_since": datetime(2026, 3, 1, 12, 5, tzinfo=UTC)}, "rien pris depuis le 1 mars 2026"),
    ],
)
def test_the_state_is_said_in_plain_words_with_its_moment(
    app: Flask, browser: Browser, values: dict[str, Any], said: str
) -> None:
    page = made(browser)
    set_state(app, **values)
    assert said in browser.get(LIST).text
    assert said in browser.get(page).text


def test_a_new_secret_is_shown_once_and_two_signatures_are_announced(app: Flask, browser: Browser) -> None:
    answer = make(browser)
    page = made_at(answer)
    turned = browser.post(f"{page}/rotate", on=page)
    assert secret_in(turned) == sealed(app) != secret_in(answer)
    later = browser.get(page).text
    assert "chaque message porte deux signatures" in later
    assert secret_in(turned) not in later
    set_state(app, old_secret_until=datetime(2026, 1, 1, tzinfo=UTC))
    assert "chaque message porte deux signatures" not in browser.get(page).text


def test_a_ping_leads_to_what_came_of_it(app: Flask, browser: Browser) -> None:
    page = made(browser)
    delivery = browser.post(f"{page}/ping", on=page).location
    assert "Pas encore d'essai." in browser.get(delivery).text
    deliver(app)
    assert "personne n'écoute à cette adresse" in browser.get(delivery).text
    assert "Échec, à réessayer" in browser.get(page).text
    assert "Échec, à réessayer" in browser.get(LIST).text


def test_what_came_up_since_a_moment_is_sent_again(app: Flask, browser: Browser) -> None:
    page = made(browser)
    for _ in range(2):
        browser.post(f"{page}/ping", on=page)
    with app.app_context(), db.writing() as tx:
        first = tx.scalar(select(Delivery.id).order_by(Delivery.id).limit(1))
        taken = {"status": "delivered", "due_at": None, "tries": 1}
        tx.execute(update(Delivery).where(Delivery.id == first).values(taken))
        tx.execute(update(Delivery).where(Delivery.id != first).values(taken | {"status": "failed"}))
    since = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    browser.post(f"{page}/again", on=page, since=since, missed_alone="y")
    assert "Envois repris : 1." in browser.get(page).text
    browser.post(f"{page}/again", on=page, since=since)
    assert "Envois repris : 2." in browser.get(page).text
    now = datetime.now(UTC).strftime("%d/%m/%Y %H:%M:%S")[:16]
    assert browser.post(f"{page}/again", on=page, since=now).location == page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Depuis : Écrivez depuis quand."),
        ("hier", "Depuis : Écrivez le moment ainsi"),
        ("31/02/2026 10:00", "Depuis : Écrivez le moment ainsi"),
        ("2199-01-01T10:00", "Depuis : Choisissez un moment passé."),
    ],
)
def test_a_moment_that_cannot_be_meant_is_named(browser: Browser, typed: str, said: str) -> None:
    page = made(browser)
    answer = browser.post(f"{page}/again", on=page, since=typed)
    assert (answer.status, answer.value("since")) == (422, typed)
    assert answer.errors[0].startswith(said)
    assert browser.get(f"{page}/again").location == page


def test_an_endpoint_is_deleted_after_a_question(browser: Browser) -> None:
    page = made(browser)
    browser.post(f"{page}/ping", on=page)
    asked = browser.get(f"{page}/delete").text
    assert URL in asked
    assert "seront abandonnés : 1." in asked
    assert URL in browser.get(LIST).text
    assert browser.post(f"{page}/delete").location == LIST
    assert "Aucune adresse" in browser.get(LIST).text
    assert browser.get(page).status == 404


def test_a_store_has_so_many_and_no_more(browser: Browser) -> None:
    for _ in range(20):
        make(browser)
    assert "Ajouter une adresse" not in browser.get(LIST).text
    assert make(browser).errors == ["Adresse (URL) : Vous avez déjà 20 adresses. Supprimez-en une d'abord."]


def test_the_endpoints_of_another_store_do_not_exist(browser: Browser, stranger: Browser) -> None:
    page = made(browser)
    for path in (page, f"{page}/delete", f"{page}/rotate", f"{page}/again"):
        assert stranger.get(path).status == 404
    for verb in ("", "/switch", "/rotate", "/ping", "/again", "/delete"):
        assert stranger.post(f"{page}{verb}", on="/portal/settings", enabled="0", url=URL).status == 404
    assert "Désactivé" not in browser.get(page).text.split("<form")[0]


def test_what_a_merchant_types_is_shown_as_text(browser: Browser) -> None:
    answer = make(browser, description="<script>alert(1)</script>")
    raw = browser.client.get(LIST).get_data(as_text=True)
    assert answer.status == 200
    assert "<script>alert" not in raw
    assert "&lt;script&gt;alert" in raw
