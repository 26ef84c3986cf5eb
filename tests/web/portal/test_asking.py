"""A merchant has an operator asked now, wherever it can be asked and there is something left to ask."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import update

from portal import db
from portal.domain.events import Accepted, Failed
from portal.payments.models import Attempt
from portal.payments.refund_models import Refund
from portal.web.services import services
from tests.web.browsing import Browser, Page
from tests.web.portal.selling import PAGE, PUSH, Desk, path

BUTTON = "Interroger Mixx by Yas direct maintenant"


def asks(desk: Desk, order: SimpleNamespace, browser: Browser | None = None) -> Page:
    attempt = desk.attempts(order)[0]["public_id"]
    return (browser or desk.browser).post(f"{path(order)}/attempts/{attempt}/ask", on="/portal/links/new")


def puts(desk: Desk, table: type[Attempt | Refund], row: int, **values: object) -> None:
    with desk.app.app_context(), db.writing() as tx:
        tx.execute(update(table).where(table.id == row).values(values))


def test_the_question_is_due_at_once(desk: Desk) -> None:
    order = desk.sells(Accepted(), operator=PUSH)
    before = desk.attempts(order)[0]["due_at"]
    assert BUTTON in desk.page(order).text
    assert asks(desk, order).location == path(order)
    assert desk.attempts(order)[0]["due_at"] < before - timedelta(minutes=1)
    assert "La question part vers Mixx by Yas direct." in desk.page(order).text


def test_a_question_after_the_last_word_is_allowed_while_nothing_was_paid(desk: Desk) -> None:
    order = desk.sells(Accepted(), Failed(), operator=PUSH)
    assert BUTTON in desk.page(order).text
    asks(desk, order)
    assert desk.attempts(order)[0]["due_at"] is not None


@pytest.mark.parametrize("operator", [PAGE, PUSH])
def test_of_money_that_arrived_there_is_nothing_to_ask(desk: Desk, operator: str) -> None:
    order = desk.is_paid(500, operator=operator)
    due = desk.attempts(order)[0]["due_at"]
    assert "Interroger" not in desk.page(order).text
    asks(desk, order)
    assert desk.attempts(order)[0]["due_at"] == due
    assert "Il n'y a plus rien à demander" in desk.page(order).text


def test_an_operator_that_answers_no_questions_is_asked_none(desk: Desk) -> None:
    order = desk.sells(Accepted(), operator=PAGE)
    page = desk.page(order).text
    assert "Interroger" not in page
    assert "Mixx by Yas ne répond pas aux questions" in page
    due = desk.attempts(order)[0]["due_at"]
    asks(desk, order)
    assert desk.attempts(order)[0]["due_at"] == due


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (None, "Mixx by Yas direct n'a encore rien dit."),
        ("no answer: HTTP 502", "Mixx by Yas direct n'a pas répondu à notre question (HTTP 502)."),
        ("nothing known: ", "Mixx by Yas direct ne connaît pas cette opération, pour l'instant."),
    ],
)
def test_what_the_operator_last_answered_is_told(desk: Desk, kept: str | None, told: str) -> None:
    order = desk.sells(Accepted(), operator=PUSH)
    puts(desk, Attempt, desk.attempts(order)[0]["id"], last_word=kept)
    page = desk.page(order).text
    assert told in page
    assert "Prochaine question :" in page
    puts(desk, Attempt, desk.attempts(order)[0]["id"], due_at=None)
    assert "Nous ne posons plus la question de nous-mêmes." in desk.page(order).text


def test_a_refund_that_is_not_certain_can_be_asked_about_and_decided(desk: Desk) -> None:
    order = desk.is_paid(500, operator=PUSH)
    desk.asks_back(order, "200")
    refund = desk.refunds(order)[0]
    ask = f"/portal/refunds/{refund['public_id']}/ask"
    assert "Interroger" not in desk.page(order).text
    puts(desk, Refund, refund["id"], status="unknown", due_at=None)
    page = desk.page(order).text
    for told in ("nous ne l'enverrons jamais une seconde fois", BUTTON, "L'argent n'est pas parti"):
        assert told in page, told
    desk.browser.post(ask, on=path(order))
    assert desk.refunds(order)[0]["due_at"] is not None
    desk.decides(order, "failed")
    assert desk.refunds(order)[0]["status"] == "failed"
    assert "Remboursement non abouti. Vu : SMS de 12:04" in desk.page(order).text
    desk.browser.post(ask, on=path(order))
    assert "Il n'y a plus rien à demander" in desk.page(order).text


def test_another_stores_payment_is_not_asked_about(app: Flask, desk: Desk, stranger: Browser) -> None:
    order = desk.sells(Accepted(), operator=PUSH)
    due = desk.attempts(order)[0]["due_at"]
    assert asks(desk, order, stranger).status == 404
    assert desk.attempts(order)[0]["due_at"] == due


def test_a_payment_of_another_order_is_not_found_there(desk: Desk) -> None:
    order, other = desk.sells(Accepted(), operator=PUSH), desk.sells(Accepted(), operator=PUSH)
    attempt = desk.attempts(other)[0]["public_id"]
    assert desk.browser.post(f"{path(order)}/attempts/{attempt}/ask", on="/portal/orders").status == 404


def test_asking_needs_the_pages_own_form(desk: Desk) -> None:
    order = desk.sells(Accepted(), operator=PUSH)
    attempt = desk.attempts(order)[0]["public_id"]
    assert desk.browser.post_without_token(f"{path(order)}/attempts/{attempt}/ask").status == 400


def test_the_hour_of_the_next_question_is_told(desk: Desk) -> None:
    order = desk.sells(Accepted(), operator=PUSH)
    with desk.app.app_context(), db.writing() as tx:
        soon = db.moment(tx, services().clock) + timedelta(seconds=10)
    puts(desk, Attempt, desk.attempts(order)[0]["id"], due_at=soon)
    assert f'datetime="{soon:%Y-%m-%dT%H:%M:%SZ}"' in desk.page(order).text
