"""Credentials: a database without its keys reveals none, and keys change while the portal works, losing none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from portal import db, resealing
from portal.db import db as database
from portal.resealing import Resealed
from portal.security.vault import Vault, VaultError
from portal.webhooks import endpoints
from portal.webhooks.endpoints import NewEndpoint
from tests import factories
from tests.conftest import running, settings_for
from tests.factories import AMerchant

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SECRET = "9876543210987654"
MANY = 16


@pytest.fixture
def portal_with(database_url: str, tmp_path: Path) -> Iterator[Callable[[str], Flask]]:
    """Build portals over one database: `portal_with("new key,old key")`."""
    with ExitStack() as built:

        def build(keys: str) -> Flask:
            return built.enter_context(running(settings_for(database_url, tmp_path, CREDENTIAL_KEYS=keys)))

        yield build


def vault(app: Flask) -> Vault:
    found: Vault = app.extensions["cross"].vault
    return found


def connect(app: Flask, merchant: AMerchant) -> None:
    with app.app_context():
        factories.an_account(merchant, credentials={"merchantid": SECRET})


def endpoint(app: Flask, merchant: AMerchant) -> str:
    new = NewEndpoint(merchant_id=merchant.id, mode="test", url="http://127.0.0.1:9/hook")
    with app.app_context(), db.writing() as tx:
        return endpoints.create(tx, app.extensions["cross"].clock, vault(app), new)[1]


def seals(app: Flask) -> list[str]:
    """Return every seal, found by what a seal begins with: no matter in which table and column."""
    with app.app_context(), db.reading() as connection:
        rows: list[Any] = []
        for table in database.metadata.sorted_tables:
            rows += connection.execute(select(table)).all()
    return [value for row in rows for value in row if isinstance(value, str) and value.startswith("gAAAA")]


def opens(seal: str, key: str) -> bool:
    try:
        Vault([key]).open(seal)
    except VaultError:
        return False
    return True


def test_rows_without_the_keys_reveal_no_secret(portal_with: Callable[[str], Flask]) -> None:
    app = portal_with(OLD)
    with app.app_context():
        merchant = factories.a_merchant()
    connect(app, merchant)
    signs = endpoint(app, merchant)
    with app.app_context(), db.reading() as connection:
        rows = [connection.execute(select(table)).all() for table in database.metadata.sorted_tables]
    assert rows
    for secret in (SECRET, signs, signs.removeprefix("whsec_")):
        assert secret not in repr(rows)
    assert len(seals(app)) == 2
    assert not any(opens(seal, NEW) for seal in seals(app))


def test_after_the_command_the_old_key_may_go(portal_with: Callable[[str], Flask]) -> None:
    before, app = portal_with(OLD), portal_with(f"{NEW},{OLD}")
    with before.app_context():
        merchant = factories.a_merchant()
    connect(before, merchant)
    secret = endpoint(before, merchant)
    with app.app_context():
        assert resealing.reseal(vault(app)) == Resealed(2, 2)
        assert resealing.reseal(vault(app)) == Resealed(2, 0)
    assert {opens(seal, NEW) for seal in seals(app)} == {True}
    assert {opens(seal, OLD) for seal in seals(app)} == {False}
    told = [Vault([NEW]).open(seal) for seal in seals(portal_with(NEW))]
    assert {"merchantid": SECRET} in told
    assert {"secret": secret} in told


def test_a_seal_that_no_key_opens_is_said_and_left(portal_with: Callable[[str], Flask]) -> None:
    before, app = portal_with(OLD), portal_with(NEW)
    with before.app_context():
        merchant = factories.a_merchant()
    connect(before, merchant)
    kept = seals(before)
    with app.app_context(), pytest.raises(VaultError):
        resealing.reseal(vault(app))
    assert seals(app) == kept


def test_what_the_portal_seals_meanwhile_is_not_lost(portal_with: Callable[[str], Flask]) -> None:
    """Two portals, of which one seals by the old key still, write while the command runs again and again."""
    old, app = portal_with(f"{OLD},{NEW}"), portal_with(f"{NEW},{OLD}")
    with app.app_context():
        merchants = [factories.a_merchant() for _ in range(2)]
    secrets: list[str] = []
    stop = threading.Event()

    def rotates() -> None:
        while not stop.is_set():
            with app.app_context():
                resealing.reseal(vault(app))

    busy = threading.Thread(target=rotates)
    busy.start()
    for place in range(MANY):
        writer = (old, app)[place % 2]
        with writer.app_context(), db.writing() as tx:
            new = NewEndpoint(merchant_id=merchants[place % 2].id, mode="test", url="http://127.0.0.1:9/hook")
            row, secret = endpoints.create(tx, writer.extensions["cross"].clock, vault(writer), new)
        with writer.app_context(), db.writing() as tx:
            own = {"merchant_id": merchants[place % 2].id, "mode": "test", "public_id": row["public_id"]}
            turned = endpoints.rotate_secret(tx, writer.extensions["cross"].clock, vault(writer), **own)
            assert turned is not None
        secrets += [secret, turned[1]]
    stop.set()
    busy.join()
    with app.app_context():
        resealing.reseal(vault(app))
    found = {Vault([NEW]).open(seal)["secret"] for seal in seals(app)}
    assert found == set(secrets)
