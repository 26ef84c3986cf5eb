"""What the API's page shows in four languages makes orders, sends money back, catches up and verifies webhooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from config import ROOT
from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from portal.security import signing
from portal.web.api.examples import FILES, FOLDER
from tests.clients.served import served
from tests.docs.test_signing_examples import require
from tests.factories import an_account, an_api_key, an_attempt, an_order
from tests.machines.stage import Stage

RUN = {"shop.py": [sys.executable], "shop.php": ["php"], "shop.mjs": ["node"], "shop.sh": ["sh"]}
NEEDS = {"shop.py": [], "shop.php": ["php"], "shop.mjs": ["node"], "shop.sh": ["openssl", "curl"]}
SECRET, OTHER = signing.new_secret(), signing.new_secret()
BODY = '{"type": "order.paid", "data": {"description": "Café — 2 × 500 F 🙂"}}'

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=RUN)
def example(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(NEEDS[name])
    return name


@pytest.fixture
def run(stage: Stage, example: str) -> Iterator[Run]:
    """Run the example against the portal: `run("order", "500", "CMD-1")`."""
    with stage.app.app_context():
        key = an_api_key(stage.merchant)
    with served(stage.app) as address:

        def call(*words: str, body: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
            known = {"CROSS_URL": address, "CROSS_API_KEY": key.secret, **environment}
            command = [*RUN[example], str(FOLDER / example), *words]
            return subprocess.run(
                command,
                env=os.environ | known,
                cwd=ROOT,
                input=body,
                capture_output=True,
                text=True,
                check=False,
            )

        yield call


def said(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_example_of_the_page_is_run(app: Flask) -> None:
    assert set(FILES.values()) == RUN.keys() == NEEDS.keys() == {one.name for one in FOLDER.iterdir()}
    page = app.test_client().get("/api/docs").text
    assert all(f"<h3>{language}</h3>" in page for language in FILES)


def test_an_order_is_made_once_however_often_it_is_asked_for(run: Run) -> None:
    order = said(run("order", "500", "CMD-1"))
    assert (order["amount"], order["reference"], order["status"]) == (500, "CMD-1", "open")
    assert said(run("order", "500", "CMD-1"))["id"] == order["id"]
    assert said(run("order", "500", "CMD-2"))["id"] != order["id"]


def test_what_the_api_refuses_fails_loudly(run: Run) -> None:
    for done in (
        run("order", "0", "CMD-1"),
        run("events", "evt_nobody"),
        run("order", "5", "a", CROSS_API_KEY="sk_test_x"),
    ):
        assert done.returncode != 0


def test_money_goes_back_once(stage: Stage, run: Run) -> None:
    with stage.app.app_context():
        order = an_order(stage.merchant)
        an_attempt(order, an_account(stage.merchant), then=[Accepted(), Paid(Money(500), "P-1")])
    refund = said(run("refund", order.public_id, "200"))
    assert (refund["object"], refund["amount"]) == ("refund", 200)
    assert said(run("refund", order.public_id, "200"))["id"] == refund["id"]
    assert run("refund", order.public_id, "301").returncode != 0


def test_a_shop_that_was_away_catches_up(stage: Stage, run: Run) -> None:
    with stage.app.app_context():
        order = an_order(stage.merchant)
        an_attempt(order, an_account(stage.merchant), then=[Accepted(), Paid(Money(500), "P-2")])
    told = said(run("events"))["data"]
    assert [event["type"] for event in told] == ["order.processing", "order.paid"]
    assert [event["id"] for event in said(run("events", told[0]["id"]))["data"]] == [told[1]["id"]]


@pytest.mark.parametrize(
    ("right", "changes"),
    [
        (True, {}),
        (True, {"keys": [OTHER, SECRET]}),
        (False, {"keys": [OTHER]}),
        (False, {"body": BODY.replace("500", "501")}),
        (False, {"WEBHOOK_ID": "evt_2"}),
        (False, {"age": 400}),
        (False, {"age": -400}),
        (False, {"WEBHOOK_SIGNATURE": "v1,"}),
    ],
)
def test_a_webhook_verifies_only_if_it_is_ours(run: Run, right: bool, changes: dict[str, Any]) -> None:  # noqa: FBT001
    at = datetime.fromtimestamp(time.time() - changes.get("age", 0), UTC)
    signed = signing.headers("evt_1", at, BODY, changes.get("keys", [SECRET]))
    environment = {name.upper().replace("-", "_"): value for name, value in signed.items()}
    environment |= {name: value for name, value in changes.items() if name.isupper()}
    done = run("verify", body=changes.get("body", BODY), WEBHOOK_SECRET=SECRET, **environment)
    assert (done.returncode == 0) is right, done.stderr
