"""What went wrong, said so that a person can act on it, or a program."""

from __future__ import annotations

from typing import NoReturn

import pytest
from sqlalchemy import event as on

from portal import db
from tests.machines.stage import Stage


def test_a_page_that_does_not_exist_says_what_to_do(stage: Stage) -> None:
    answer = stage.client.get("/nowhere")
    assert answer.status_code == 404
    assert "existe pas" in answer.text
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["X-Request-Id"] in answer.text


def test_it_is_said_in_the_persons_language(stage: Stage) -> None:
    french = stage.client.get("/nowhere").text
    english = stage.client.get("/nowhere?lang=en").text
    assert '<html lang="en"' in english
    assert '<html lang="fr"' in french


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/healthz", 405), ("POST", "/r/any", 405), ("GET", "/pay/any/tmoney-online", 405)],
)
def test_a_wrong_method_is_said_to_be_one(stage: Stage, method: str, path: str, status: int) -> None:
    assert stage.client.open(path, method=method).status_code == status


def test_a_form_over_a_megabyte_is_refused(stage: Stage) -> None:
    data = {"reference": "x" * 1_100_000}
    assert stage.client.post("/l/any", data=data).status_code == 413


def test_a_program_is_answered_in_its_own_form(stage: Stage) -> None:
    answer = stage.client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.content_type.startswith("application/problem+json")
    assert answer.json is not None
    assert answer.json["status"] == 404


def test_a_crash_says_nothing_of_its_cause_and_not_to_pay_twice(stage: Stage) -> None:
    order = stage.order()

    def breaks(*_: object) -> NoReturn:
        raise RuntimeError("secret cause")

    with stage.app.app_context():
        engine = db.db.engine
    on.listen(engine, "before_cursor_execute", breaks)
    try:
        answer = stage.looks(order)
    finally:
        on.remove(engine, "before_cursor_execute", breaks)
    assert answer.status_code == 500
    assert "secret cause" not in answer.text
    assert "ne payez pas une seconde fois" in answer.text
    assert stage.looks(order).status_code == 200
