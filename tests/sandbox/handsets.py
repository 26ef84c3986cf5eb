"""Two merchants' servers on a stage: what they send to the push operators, in one verb each."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from werkzeug.test import TestResponse

from portal.sandbox.outgoing import Answer
from tests.sandbox.stage import Stage

EXECUTED = Answer(200, "application/json", '{"code": "2001", "message": "ok"}')
FLOOZ_KEY = "cross-sandbox-key-for-flooz-0001"
RANDOM_IV = bytes(range(16))

Json = dict[str, Any]


def json_of(answer: TestResponse) -> Json:
    assert isinstance(answer.json, dict)
    return answer.json


def sent(stage: Stage) -> list[Json]:
    """Return the body of each callback, in the order of arrival."""
    return [
        json.loads(call.body) if call.content_type == "application/json" else dict(parse_qsl(call.body))
        for call in stage.portal.calls
    ]


@dataclass
class TmoneyMerchant:
    """Signs in when it is first needed."""

    stage: Stage
    base: str = "/tmoney/acc_demo"
    token: str = ""

    def set(self, **settings: object) -> None:
        answer = self.stage.browser.post("/settings", json={"tmoney": settings})
        assert answer.status_code == 200, answer.json

    def logs_in(self, user: str = "demo", password: str = "4711") -> Json:
        credentials = {"nomUtilisateur": user, "motDePasse": password}
        return json_of(self.stage.browser.post(f"{self.base}/login", json=credentials))

    def headers(self) -> dict[str, str]:
        self.token = self.token or self.logs_in()["data"]["token"]
        return {"Authorization": f"Bearer {self.token}"}

    def debits(self, ending: str = "00", path: str = "/push-api/v1/debit", **changes: Any) -> TestResponse:
        return self._requests(path, ending, changes)

    def credits(
        self, ending: str = "00", path: str = "/m-banking/v1/api/tpcredit", **changes: Any
    ) -> TestResponse:
        return self._requests(path, ending, changes)

    def asks(self, reference: str = "req_1", path: str = "/push-api/v1/transactionid") -> Json:
        query = {"idRequete": reference}
        return json_of(self.stage.browser.get(self.base + path, query_string=query, headers=self.headers()))

    def asks_credit(self, reference: str = "req_1") -> Json:
        return self.asks(reference, "/m-banking/v1/api/tpcredit/check-transaction-id")

    def status(self, reference: str = "req_1") -> str:
        """Return the word for one debit."""
        (found,) = self.asks(reference)["data"]
        return str(found["statutRequete"])

    def _requests(self, path: str, ending: str, changes: Json) -> TestResponse:
        body: Json = {
            "idRequete": "req_1",
            "numeroClient": f"228900000{ending}",
            "montant": 2500,
            "refCommande": "att_1",
            "dateHeureRequete": "2016-07-20 14:22:33",
            "description": "Boutique",
        }
        headers = self.headers()
        return self.stage.browser.post(self.base + path, json=body | changes, headers=headers)


def flooz_header(
    index: int, secret: str = "demo:demo-password", key: str = FLOOZ_KEY, iv: bytes = b""
) -> str:
    """Encrypt an authorization as the operator's clients do; without an IV in the form of the zero IV."""
    padder = PKCS7(128).padder()
    padded = padder.update(f"{index}:{secret}".encode()) + padder.finalize()
    sealer = Cipher(AES256(key.encode()), CBC(iv or bytes(16))).encryptor()
    cipher = base64.b64encode(sealer.update(padded) + sealer.finalize()).decode()
    return f"{base64.b64encode(iv).decode()}:{cipher}" if iv else cipher


@dataclass
class FloozMerchant:
    """Counts its own index up."""

    stage: Stage
    base: str = "/flooz/acc_demo"
    index: int = field(default=0)

    def set(self, **settings: object) -> None:
        answer = self.stage.browser.post("/settings", json={"flooz": settings})
        assert answer.status_code == 200, answer.json

    def debits(
        self,
        ending: str = "00",
        path: str = "/payment/HttpService/json/cv/debit",
        header: str | None = None,
        **changes: Any,
    ) -> TestResponse:
        body: Json = {
            "msisdn": f"228960000{ending}",
            "key": "4711",
            "mrchrefid": "att_1",
            "mrchname": "Boutique",
            "amount": 2500,
            "partnermsisdn": "22896999999",
        }
        self.index += 1
        headers = {"Authorization": flooz_header(self.index, iv=RANDOM_IV) if header is None else header}
        return self.stage.browser.post(self.base + path, json=body | changes, headers=headers)

    def verifies(self, reference: str = "att_1", header: str = "") -> Json:
        body = {"mrchrefid": reference, "partnermsisdn": "22896999999"}
        url = f"{self.base}/payment/HttpService/json/cv/Verify"
        headers = {"Authorization": header} if header else {}
        return json_of(self.stage.browser.post(url, json=body, headers=headers))

    def status(self, reference: str = "att_1") -> int:
        """Return the status of the payment."""
        return int(self.verifies(reference)["details"]["status"])
