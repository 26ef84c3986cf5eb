"""Around every page of the portal: a stranger stays outside, a store sees its own, live is asked for by name."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.factories import AMerchant, an_order
from tests.web.browsing import Browser, go_live


def test_no_page_of_the_portal_opens_to_a_stranger(app: Flask) -> None:
    client = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/portal")]
    assert len(rules) > 10
    for rule in rules:
        address = re.sub(r"<any\((\w+).*?>", r"\1", rule.rule).replace("<public_id>", "ord_x")
        if "GET" in (rule.methods or ()):
            answer = client.get(address)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/login"), (
                rule.rule
            )
        else:
            assert client.post(address).status_code == 400, f"{rule.rule} takes a form without its token"


def test_a_form_of_a_stranger_leads_to_the_door(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.post("/portal/settings/sign-out-everywhere", on="/login")
    assert (answer.status, answer.location) == (303, "/login")


@pytest.mark.parametrize(
    "page", ["/portal/orders", "/portal/links", "/portal/links/new", "/portal/keys", "/portal/settings"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_has_a_language_a_title_and_the_warning_about_the_pin(
    browser: Browser, page: str, language: str
) -> None:
    shown = browser.get(f"{page}?lang={language}").text
    assert f'<html lang="{language}">' in shown
    assert " – Cross</title>" in shown
    assert ("code PIN" if language == "fr" else "your PIN") in shown


def test_live_orders_are_shown_only_where_the_store_is_live(
    app: Flask, browser: Browser, store: AMerchant
) -> None:
    with app.app_context():
        an_order(store, reference="EN-TEST")
        an_order(store, reference="EN-VRAI", mode="live")
    page = browser.get("/portal/orders?mode=live").text
    assert "EN-TEST" in page
    assert "EN-VRAI" not in page
    assert "Mode test" in page
    with app.app_context():
        go_live()
    page = browser.get("/portal/orders?mode=live").text
    assert "EN-VRAI" in page
    assert "EN-TEST" not in page
    assert "Mode test" not in page
    assert 'href="/portal/links?mode=live"' in page
    assert "EN-TEST" in browser.get("/portal/orders").text


def test_the_language_of_the_settings_is_remembered_with_the_person(app: Flask, browser: Browser) -> None:
    form = {"name": "Chez Akofa", "contact_email": "akofa@boutique.example", "language": "en"}
    browser.post("/portal/settings", **form)
    elsewhere = Browser(app)
    elsewhere.log_in("akofa@boutique.example")
    assert '<html lang="en">' in elsewhere.get("/portal/orders").text


def test_an_answer_of_the_portal_is_kept_by_nobody(browser: Browser) -> None:
    headers = browser.get("/portal/orders").headers
    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
