"""The room of every provider under test: its vectors, an account of a made-up store, and its words as plain data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, assert_never
from urllib.parse import parse_qsl, urlsplit

import requests

from portal.domain.events import AttemptEvent, Paid, Refunded, RefundEvent
from portal.domain.money import Money
from portal.domain.provider import (
    Answered,
    Charge,
    Claim,
    Disbursed,
    Hearsay,
    Inquiry,
    Mode,
    NotConfigured,
    Notice,
    Outcome,
    Payout,
    Provider,
    RefundAnswered,
    RefundNotice,
    RefundWord,
    ReturnUrls,
    Said,
    Word,
)
from portal.providers import discover
from portal.providers._http import Http
from tests.machines.operator import FakeOperator
from tests.providers import vectors
from tests.providers.vectors import Case, Vectors

REFERENCE = "CROSSREF7"
SECRET = "S3CRETOFTHISPAYOUT"
SLUGS = tuple(discover(Http()))


@dataclass(frozen=True)
class AnAccount:
    """A merchant's account whose operator answers under example.test."""

    provider: Provider
    credentials: Mapping[str, str]
    public_id: str = "acct_1"
    mode: Mode = Mode.TEST
    counter: Any = field(default_factory=lambda: count(1))

    def url(self, setting: str) -> str:
        path = next(e.path for e in self.provider.endpoints if e.setting == setting)
        return f"{self.site}{path}"

    def trusted(self, url: str, hosts: str) -> str:
        if not url.startswith(f"{self.site}/"):
            raise NotConfigured(f"{hosts} does not list that host")
        return url

    def next_index(self) -> int:
        return int(next(self.counter))

    @property
    def site(self) -> str:
        return f"https://{self.provider.slug}.example.test"

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
    option: str = ""

    @property
    def account(self) -> AnAccount:
        credentials = self.vectors.credentials(self.option)
        return AnAccount(self.provider, vectors.filled(credentials, {"site": self.site}))

    @property
    def site(self) -> str:
        return AnAccount(self.provider, {}).site

    @property
    def notify_url(self) -> str:
        return f"https://pay.example/notify/{self.slug}/acct_1"

    def names(self, reference: str = REFERENCE) -> dict[str, str]:
        """Return what stands for the names in a charge's texts."""
        told = {"reference": reference, "notify_url": self.notify_url, "site": self.site, "secret": SECRET}
        handle = vectors.filled(self.vectors.handle, told | self.account.urls)
        return told | {"handle": handle} | self.account.urls

    def payout_names(self) -> dict[str, str]:
        """Return what stands for the names in a payout's texts."""
        names = self.names() | {"notify_url": f"{self.notify_url}?refund={SECRET}"}
        return names | {"handle": vectors.filled(self.vectors.payout_handle, names)}

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
            notify_url=self.notify_url,
        )

    def inquiry(self) -> Inquiry:
        """Return the question about the vectors' charge."""
        charge = self.charge({})
        handle = self.names()["handle"] or None
        return Inquiry(charge.reference, charge.money, charge.account, handle, charge.phone)

    def payout(self, changes: Case) -> Payout:
        """Return the vectors' payout with the changes."""
        told = {"reference": REFERENCE} | self.vectors.account["payout"] | changes
        return Payout(
            reference=told["reference"],
            money=Money(told["amount"], told["currency"]),
            account=self.account,
            phone=told["phone"],
            rail=told["rail"],
            description=told["description"],
            notify_url=self.payout_names()["notify_url"],
        )

    def payout_inquiry(self) -> Inquiry:
        """Return the question about the vectors' payout."""
        payout = self.payout({})
        handle = self.payout_names()["handle"] or None
        return Inquiry(payout.reference, payout.money, payout.account, handle, payout.phone)

    def replies(self, case: Case) -> None:
        """Have the operator give the case's replies in turn."""
        self.operator.once = [vectors.reply(one) for one in case["replies"]]


def under_test(slug: str, option: str = "") -> UnderTest:
    """Return the provider before an operator that waits to be told what to answer."""
    operator = FakeOperator()
    return UnderTest(slug, discover(operator.client())[slug], operator, vectors.of(slug), option)


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


def told(words: Any) -> Any:
    """Return the words without what is not told: in vectors null may stand there, or nothing."""
    match words:
        case dict():
            return {name: told(value) for name, value in words.items() if value is not None}
        case list():
            return [told(one) for one in words]
        case _:
            return words


def said_words(said: Sequence[Said]) -> list[Case]:
    """Return what a notification says as vectors write it."""
    return [_said(word) for word in said]


def _said(word: Said) -> Case:
    match word:
        case Notice(reference, event):
            return {"notice": reference, "event": event_words(event)}
        case RefundNotice(reference, refund_event):
            return {"refund_notice": reference, "event": event_words(refund_event)}
        case Claim(secret, handle, refund_event):
            return {"claim": handle, "secret": secret, "event": event_words(refund_event)}
        case Hearsay(reference_or_none, handle_or_none):
            return {"hearsay": reference_or_none, "handle": handle_or_none}
        case _:
            assert_never(word)


def word_words(word: Word | RefundWord) -> Case:
    """Return the answer to a question as vectors write it."""
    words: Case = {"kind": _snake(type(word).__name__)}
    if isinstance(word, Answered | RefundAnswered):
        return words | {"event": event_words(word.event)}
    return words | {"detail": word.detail}


def disbursed_words(disbursed: Disbursed) -> Case:
    """Return what came of a payout as vectors write it."""
    return {
        "event": event_words(disbursed.event),
        "handle": disbursed.handle,
        "detail": disbursed.detail,
    }


def as_written(words: Case, wanted: Case) -> Case:
    """Return what is told, without a detail that the vector does not write."""
    found: Case = told(
        {name: value for name, value in words.items() if name != "detail" or "detail" in wanted}
    )
    return found


def event_words(event: AttemptEvent | RefundEvent) -> Case:
    """Return the event as vectors write it: sums in whole units."""
    words: Case = {"kind": _snake(type(event).__name__)}
    match event:
        case Paid(money):
            fields: Case = asdict(event)
            del fields["money"]
            return words | asdict(money) | fields
        case Refunded(money_or_none, reference, fee, debited):
            sums: Case = asdict(money_or_none) if money_or_none else {}
            sums |= {"payment_reference": reference, "fee": fee}
            return words | sums | {"debited": debited.amount if debited else None}
        case _:
            code = getattr(event, "code", None)
            return words | ({"code": str(code)} if code else {})


def calls_words(operator: FakeOperator, wanted: Sequence[Case]) -> list[Case]:
    """Return of the calls that the operator received what the vectors look at."""
    return [call_words(seen, told) for seen, told in zip(operator.calls, wanted, strict=True)]


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
    found: Case = _matched(seen, wanted)
    return found


def _matched(seen: Any, wanted: Any) -> Any:
    """Return what was seen, with the pattern itself wherever it is matched."""
    if not isinstance(wanted, dict):
        return seen
    if wanted.keys() == {"like"}:
        return wanted if re.fullmatch(wanted["like"], str(seen)) else seen
    if not isinstance(seen, dict):
        return seen
    return {name: _matched(value, wanted.get(name)) for name, value in seen.items()}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
