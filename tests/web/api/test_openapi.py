import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from tests.factories import AMerchant, AnApiKey, an_account, an_attempt, an_order
from tests.web.api.conftest import Post, before_the_database

Document = Mapping[str, Any]


@pytest.fixture
def document(client: FlaskClient) -> Document:
    found: Document = client.get("/api/v1/openapi.json").get_json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method, path, operation


def resolved(document: Document, part: Document) -> Document:
    """Follow a reference into the components."""
    if "$ref" not in part:
        return part
    found = document
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


@before_the_database
def test_the_document_is_valid_openapi_3_1(document: Document) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(dict(document), cls=OpenAPIV31SpecValidator)


def violations(document: Document, schema: Document, value: Any, place: str = "") -> Iterator[str]:
    """Give what in the value is not as the schema says (as far as this document uses JSON Schema)."""
    schema = resolved(document, schema)
    if "anyOf" in schema:
        if all(list(violations(document, one, value)) for one in schema["anyOf"]):
            yield f"{place} is none of the choices"
        return
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if kind_of(value) not in types:
        yield f"{place} is {kind_of(value)}, not {types}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is {value!r}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value)
        if known:
            yield from (f"{place} tells of no {name}" for name in value if name not in known)
        for name in known.keys() & value.keys():
            yield from violations(document, known[name], value[name], f"{place}.{name}")
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from violations(document, schema["items"], one, f"{place}[{number}]")


def kind_of(value: object) -> str:
    names = {
        dict: "object",
        list: "array",
        str: "string",
        bool: "boolean",
        int: "integer",
        type(None): "null",
    }
    return names[type(value)]


@before_the_database
def test_it_is_openapi_3_1(document: Document) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]
    assert document["servers"] == [{"url": "http://localhost"}]


@before_the_database
def test_every_reference_leads_somewhere(document: Document) -> None:
    found = list(references(document))
    assert found
    assert all(resolved(document, {"$ref": reference}) for reference in found)


@before_the_database
def test_every_call_of_the_api_is_in_it_and_no_other(app: Flask, document: Document) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }
    assert {(method, path) for method, path, _ in operations(document)} == routes


@before_the_database
def test_every_call_needs_a_key_and_says_so(client: FlaskClient, document: Document) -> None:
    assert document["security"] == [{"apiKey": []}]
    scheme = document["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for method, path, operation in operations(document):
        assert client.open(path.replace("{", "").replace("}", ""), method=method).status_code == 401
        assert "401" in operation["responses"]


@before_the_database
def test_every_post_takes_an_idempotency_key(document: Document) -> None:
    for method, _, operation in operations(document):
        names = [resolved(document, one)["name"] for one in operation.get("parameters", ())]
        assert ("Idempotency-Key" in names) is (method == "post")


@before_the_database
def test_every_error_is_a_problem_document(document: Document) -> None:
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            content = resolved(document, response).get("content", {})
            if status == "204":
                assert content == {}
                continue
            expected = "application/json" if int(status) < 400 else "application/problem+json"
            assert list(content) == [expected]


@before_the_database
def test_every_call_has_a_name_of_its_own(document: Document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)


@before_the_database
def test_what_is_wanted_is_described_to_the_letter(document: Document) -> None:
    wanted = document["components"]["schemas"]["NewOrder"]
    fields = wanted["properties"]
    assert wanted["additionalProperties"] is False
    assert set(wanted["required"]) == {"amount", "reference"}
    assert (fields["amount"]["minimum"], fields["amount"]["maximum"]) == (1, 9_999_999_999)
    assert (fields["expires_in"]["minimum"], fields["expires_in"]["maximum"]) == (60, 2_592_000)
    assert (fields["expires_in"]["default"], fields["currency"]["default"]) == (86_400, "XOF")
    assert (fields["reference"]["minLength"], fields["reference"]["maxLength"]) == (1, 100)
    assert fields["metadata"]["maxProperties"] == 50
    assert fields["metadata"]["additionalProperties"]["maxLength"] == 500


@before_the_database
def test_answers_may_gain_fields(document: Document) -> None:
    for name in ("Order", "Attempt", "Review", "Customer", "Problem"):
        assert document["components"]["schemas"][name].get("additionalProperties", True) is True


def test_answers_are_as_described(
    client: FlaskClient, document: Document, merchant: AMerchant, key: AnApiKey, post: Post
) -> None:
    with client.application.app_context():
        account, order = an_account(merchant), an_order(merchant, customer={"phone": "+22890112233"})
        an_attempt(order, account, then=[Accepted(), Paid(Money(400), "T-1", fee=4, payer="90112233")])
    schemas = document["components"]["schemas"]
    for answer in (
        post(customer={"name": "Akofa"}, return_url="https://boutique.example/"),
        post(),
        client.get(f"/api/v1/orders/{order.public_id}", headers=key.headers),
    ):
        assert list(violations(document, schemas["Order"], answer.get_json())) == []
    for refusal in (post(amount=0), post(body=b"{"), client.get("/api/v1/orders/x", headers=key.headers)):
        assert list(violations(document, schemas["Problem"], refusal.get_json())) == []


@before_the_database
def test_a_wrong_answer_would_be_found_out(document: Document, post: Post) -> None:
    order = post().get_json()
    shape = document["components"]["schemas"]["Order"]
    wrongs: list[dict[str, object]] = [
        {"amount": "500"},
        {"status": "lost"},
        {"new": 1},
        {"attempts": [{}]},
        {"customer": 7},
    ]
    for wrong in wrongs:
        assert list(violations(document, shape, order | wrong))
    del order["mode"]
    assert list(violations(document, shape, order)) == [" lacks mode"]
