"""These tests sit at a merchant's browser, signed in to a store of their own."""

import pytest
from flask import Flask

from tests.factories import AMerchant
from tests.web.browsing import Browser, merchant_browser, store_of
from tests.web.portal.selling import Desk


@pytest.fixture
def browser(app: Flask) -> Browser:
    return merchant_browser(app)


@pytest.fixture
def store(app: Flask, browser: Browser) -> AMerchant:
    with app.app_context():
        return store_of()


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Return the browser of another store's merchant."""
    return merchant_browser(app, "kossi@ailleurs.example")


@pytest.fixture
def desk(app: Flask, browser: Browser, store: AMerchant) -> Desk:
    return Desk(app, browser, store)
