"""A sandbox on a stage: time wound by hand, a portal that only listens, a shopper with a browser."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.sandbox.alarm import Task
from portal.sandbox.outgoing import Answer, Call
from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox

PORTAL = "http://portal.example"
TOKEN = "the testers' own"
ACCOUNT = "/tmoney-online/acc_demo/online"
MERCHANT = "1234567890123456"


class Time:
    """Frozen until `passes`; what was put off runs then, in order."""

    def __init__(self) -> None:
        self.now = 1_469_024_554.0
        self.slept = 0.0
        self._due: list[tuple[float, Task]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def later(self, delay: float, task: Task) -> None:
        self._due.append((self.now + delay, task))

    def passes(self, seconds: float = 0.0) -> None:
        until = self.now + seconds
        while ready := [one for one in self._due if one[0] <= until]:
            first = min(ready, key=lambda one: one[0])
            self._due.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = until


@dataclass
class Portal:
    """The other side of every call: answers 200 unless told otherwise."""

    time: Time
    answers: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        self.heard_at.append(self.time.now)
        return self.answers.pop(0) if self.answers else Answer(200, "text/plain", "OK")

    @property
    def notices(self) -> list[dict[str, str]]:
        """The query of each call, in the order of arrival."""
        return [dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True)) for call in self.calls]

    @property
    def words(self) -> list[str]:
        """Status and error of each call, as in "OK" and "NOK CANCEL"."""
        return [f"{notice['status']} {notice['error']}".strip() for notice in self.notices]


class Stage:
    """What a merchant's server, a shopper's browser and a tester do, in one verb each."""

    def __init__(self) -> None:
        self.time = Time()
        self.portal = Portal(self.time)
        self.app = self._sandbox()
        self.browser: FlaskClient = self.app.test_client()

    def _sandbox(self) -> Flask:
        app = create_sandbox(
            SandboxConfig(PORTAL, TOKEN),
            clock=self.time.clock,
            sleep=self.time.sleep,
            caller=self.portal,
            later=self.time.later,
        )
        app.testing = True
        return app

    def set(self, **settings: object) -> None:
        """Change settings of the TMoney Online twin."""
        answer = self.browser.post("/settings", json={"tmoney-online": settings})
        assert answer.status_code == 200, answer.json

    def journal(self, **filters: str) -> list[dict[str, Any]]:
        answer = self.browser.get("/journal", query_string=filters)
        assert isinstance(answer.json, list)
        return answer.json

    def ledger(self, **filters: str) -> list[dict[str, Any]]:
        answer = self.browser.get("/ledger", query_string=filters)
        assert isinstance(answer.json, list)
        return answer.json

    def session(self, base: str = ACCOUNT, merchant: str = MERCHANT) -> str:
        """Ask for a session id as the merchant's server does."""
        return self.browser.get(f"{base}/online.php", query_string={"merchantid": merchant}).text[3:]

    def form(self, base: str = ACCOUNT, **changes: str | None) -> dict[str, str]:
        """A good order form with a session of its own, with changes; None leaves a field out."""
        fields: dict[str, str | None] = {
            "merchantid": MERCHANT,
            "amount": "2500",
            "currency": "952",
            "purchaseref": "att_1",
            "brand": "Boutique",
            "accepturl": "https://shop.example/accept",
            "declineurl": "https://shop.example/decline",
            "cancelurl": "https://shop.example/cancel",
            "language": "fr",
        }
        fields |= changes
        if "sessionid" not in changes:
            fields["sessionid"] = self.session(base)
        return {name: value for name, value in fields.items() if value is not None}

    def order(self, base: str = ACCOUNT, **changes: str | None) -> TestResponse:
        """Bring the order form."""
        return self.browser.post(f"{base}/online.php", data=self.form(base, **changes))

    def open(self, base: str = ACCOUNT, **changes: str | None) -> "Shopper":
        """Bring a good order form and stand on the page."""
        answer = self.order(base, **changes)
        assert answer.status_code == 303, answer.text
        return Shopper(self, answer.location)


@dataclass
class Shopper:
    """A person on one hosted page."""

    stage: Stage
    url: str

    def sees(self) -> str:
        return self.stage.browser.get(self.url).text

    def identifies(self, phone: str = "90 00 00 00", pin: str = "1234") -> TestResponse:
        return self._presses(act="identify", phone=phone, pin=pin)

    def types_code(self, code: str = "123456") -> TestResponse:
        return self._presses(act="code", otp=code)

    def cancels(self) -> TestResponse:
        return self._presses(act="cancel")

    def pays(self, phone: str = "90 00 00 00") -> None:
        """Do everything right."""
        self.identifies(phone)
        self.types_code()

    def _presses(self, **form: str) -> TestResponse:
        return self.stage.browser.post(self.url, data=form)
