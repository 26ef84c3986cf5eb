"""Catching up: one total order, which never gains an event before one that was already told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert

from portal import db
from portal.db import WRITING
from portal.db import db as database
from portal.security import tokens
from portal.web.services import services
from portal.webhooks.models import Event
from tests.factories import AMerchant, AnApiKey, a_merchant, an_api_key

on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
"""On SQLite writers take turns: nothing is ever in flight beside a commit."""


def written(tx: Connection, merchant: AMerchant, kind: str = "order.paid", mode: str = "test") -> str:
    """Write an event in this transaction; return its id."""
    public_id = tokens.public_id("evt")
    row: Mapping[str, Any] = {
        "public_id": public_id,
        "merchant_id": merchant.id,
        "mode": mode,
        "type": kind,
        "created_at": db.now(services().clock),
        "payload": {"object": "order", "id": "ord_x"},
    }
    tx.execute(insert(Event).values(**row))
    return public_id


def happen(app: Flask, merchant: AMerchant, *kinds: str, mode: str = "test") -> list[str]:
    """Let that happen, each in a transaction of its own."""
    made = []
    for kind in kinds:
        with app.app_context(), db.writing() as tx:
            made.append(written(tx, merchant, kind, mode))
    return made


@contextmanager
def in_flight(app: Flask, merchant: AMerchant) -> Iterator[str]:
    """Keep a transaction open that has written an event, and commit it when the body ends."""
    with app.app_context():
        engine = database.engine
    with engine.connect().execution_options(**WRITING) as connection, connection.begin():
        with app.app_context():
            made = written(connection, merchant)
        yield made


def told(client: FlaskClient, key: AnApiKey, **query: Any) -> list[str]:
    answer = client.get("/api/v1/events", headers=key.headers, query_string=query)
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.get_json()["data"]]


def read_on(client: FlaskClient, key: AnApiKey, seen: Sequence[str] = (), **query: Any) -> list[str]:
    """Read as a shop does, from the last event that it saw, until nothing more is told."""
    found = list(seen)
    while page := told(client, key, limit=2, **({"after": found[-1]} if found else {}), **query):
        found += page
    return found


def test_everything_is_told_once_and_in_the_order_of_commits(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey
) -> None:
    made = happen(app, merchant, *["order.processing", "order.paid"] * 4)
    assert read_on(client, key) == made
    assert read_on(client, key, made[:3]) == made
    assert told(client, key, after=made[-1]) == []


@on_postgresql
def test_what_is_in_flight_is_waited_for_and_never_passed(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey
) -> None:
    before = happen(app, merchant, "order.paid")
    with in_flight(app, merchant) as slow:
        after = happen(app, merchant, "order.paid", "order.paid")
        seen = read_on(client, key)
        assert seen == before
    assert read_on(client, key, seen) == [*before, slow, *after]


@on_postgresql
def test_many_transactions_that_end_in_any_order_are_all_told_once(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey
) -> None:
    seen: list[str] = []
    made: list[str] = []
    with ExitStack() as third:
        made.append(third.enter_context(in_flight(app, merchant)))
        with ExitStack() as first:
            made.append(first.enter_context(in_flight(app, merchant)))
            with in_flight(app, merchant) as second:
                made += [second, *happen(app, merchant, "order.paid")]
                seen = read_on(client, key, seen)
            seen = read_on(client, key, seen)
            made += happen(app, merchant, "order.paid")
            seen = read_on(client, key, seen)
        seen = read_on(client, key, seen)
    seen = read_on(client, key, seen)
    assert sorted(seen) == sorted(made)
    assert seen == read_on(client, key)


def test_a_type_and_a_mode_are_told_apart(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey
) -> None:
    paid, expired = happen(app, merchant, "order.paid", "order.expired")
    [live] = happen(app, merchant, "order.paid", mode="live")
    assert read_on(client, key, type="order.expired") == [expired]
    with app.app_context():
        live_key = an_api_key(merchant, mode="live")
    assert read_on(client, live_key) == [live]
    assert read_on(client, key) == [paid, expired]


def test_an_event_of_another_store_is_no_place_to_read_on_from(
    app: Flask, client: FlaskClient, merchant: AMerchant, key: AnApiKey
) -> None:
    with app.app_context():
        other = a_merchant()
    [theirs] = happen(app, other, "order.paid")
    for after in (theirs, "evt_23456789abcdefghijkm"):
        answer = client.get("/api/v1/events", headers=key.headers, query_string={"after": after})
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert read_on(client, key) == []
