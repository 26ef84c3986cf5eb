"""The door for merchants: it opens to the right password alone, and says nothing of who has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.web.login import safe_next
from tests.conftest import running, settings_for
from tests.databases import Kind
from tests.web.browsing import PASSWORD, Browser, end_sessions, merchant_browser, store_of

EMAIL = "akofa@boutique.example"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def limited(fresh_database: Callable[[Kind], str], tmp_path: Path) -> Iterator[Flask]:
    """Give an application that counts calls, as in production."""
    with running(settings_for(fresh_database("sqlite"), tmp_path, RATE_LIMITS="1")) as app:
        yield app


def test_a_new_merchant_signs_up_logs_in_and_is_at_home(app: Flask, browser: Browser) -> None:
    answer = browser.sign_up(EMAIL)
    assert (answer.status, answer.location) == (303, "/login")
    assert browser.get("/login").value("email") == EMAIL
    answer = browser.log_in(EMAIL)
    assert (answer.status, answer.location) == (303, "/portal/orders")
    assert "Chez Akofa" in browser.get("/portal/orders").text


def test_a_new_store_can_be_paid_in_test_mode_at_once(app: Flask, browser: Browser) -> None:
    merchant_browser(app)
    made = browser.log_in(EMAIL)
    assert made.status == 303
    made = browser.post("/portal/links/new", title="Panier", kind="fixed", amount="500")
    link = browser.get(made.location)
    assert "/l/panier-" in link.text
    with app.app_context():
        assert not store_of().live


def test_signing_up_with_a_known_address_ends_like_a_new_one_and_changes_nothing(app: Flask) -> None:
    owner = merchant_browser(app)
    asker, new = Browser(app), Browser(app)
    known = asker.sign_up(EMAIL, store="Autre boutique", password="un tout autre mot")
    fresh = new.sign_up("kossi@ailleurs.example", store="Autre boutique", password="un tout autre mot")
    assert (known.status, known.location, known.text) == (fresh.status, fresh.location, fresh.text)
    after = (
        asker.get("/login").text.replace(EMAIL, "…"),
        new.get("/login").text.replace("kossi@ailleurs.example", "…"),
    )
    assert [_without_token(text) for text in after] == [_without_token(after[0])] * 2
    assert not asker.is_in()
    assert asker.log_in(EMAIL, password="un tout autre mot").status == 422
    assert "Autre boutique" not in owner.get("/portal/orders").text


def _without_token(text: str) -> list[str]:
    return [line for line in text.splitlines() if "csrf_token" not in line]


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "pas le bon mot"), ("personne@ailleurs.example", PASSWORD), (EMAIL, "x" * 500)],
)
def test_a_wrong_address_and_a_wrong_password_sound_the_same(app: Flask, email: str, password: str) -> None:
    merchant_browser(app)
    browser = Browser(app)
    answer = browser.log_in(email, password=password)
    assert answer.status == 422
    assert answer.errors == [
        "Mot de passe : L'adresse ou le mot de passe n'est pas le bon. Vérifiez les deux, puis réessayez."
    ]
    assert answer.value("email") == email
    assert not browser.is_in()


def test_the_address_is_the_same_in_capitals(app: Flask, browser: Browser) -> None:
    merchant_browser(app)
    assert browser.log_in(" Akofa@Boutique.Example ").status == 303


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("store", "  ", "Nom de votre boutique : Écrivez"),
        ("store", "a" * 101, "100 caractères au plus, il en a 101"),
        ("store", "nul\0", "caractères invisibles"),
        ("email", "pas une adresse", "Adresse e-mail : Écrivez une adresse e-mail complète"),
        ("email", f"{'a' * 250}@b.tg", "adresse e-mail complète"),
        ("phone", "12", "Téléphone de contact : Écrivez un numéro du Togo"),
        ("password", "court", "au moins 10 caractères"),
        ("password", "aaaaaaaaaaaa", "se devine trop vite"),
        ("password", EMAIL, "se devine trop vite"),
        ("password", "x1" * 101, "au plus 200 caractères"),
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_kept(
    browser: Browser, field: str, typed: str, said: str
) -> None:
    right = {"store": "Chez Akofa", "email": EMAIL, "phone": "90 11 22 33", "password": PASSWORD}
    answer = browser.post("/signup", **{**right, field: typed})
    assert answer.status == 422
    assert len(answer.errors) == 1
    assert said in answer.errors[0]
    kept = {name: answer.value(name) for name in ("store", "email", "phone") if name != field}
    assert kept.items() <= right.items()
    assert PASSWORD not in answer.text


def test_a_form_without_its_token_is_refused(app: Flask, browser: Browser) -> None:
    browser.sign_up(EMAIL)
    assert browser.post_without_token("/login", email=EMAIL, password=PASSWORD).status == 400
    assert not browser.is_in()


def test_a_token_of_another_browser_is_refused(app: Flask, browser: Browser) -> None:
    browser.sign_up(EMAIL)
    token = Browser(app).get("/login").value("csrf_token")
    browser.get("/login")
    answer = browser.post_without_token("/login", email=EMAIL, password=PASSWORD, csrf_token=token)
    assert answer.status == 400


def test_signing_in_begins_a_new_session(app: Flask, browser: Browser) -> None:
    browser.sign_up(EMAIL)
    before = browser.get("/login").value("csrf_token")
    browser.log_in(EMAIL)
    answer = browser.post_without_token("/logout", csrf_token=before)
    assert answer.status == 400, "what was given out before signing in holds no longer"
    assert browser.is_in()


def test_logging_out_closes_the_portal_and_is_never_a_link(app: Flask) -> None:
    browser = merchant_browser(app)
    assert browser.get("/logout").status == 405
    assert browser.is_in()
    assert browser.log_out().location == "/login"
    assert not browser.is_in()


def test_a_session_ends_when_its_version_does(app: Flask) -> None:
    browser = merchant_browser(app)
    with app.app_context():
        end_sessions(EMAIL)
    assert not browser.is_in()
    assert browser.log_in(EMAIL).status == 303
    assert browser.is_in()


def test_a_session_cookie_is_not_readable_by_scripts_and_not_sent_from_elsewhere(browser: Browser) -> None:
    browser.sign_up(EMAIL)
    cookie = browser.log_in(EMAIL).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_stranger_is_led_to_the_door_and_back(app: Flask, browser: Browser) -> None:
    browser.sign_up(EMAIL)
    answer = browser.get("/portal/orders?status=paid")
    assert (answer.status, answer.location) == (303, "/login?next=/portal/orders?status%3Dpaid")
    assert browser.log_in(EMAIL, path=answer.location).location == "/portal/orders?status=paid"


@pytest.mark.parametrize(
    "target",
    [
        "https://ailleurs.example",
        "//ailleurs.example",
        "/\\ailleurs.example",
        "\\/ailleurs.example",
        "javascript:alert(1)",
        "/\tailleurs",
        "/\n/ailleurs.example",
        "ailleurs.example",
        "",
    ],
)
def test_nobody_is_led_elsewhere(app: Flask, target: str) -> None:
    assert safe_next(target) is None
    browser = Browser(app)
    browser.sign_up(EMAIL)
    browser.get("/login")
    token = browser.get("/login").value("csrf_token")
    answer = browser.client.post(
        "/login",
        query_string={"next": target},
        data={"email": EMAIL, "password": PASSWORD, "csrf_token": token},
    )
    assert answer.headers["Location"] == "/portal/orders"


def test_whoever_is_in_needs_no_door(app: Flask) -> None:
    browser = merchant_browser(app)
    assert browser.get("/login").location == "/portal/orders"
    assert browser.get("/signup").location == "/portal/orders"
    assert browser.get("/").location == "/portal/orders"


def test_guessing_is_slowed_down_by_address_of_the_account(limited: Flask) -> None:
    browser = Browser(limited)
    answers = [browser.log_in(EMAIL, password=f"essai numero {number}").status for number in range(12)]
    assert answers[:10] == [422] * 10
    assert answers[10:] == [429] * 2


def test_guessing_is_slowed_down_by_address_of_the_guesser(limited: Flask) -> None:
    browser = Browser(limited)
    answers = [browser.log_in(f"personne{number}@ailleurs.example").status for number in range(22)]
    assert 422 in answers
    assert answers[-1] == 429


def test_stores_are_not_made_by_the_hundred(limited: Flask) -> None:
    browser = Browser(limited)
    answers = [browser.sign_up(f"akofa{number}@boutique.example").status for number in range(21)]
    assert answers == [303] * 20 + [429]


def test_the_door_speaks_english_too(app: Flask) -> None:
    page = Browser(app, "en").get("/login?next=/portal/links")
    assert "Sign in" in page.text
    assert 'href="/login?next=%2Fportal%2Flinks&lang=fr"' in page.text
