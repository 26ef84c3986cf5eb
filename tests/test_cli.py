"""The commands: what they print, what they make, what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from config import Settings
from portal import cli, db
from portal.merchants import keys
from portal.merchants.models import ApiKey, Merchant, OperatorAccount, User
from portal.payments.models import PaymentLink
from portal.web.services import services
from portal.webhooks.models import Endpoint
from tests.conftest import running, settings_for
from tests.databases import Kind


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with running(settings) as app:
        cli.init_app(app)
        yield app


def flask(app: Flask, *words: str, typed: str = "") -> Result:
    with app.app_context():  # as the `flask` program does before any command
        return app.test_cli_runner().invoke(args=list(words), input=typed)


def demo(app: Flask) -> dict[str, str]:
    done = flask(app, "demo", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, str] = json.loads(done.stdout)
    return found


def rows(app: Flask, table: type[Merchant | User | OperatorAccount | ApiKey | PaymentLink | Endpoint]) -> int:
    with app.app_context(), db.reading() as connection:
        return len(connection.execute(select(table.id)).all())


def test_the_tables_of_movement_are_printed(app: Flask) -> None:
    printed = flask(app, "states").stdout
    for word in ("processing", "paid", "review", "waiting", "unknown"):
        assert word in printed


def test_the_graphs_of_movement_are_printed_for_graphviz(app: Flask) -> None:
    printed = flask(app, "states", "--dot").stdout
    assert printed.startswith("digraph")
    assert printed.count("{") == printed.count("}")
    assert "->" in printed


def test_the_demo_is_made_once_and_says_the_same_again(app: Flask) -> None:
    first = demo(app)
    before = [rows(app, table) for table in (Merchant, User, OperatorAccount, ApiKey, PaymentLink)]
    assert demo(app) == first
    assert [rows(app, table) for table in (Merchant, User, OperatorAccount, ApiKey, PaymentLink)] == before
    assert set(first) == {
        "portal_url", "sandbox_url", "email", "password", "api_key", "webhook_secret", "payment_link",
    }  # fmt: skip


def test_what_the_demo_says_is_true(app: Flask) -> None:
    told = demo(app)
    client = app.test_client()
    assert client.get(told["payment_link"].removeprefix("http://localhost")).status_code == 200
    with app.app_context(), db.reading() as connection:
        key = keys.find(connection, services().clock, told["api_key"])
    assert key is not None
    assert told["webhook_secret"].startswith("whsec_")


def test_the_demo_is_printed_for_people_too(app: Flask) -> None:
    told = demo(app)
    printed = flask(app, "demo").stdout
    for name in ("payment_link", "email", "password", "api_key"):
        assert told[name] in printed


def test_the_demos_endpoint_is_made_only_where_somebody_listens_and_bears_its_secret(app: Flask) -> None:
    secret = demo(app)["webhook_secret"]
    assert rows(app, Endpoint) == 0
    for url in ("http://127.0.0.1:8002/webhooks/cross", "http://127.0.0.1:9/moved"):
        done = flask(app, "demo", "--webhook", url)
        assert (url in done.stdout, secret in done.stdout) == (True, True)
        with app.app_context(), db.reading() as connection:
            made = connection.execute(select(Endpoint.url, Endpoint.mode, Endpoint.sealed_secret)).one()
        assert (made.url, made.mode) == (url, "test")
        with app.app_context():
            assert services().vault.open(made.sealed_secret) == {"secret": secret}
    demo(app)
    assert rows(app, Endpoint) == 1


def test_the_demo_refuses_an_address_to_which_nothing_may_be_sent(app: Flask) -> None:
    done = flask(app, "demo", "--webhook", "ftp://shop.example/")
    assert (done.exit_code, "nothing may be sent" in done.output) == (2, True)
    assert rows(app, Merchant) == 0


def test_the_demo_is_refused_in_production(fresh_database: Callable[[Kind], str], tmp_path: Path) -> None:
    secrets = {
        "PORTAL_ENV": "production",
        "SECRET_KEY": "an unguessable text of 40 characters, yes",
        "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
        "PUBLIC_URL": "https://pay.example",
        "WEBHOOKS_ALLOW_PRIVATE": "",
    }
    with running(settings_for(fresh_database("sqlite"), tmp_path, **secrets)) as app:
        cli.init_app(app)
        done = flask(app, "demo")
        assert done.exit_code == 1
        assert "production has real merchants only" in done.output
        assert rows(app, Merchant) == 0


def test_an_account_is_connected_with_credentials_that_no_shell_history_keeps(app: Flask) -> None:
    email = demo(app)["email"]
    network = "41.207.188.0/24"
    done = flask(
        app, "connect-account", email, "tmoney-online", "--network", network, typed="1234567890123456\n"
    )
    assert done.exit_code == 0, done.output
    assert "1234567890123456" not in done.output
    with app.app_context(), db.reading() as connection:
        row = (
            connection.execute(
                select(*OperatorAccount.__table__.columns).where(OperatorAccount.mode == "live")
            )
            .mappings()
            .one()
        )
        account = services().directory.account(row)
    assert f"http://localhost/notify/tmoney-online/{account.public_id}" in done.output
    assert (dict(account.credentials), account.networks) == ({"merchantid": "1234567890123456"}, [network])


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (["demo@cross.example", "nobody"], "", "unknown operator; there are: "),
        (["demo@cross.example", "tmoney-online"], "12\n", "merchantid does not fit"),
        (["who@cross.example", "tmoney-online"], "1234567890123456\n", "nobody signs in as"),
        (
            ["demo@cross.example", "tmoney-online", "--network", "anywhere"],
            "",
            "is no address and no network",
        ),
        (["demo@cross.example", "tmoney-online", "--mode", "both"], "", "not one of"),
    ],
)
def test_an_account_that_is_not_right_is_not_connected(
    app: Flask, words: list[str], typed: str, said: str
) -> None:
    demo(app)
    before = rows(app, OperatorAccount)
    done = flask(app, "connect-account", *words, typed=typed)
    assert done.exit_code != 0
    assert said in done.output
    assert rows(app, OperatorAccount) == before


def test_a_store_goes_live_by_a_command(app: Flask) -> None:
    email = demo(app)["email"]
    assert flask(app, "go-live", email.upper()).exit_code == 0
    with app.app_context(), db.reading() as connection:
        assert connection.scalar(select(Merchant.live)) is True
    assert flask(app, "go-live", "who@cross.example").exit_code == 1


def test_a_copy_is_taken_and_put_back_by_commands(
    app: Flask, fresh_database: Callable[[Kind], str], tmp_path: Path
) -> None:
    told, file = demo(app), tmp_path / "copy.zip"
    taken = flask(app, "backup", str(file))
    assert taken.exit_code == 0, taken.output
    assert "CREDENTIAL_KEYS" in taken.output
    again = flask(app, "backup", str(file))
    assert again.exit_code == 1
    assert "exists already" in again.output
    assert "not empty" in flask(app, "restore", str(file)).output
    with running(settings_for(fresh_database("sqlite"), tmp_path)) as other:
        cli.init_app(other)
        done = flask(other, "restore", str(file))
        assert done.exit_code == 0, done.output
        assert demo(other) == told
        assert rows(other, User) == 1
