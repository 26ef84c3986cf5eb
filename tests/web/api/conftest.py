"""What tests of the API may ask for: a store in test mode, its key, and a way to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from portal import db
from portal.payments.models import Order
from tests.factories import AMerchant, AnApiKey, a_merchant, an_api_key

Post = Callable[..., TestResponse]

before_the_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""What is refused before the database is asked need not be refused once for each kind."""


@pytest.fixture
def merchant(app: Flask) -> AMerchant:
    with app.app_context():
        return a_merchant(return_hosts=["boutique.example"])


@pytest.fixture
def key(app: Flask, merchant: AMerchant) -> AnApiKey:
    with app.app_context():
        return an_api_key(merchant)


@pytest.fixture
def post(client: FlaskClient, key: AnApiKey) -> Post:
    """Create an order: `post(amount=500)`, or `post(body=b"…")` as it stands, with more or other headers."""

    def call(
        body: bytes | None = None, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> TestResponse:
        sent = {**key.headers, **(headers or {})}
        if body is not None:
            return client.post(
                "/api/v1/orders", data=body, headers={"Content-Type": "application/json", **sent}
            )
        return client.post(
            "/api/v1/orders", json={"amount": 500, "reference": "CMD-1"} | fields, headers=sent
        )

    return call


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.db.engine


@pytest.fixture
def count_orders(engine: Engine) -> Callable[[], int]:
    """Count the orders that exist."""

    def count() -> int:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(Order)) or 0

    return count
