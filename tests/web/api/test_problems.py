import ast
import inspect
import re
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.web import api
from portal.web.api.problems import KINDS, USUAL, problem
from tests.factories import AnApiKey

MODULES = sorted(Path(inspect.getfile(api)).parent.glob("*.py"))


def codes_in(module: Path) -> set[str]:
    """Return the codes that a module answers: `code="…"`, a table CODES, and the first argument of Unreadable."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                found.add(code)
            case ast.Assign(targets=[ast.Name(id="CODES")], value=ast.Dict(values=codes)):
                found |= {str(code.value) for code in codes if isinstance(code, ast.Constant)}
            case ast.Call(func=ast.Name(id="Unreadable"), args=[ast.Constant(value=str(code)), *_]):
                found.add(code)
    return found


def test_every_code_that_is_answered_is_explained() -> None:
    answered = set().union(*(codes_in(module) for module in MODULES))
    assert {"not_live", "duplicate_name"} <= answered, "the search itself works"
    assert answered <= set(KINDS)


def test_every_code_that_is_explained_can_be_answered() -> None:
    answered = set().union(*(codes_in(module) for module in MODULES))
    assert set(KINDS) - answered <= set(USUAL.values())


@pytest.mark.parametrize("code", KINDS)
def test_a_code_is_a_stable_word_and_says_what_to_do(code: str) -> None:
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z0-9_]+", code)
    assert kind.title.strip()
    assert kind.remedy.strip()
    assert HTTPStatus(kind.status) >= 400


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_request"), (422, "invalid"), (409, "conflict"), (403, "forbidden")]
)
def test_a_status_alone_has_its_usual_code(app: Flask, status: int, code: str) -> None:
    assert problem(status).get_json() == {
        "type": f"/api/docs#{code}",
        "title": KINDS[code].title,
        "status": status,
        "code": code,
    }


@pytest.mark.parametrize(("status", "code"), [(418, "bad_request"), (503, "internal_error")])
def test_a_status_that_we_do_not_know_is_somebodys_fault(app: Flask, status: int, code: str) -> None:
    assert problem(status).get_json()["code"] == code


def test_a_problem_has_a_title_of_its_own_kind(app: Flask) -> None:
    document = problem(422, "Why.", code="idempotency_key_reused", errors={"a": ["b"]}).get_json()
    assert document["title"] == KINDS["idempotency_key_reused"].title
    assert (document["detail"], document["errors"]) == ("Why.", {"a": ["b"]})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/v1/orders/", 404),
        ("DELETE", "/api/v1/orders", 405),
        ("PUT", "/api/v1/orders/ord_23456789abcdefghijkm", 405),
    ],
)
def test_an_address_that_is_none_is_a_problem_document_too(
    client: FlaskClient, key: AnApiKey, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, headers=key.headers)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json()["code"] == USUAL[status]
