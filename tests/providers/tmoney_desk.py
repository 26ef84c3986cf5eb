"""The room of TMoney under test: a clock of ours, logins and debits that it answers, and what it was asked."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from portal.domain.provider import (
    Account,
    Outcome,
)
from portal.providers._tmoney_desk import Desk as Counter
from portal.providers.tmoney import TMoney
from tests.machines.clocks import SettableClock
from tests.machines.operator import Reply, says
from tests.providers.kit import UnderTest, under_test

SLUG = "tmoney"


def jwt(**claims: Any) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS512'})}.{part(claims)}.c2lnbmVk"


def token(value: str) -> Reply:
    return says(json.dumps({"statut": {"code": "2000"}, "data": {"token": value}}))


def body(request: requests.PreparedRequest) -> dict[str, Any]:
    content = request.body
    assert isinstance(content, bytes)
    told: dict[str, Any] = json.loads(content)
    return told


def accepted(request: requests.PreparedRequest) -> requests.Response:
    return says(json.dumps({"code": "2000", "idRequete": body(request)["idRequete"]}))(request)


@dataclass
class Desk:
    """TMoney with a clock of ours; `at` names what it is asked and by whom."""

    at: UnderTest
    clock: SettableClock
    provider: TMoney

    def pays(self, reference: str = "R1", account: Account | None = None) -> Outcome:
        charge = self.at.charge({"reference": reference})
        return self.provider.start(replace(charge, account=account or charge.account))

    @property
    def asked(self) -> list[str]:
        """Return the last word of every address that was called."""
        return [urlsplit(call.url or "").path.rpartition("/")[2] for call in self.at.operator.calls]

    @property
    def tokens(self) -> list[str]:
        return [
            str(call.headers["Authorization"])
            for call in self.at.operator.calls
            if "Authorization" in call.headers
        ]


@pytest.fixture
def desk() -> Desk:
    at, clock = under_test(SLUG), SettableClock()
    return Desk(at, clock, TMoney(Counter(at.operator.client(), clock)))
