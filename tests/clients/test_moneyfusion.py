"""Public clients of MoneyFusion, unmodified, are clients of the twin: from PyPI and from npm."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests
from apiMoneyFusion import PaymentClient
from requests.adapters import HTTPAdapter

from tests.clients.served import Site, running_site

FOLDER = Path(__file__).parent
STATUS_HOST = "https://www.pay.moneyfusion.net"
RETURN_URL = "https://shop.example/back?order=123"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


class _ToTwin(HTTPAdapter):
    """Sends what is meant for the client's fixed status host to the twin."""

    def __init__(self, twin_url: str) -> None:
        super().__init__()
        self._twin_url = twin_url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace(STATUS_HOST, self._twin_url)
        return super().send(request, *args, **options)


@pytest.fixture
def python_client(site: Site) -> Iterator[PaymentClient]:
    client = PaymentClient(site.pay_url)
    with client.session as session:
        session.mount(STATUS_HOST, _ToTwin(site.twin_url))
        yield client


def create(client: PaymentClient, site: Site, total: str = "10000") -> dict[str, Any]:
    reply: dict[str, Any] = client.create_payment(
        total_price=total,
        articles=[{"name": "Article 1", "price": "5000", "quantity": 2}],
        numero_send="0101010101",
        nom_client="Ama KOFFI",
        user_id=1,
        order_id=123,
        return_url=RETURN_URL,
        webhook_url=site.webhook_url,
    )
    return reply


def test_the_client_of_pypi_creates_a_payment_and_sees_it_paid(
    python_client: PaymentClient, site: Site
) -> None:
    created = create(python_client, site)
    token = created["token"]
    assert created["statut"] is True
    assert python_client.get_payment(token)["data"]["statut"] == "pending"

    last_page = site.shopper_pays(created["url"], "96 00 00 00")

    assert f"back?order=123&amp;token={token}" in last_page
    data = python_client.get_payment(token)["data"]
    assert (data["statut"], data["Montant"] + data["frais"]) == ("paid", 10_000)
    assert (data["numeroTransaction"], data["moyen"]) == ("96000000", "moov-togo")
    assert data["personal_Info"] == [{"userId": 1, "orderId": 123}]
    assert site.hears(token, "payin.session.completed")["statut"] == "paid"


def test_the_client_of_pypi_sees_a_refusal(python_client: PaymentClient, site: Site) -> None:
    assert create(python_client, site, total="199")["statut"] is False
    assert python_client.get_payment("unknown")["statut"] is False


def test_the_client_of_pypi_is_the_version_that_we_name() -> None:
    assert version("apiMoneyFusion") == "0.1.4"


def ask_npm_client(node: str, site: Site, **asked: object) -> dict[str, Any]:
    done = subprocess.run(
        [node, "fusionpay.mjs", site.pay_url, site.twin_url],
        input=json.dumps(asked),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply


def test_the_client_of_npm_creates_a_payment_and_sees_it_paid(node: str, site: Site) -> None:
    order = {
        "total": 1500,
        "articles": {"Casque": 1000, "Garantie": 500},
        "name": "Ama KOFFI",
        "number": "+22890000000",
        "info": {"orderId": "ORD-12345"},
        "return_url": RETURN_URL,
        "webhook_url": site.webhook_url,
    }
    created = ask_npm_client(node, site, order=order)
    token = created["token"]
    assert created["statut"] is True
    assert ask_npm_client(node, site, token=token)["data"]["statut"] == "pending"

    last_page = site.shopper_pays(created["url"], "+225 07 08 88 92 00")

    assert f"back?order=123&amp;token={token}" in last_page
    data = ask_npm_client(node, site, token=token)["data"]
    assert (data["statut"], data["Montant"] + data["frais"]) == ("paid", 1_500)
    assert data["numeroTransaction"] == "+2250708889200"
    assert site.hears(token, "payin.session.completed")["personal_Info"] == [{"orderId": "ORD-12345"}]


def test_the_client_of_npm_is_the_version_that_we_name(node: str) -> None:
    installed = json.loads((FOLDER / "node_modules" / "fusionpay" / "package.json").read_text("utf-8"))
    assert installed["version"] == "0.0.7"
