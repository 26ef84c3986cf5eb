"""French first, English complete: asked for, remembered, the order's, the browser's."""

from __future__ import annotations

import pytest

from tests.machines.stage import Stage

FRENCH, ENGLISH = "Choisissez comment payer", "Choose how to pay"


def test_french_is_spoken_where_nothing_is_known(stage: Stage) -> None:
    assert FRENCH in stage.looks(stage.order()).text


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("en", ENGLISH),
        ("en-GB,en;q=0.9", ENGLISH),
        ("fr-TG,fr;q=0.9,en;q=0.8", FRENCH),
        ("de,en;q=0.5", ENGLISH),
        ("de", FRENCH),
        ("*", FRENCH),
        (";;q=x,,", FRENCH),
    ],
)
def test_the_browsers_language_counts(stage: Stage, accepted: str, words: str) -> None:
    assert words in stage.looks(stage.order(), **{"Accept-Language": accepted}).text


def test_what_is_asked_for_wins_and_is_remembered(stage: Stage) -> None:
    order = stage.order()
    asked = stage.looks(order, "?lang=en", **{"Accept-Language": "fr"})
    assert ENGLISH in asked.text
    assert "lang=en" in asked.headers["Set-Cookie"]
    assert "HttpOnly" in asked.headers["Set-Cookie"]
    assert ENGLISH in stage.looks(order).text
    assert FRENCH in stage.looks(order, "?lang=fr").text


@pytest.mark.parametrize("lang", ["de", "", "../en", "EN", "en\r\nX: y"])
def test_what_nobody_speaks_is_ignored(stage: Stage, lang: str) -> None:
    answer = stage.client.get(f"/pay/{stage.order().token}", query_string={"lang": lang})
    assert FRENCH in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_language_of_the_attempt_is_the_orders_from_then_on(stage: Stage) -> None:
    order = stage.order()
    stage.client.post(f"/pay/{order.token}/tmoney-online", data={"lang": "en"})
    [attempt] = stage.attempts(order)
    assert attempt["language"] == "en"
    assert attempt["continuation"]["fields"]["language"] == "en"
    elsewhere = stage.app.test_client().get(f"/pay/{order.token}")
    assert '<html lang="en">' in elsewhere.text


def test_a_form_keeps_the_language_that_was_asked_for(stage: Stage) -> None:
    order = stage.order()
    page = stage.looks(order, "?lang=en").text
    assert '<input type="hidden" name="lang" value="en">' in page
    answer = stage.client.post(f"/pay/{order.token}/tmoney-online", data={"lang": "en"})
    assert answer.location.endswith("/go?lang=en")


def test_every_page_leads_to_itself_in_the_other_language(stage: Stage) -> None:
    order = stage.order()
    page = stage.looks(order, "?n=3&lang=fr").text
    assert f'href="/pay/{order.token}?n=3&amp;lang=en"' in page
    assert '<html lang="fr">' in page
