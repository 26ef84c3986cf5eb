"""The room of every provider under test: its vectors, an account of a made-up store, and its words as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import requests

from portal.domain.events import AttemptEvent, Paid
from portal.domain.money import Money
from portal.domain.provider import Charge, Hearsay, Mode, Notice, Outcome, Provider, ReturnUrls
from portal.providers import discover
from portal.providers._http import Http
from tests.machines.operator import FakeOperator
from tests.providers import vectors
from tests.providers.vectors import Case, Vectors

REFERENCE = "CROSSREF7"
SLUGS = tuple(discover(Http()))


@dataclass(frozen=True)
class AnAccount:
    """A merchant's account whose operator answers under example.test."""

    provider: Provider
    credentials: Mapping[str, str]
    public_id: str = "acct_1"
    mode: Mode = Mode.TEST

    def url(self, setting: str) -> str:
        path = next(e.path for e in self.provider.endpoints if e.setting == setting)
        return f"https://{self.provider.slug}.example.test{path}"

    @property
    def urls(self) -> dict[str, str]:
        return {endpoint.setting: self.url(endpoint.setting) for endpoint in self.provider.endpoints}


@dataclass(frozen=True)
class UnderTest:
    """One provider before its operator, with what the protocol page says of both."""

    slug: str
    provider: Provider
    operator: FakeOperator
    vectors: Vectors

    @property
    def account(self) -> AnAccount:
        return AnAccount(self.provider, self.vectors.account["credentials"])

    def names(self, reference: str = REFERENCE) -> dict[str, str]:
        return {"reference": reference} | self.account.urls

    def charge(self, changes: Case) -> Charge:
        """Return the vectors' charge with the changes."""
        told = {"reference": REFERENCE} | self.vectors.account["charge"] | changes
        return Charge(
            reference=told["reference"],
            money=Money(told["amount"], told["currency"]),
            account=self.account,
            brand=told["brand"],
            description=told["description"],
            language=told["language"],
            returns=ReturnUrls(told["accept"], told["decline"], told["cancel"]),
            phone=told["phone"],
            text=told.get("text", ""),
        )


def under_test(slug: str) -> UnderTest:
    """Return the provider before an operator that waits to be told what to answer."""
    operator = FakeOperator()
    return UnderTest(slug, discover(operator.client())[slug], operator, vectors.of(slug))


def outcome_words(outcome: Outcome) -> Case:
    """Return the outcome as vectors write it."""
    words: Case = {"kind": _snake(type(outcome).__name__)}
    for name in type(outcome).__slots__:
        value = getattr(outcome, name)
        if isinstance(value, timedelta):
            words["opens_seconds"] = value.total_seconds()
        elif value is not None:
            words[name] = dict(value) if isinstance(value, Mapping) else value
    return words


def said_words(said: Sequence[Notice | Hearsay]) -> list[Case]:
    """Return what a notification says as vectors write it."""
    return [
        {"hearsay": word.reference}
        if isinstance(word, Hearsay)
        else {"notice": word.reference, "event": event_words(word.event)}
        for word in said
    ]


def event_words(event: AttemptEvent) -> Case:
    words: Case = {"kind": _snake(type(event).__name__)}
    if isinstance(event, Paid):
        told: Case = asdict(event)
        money: Case = told.pop("money")
        return words | money | told
    code = getattr(event, "code", None)
    return words | ({"code": str(code)} if code else {})


def call_words(request: requests.PreparedRequest, wanted: Case) -> Case:
    """Return of a call that the operator received what the vector looks at."""
    url = urlsplit(request.url or "")
    body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
    seen: Case = {
        "method": request.method,
        "url": url._replace(query="").geturl(),
        "query": dict(parse_qsl(url.query, keep_blank_values=True)),
    }
    if "headers" in wanted:
        seen["headers"] = {name: request.headers.get(name) for name in wanted["headers"]}
    if "json" in wanted:
        seen["json"] = json.loads(body)
    if "form" in wanted:
        seen["form"] = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return seen


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
