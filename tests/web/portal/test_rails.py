"""The operators' weather before merchants: this hour, this mode, in plain words, the store's own tries beside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from portal import db
from portal.domain.events import Accepted, Failed
from portal.payments import rail_queries, weather
from portal.payments.models import Attempt
from portal.payments.rail_queries import Own
from portal.payments.weather import Weather
from portal.web.services import services
from tests.counting import counting
from tests.factories import a_merchant
from tests.web.browsing import go_live
from tests.web.portal.selling import PAGE, PUSH, Desk

TITLE = "Vos opérateurs, cette dernière heure"


def counts(desk: Desk, ended: int, paid: int, seconds: int | None, *, mode: str = "test") -> None:
    """Let the worker have counted so for TMoney Online, just now."""
    with desk.app.app_context(), db.writing() as tx:
        row = {"operator": PAGE, "mode": mode, "ended": ended, "paid": paid, "median_seconds": seconds}
        tx.execute(insert(Weather).values(**row, counted_at=db.moment(tx, services().clock)))


def own(desk: Desk, mode: str = "test") -> dict[str, Own]:
    with desk.app.app_context(), db.reading() as connection:
        since = db.moment(connection, services().clock) - weather.LOOKED_AT
        return dict(rail_queries.own(connection, merchant_id=desk.store.id, mode=mode, since=since))


@pytest.mark.parametrize(
    ("ended", "paid", "seconds", "told"),
    [
        (48, 46, 23, ["Tout va bien", "46 paiements aboutis sur 48 (96 %). Durée habituelle : 23 s."]),
        (30, 28, 150, ["Lent", "28 paiements aboutis sur 30 (93 %). Durée habituelle : 2 min."]),
        (20, 4, 40, ["Beaucoup d'échecs", "4 paiements aboutis sur 20 (20 %)."]),
        (4, 4, 10, ["Trop peu de paiements"]),
    ],
)
def test_the_hour_is_told_in_plain_words(
    desk: Desk, *, ended: int, paid: int, seconds: int, told: list[str]
) -> None:
    counts(desk, ended, paid, seconds)
    page = desk.browser.get("/portal/orders").text
    assert TITLE in page
    for words in told:
        assert words in page, words


def test_a_count_of_long_ago_says_nothing_about_now(desk: Desk) -> None:
    counts(desk, 20, 4, 40)
    with desk.app.app_context(), db.writing() as tx:
        old = db.moment(tx, services().clock) - weather.OLD
        tx.execute(update(Weather).values(counted_at=old))
    assert "Beaucoup d'échecs" not in desk.browser.get("/portal/orders").text


def test_test_and_live_have_their_own_weather(app: Flask, desk: Desk) -> None:
    with app.app_context():
        go_live()
    desk.account(mode="live")
    counts(desk, 20, 4, 40, mode="live")
    assert "Beaucoup d'échecs" not in desk.browser.get("/portal/orders").text
    assert "Beaucoup d'échecs" in desk.browser.get("/portal/orders?mode=live").text


def test_a_store_sees_its_own_tries_beside(desk: Desk) -> None:
    desk.is_paid(500)
    desk.sells(Accepted(), Failed())
    assert "Chez vous : 1 aboutis sur 2 essais." in desk.browser.get("/portal/orders").text
    assert "Chez vous : personne n'a payé par là." in desk.browser.get("/portal/orders").text
    assert TITLE not in desk.browser.get("/portal/orders?reference=X").text


def test_own_tries_are_of_one_store_one_mode_and_one_hour(desk: Desk) -> None:
    desk.is_paid(500)
    old = desk.sells(Accepted(), operator=PUSH)
    desk.is_paid(500, mode="live", reference="VRAI")
    with desk.app.app_context():
        other = Desk(desk.app, desk.browser, a_merchant(name="Ailleurs"))
    other.is_paid(500)
    with desk.app.app_context(), db.writing() as tx:
        before = db.moment(tx, services().clock) - timedelta(hours=2)
        tx.execute(update(Attempt).where(Attempt.order_id == old.id).values(created_at=before))
    assert own(desk) == {PAGE: Own(1, 1)}
    assert own(desk, "live") == {PAGE: Own(1, 1)}


def test_own_tries_are_one_statement(desk: Desk) -> None:
    desk.is_paid(500)
    with desk.app.app_context(), counting(db.db.engine) as seen:
        own(desk)
    assert seen.statements == 2  # the time, then the tries
