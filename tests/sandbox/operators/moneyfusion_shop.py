"""The room of a merchant of MoneyFusion: asks for payments, hears webhooks, asks how they stand, pays out."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.sandbox.stage import Stage

PAY = "/moneyfusion/demo-shop/k3y-0f-the-shop/pay/"
WITHDRAW = "/moneyfusion/api/v1/withdraw"
HOOK = "https://shop.example/hook?shop=1"
ORDER: dict[str, object] = {
    "totalPrice": 2000,
    "article": [{"pagne": 2000}],
    "numeroSend": "90000000",
    "nomclient": "Ama KOFFI",
    "personal_Info": [{"reference": "att_1"}],
    "return_url": "https://shop.example/back?a=1",
    "webhook_url": HOOK,
}
PAYOUT: dict[str, object] = {
    "countryCode": "tg",
    "phone": "90000000",
    "amount": 1500,
    "withdraw_mode": "t-money-togo",
    "webhook_url": f"{HOOK}&refund=s3cret",
}
KEY = {"moneyfusion-private-key": "mf_private"}


@dataclass
class Shop:
    """What the merchant's server does, in one verb each."""

    stage: Stage

    def set(self, **settings: object) -> None:
        answer = self.stage.browser.post("/settings", json={"moneyfusion": settings})
        assert answer.status_code == 200, answer.json

    def asks(self, url: str = PAY, /, **changes: object) -> TestResponse:
        """Ask for a payment, with changes; None leaves a field out."""
        given = {name: value for name, value in (ORDER | changes).items() if value is not None}
        return self.stage.browser.post(url, json=given)

    def opens(self, **changes: object) -> "Payer":
        """Ask for a payment that is accepted, and stand on its page."""
        reply = self.asks(**changes).json
        assert reply is not None
        assert reply["statut"] is True, reply
        return Payer(self, reply["token"], urlsplit(reply["url"]).path)

    def paid(self, ending: str, **changes: object) -> "Payer":
        payer = self.opens(**changes)
        payer.pays(f"90 00 00 {ending}")
        return payer

    def status(self, token: str) -> dict[str, Any]:
        reply = self.stage.browser.get(f"/moneyfusion/paiementNotif/{token}").json
        assert reply is not None
        assert reply["statut"] is True, reply
        return dict(reply["data"])

    def withdraws(
        self, url: str = WITHDRAW, headers: dict[str, str] | None = None, /, **changes: object
    ) -> TestResponse:
        given = {name: value for name, value in (PAYOUT | changes).items() if value is not None}
        return self.stage.browser.post(url, json=given, headers=KEY if headers is None else headers)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The bodies of the webhooks, in the order of arrival."""
        return [json.loads(call.body) for call in self.stage.portal.calls]

    @property
    def events(self) -> list[str]:
        """The last word of each event, as in "completed"."""
        return [body["event"].rpartition(".")[2] for body in self.heard]


@dataclass
class Payer:
    """A person on one hosted page."""

    shop: Shop
    token: str
    url: str

    @property
    def word(self) -> str:
        """How the operator says that the payment stands."""
        return str(self.shop.status(self.token)["statut"])

    def sees(self, **options: Any) -> str:
        return self.shop.stage.browser.get(self.url, **options).text

    def identifies(
        self, phone: str = "90 00 00 00", pin: str = "1234", moyen: str = "t-money-togo"
    ) -> TestResponse:
        return self._presses(act="identify", moyen=moyen, phone=phone, pin=pin)

    def types_code(self, code: str = "123456") -> TestResponse:
        return self._presses(act="code", otp=code)

    def cancels(self) -> TestResponse:
        return self._presses(act="cancel")

    def pays(self, phone: str = "90 00 00 00", moyen: str = "t-money-togo") -> None:
        """Do everything right."""
        self.identifies(phone, moyen=moyen)
        self.types_code()

    def _presses(self, **form: str) -> TestResponse:
        return self.shop.stage.browser.post(self.url, data=form)
