"""The room of vectors: what the protocol pages say goes over the wire, read from `tests/vectors/<operator>/*.json`.

Four files for every operator. `account.json`: credentials that are right and wrong, the charge that all else is about,
amounts taken and not; `options`: further accounts by name, as changes to the credentials; `payout`: the sum that is
sent back (amount, currency; at most the charge's), phone, rail and description, and `unreachable`: lists of phone and
rail to which nothing goes. `start.json`: cases of a charge, the `replies` that the operator gives in turn (status,
headers, and body, json or base64; or a fault: silence, cut, cut_short), the `calls` that it must have received (method,
url, query, and of headers, json and form what is named), each answered by the reply of the same place, and the
`outcome`.
`notifications.json`: cases of a `request` (method, query, headers, and text, json or form; `more`: query as it goes
over the wire; address), what it `said` or that it is `rejected`, the `answer`, and `then`: verdict, attempt, order and
reviews in a portal that waits for it. `option`, in any case: of which account. `answers.json`: the answer to every
verdict.

Three files exactly where the provider has the capability, with `replies` and `calls` as in a start. `ask.json`: the
`word` about the charge: `{"kind": "answered", "event": {...}}`, `nothing_known` or `no_word`. `payout.json`: what was
`disbursed`: `{"event": {...}, "handle": ...}`. `ask_payout.json`: the `word` about the payout (`refund_answered`).
What is said: `{"notice": reference, "event"}`, `{"refund_notice": reference, "event"}`, `{"claim": handle, "secret",
"event"}`, or `{"hearsay": reference, "handle"}`. What is not told may be null or away; a `detail` is compared where it
is written.

A case is merged over the file's `usual` (and `rejected`): objects key by key unless they name another `kind`, null
removes. `{"repeat": text, "times": n, "before": text, "then": text}` is one text, `{"like": pattern}` any that matches;
in a text `{reference}` is ours, `{handle}` the operator's own name (from the start that is `offered`, of a payout from
the one that is `accepted`), `{notify_url}` where its word is awaited, `{secret}` the payout's own in it,
`{<SETTING>}` the address of that endpoint, and `{site}` where the operator answers (credentials may hold it).

A role names what tests need: start has `offered` and `lost`; the notifications `paid`, `failed` and `wrong_amount`, for
each account under which they settle; questions have `paid` (of a payout `refunded`), `failed`, `pending`, `nothing`
and, of a payment, `wrong_amount`; a payout `accepted` or `refunded`, and `lost`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, SupportsIndex
from urllib.parse import urlencode

import requests

from config import ROOT
from portal.domain.provider import CanAsk, CanAskAboutPayout, CanDisburse
from portal.payments.inbox import Call
from tests.machines.operator import Reply, cut, promises, says, silence

FOLDER = ROOT / "tests" / "vectors"
REPETITION = {"repeat", "times", "before", "then"}
CUT_AFTER = 1_000
"""Bytes that an answer cut short has promised beyond those that it brings."""

CAPABILITIES: Mapping[str, type] = {"ask": CanAsk, "payout": CanDisburse, "ask_payout": CanAskAboutPayout}
"""The files that are there exactly where the provider can do it."""

Case = dict[str, Any]


@dataclass(frozen=True)
class Vectors:
    """One operator's: complete cases by name; empty where the provider has not that capability."""

    account: Case
    start: Mapping[str, Case]
    notifications: Mapping[str, Case]
    answers: Mapping[str, Case]
    ask: Mapping[str, Case]
    payout: Mapping[str, Case]
    ask_payout: Mapping[str, Case]

    def notification(self, role: str, option: str = "") -> Case:
        """Return the one notification of that role to that account (by default the usual one)."""
        cases = [case for case in self.notifications.values() if case.get("option", "") == option]
        [case] = [case for case in cases if case.get("role") == role]
        return case

    def starts(self, role: str) -> list[Case]:
        """Return the starts of that role; there is at least one."""
        return self.of("start", role)

    def of(self, file: str, role: str) -> list[Case]:
        """Return the file's cases of that role; there is at least one."""
        found = [case for case in getattr(self, file).values() if case.get("role") == role]
        assert found, f"{file}.json has no case of the role {role}"
        return found

    @property
    def options(self) -> list[str]:
        """Return the names of the accounts, the usual one first."""
        return ["", *self.account.get("options", {})]

    @property
    def playable(self) -> list[str]:
        """Return the names of the accounts for which a notification of every role is written."""
        return [
            option
            for option in self.options
            if any(
                (case.get("option", ""), case.get("role")) == (option, "paid")
                for case in self.notifications.values()
            )
        ]

    def credentials(self, option: str = "") -> dict[str, str]:
        """Return the credentials of that account; an option may take one away."""
        changes = self.account["options"][option] if option else {}
        found: dict[str, str] = merge(self.account["credentials"], changes)
        return found

    @property
    def handle(self) -> str:
        """Return the operator's own name for the charge; empty where it gives none."""
        return str(self.starts("offered")[0]["outcome"].get("handle", ""))

    @property
    def payout_handle(self) -> str:
        """Return the operator's own name for the payout; empty where it gives none."""
        found = [
            case["disbursed"].get("handle") for case in self.payout.values() if case.get("role") == "accepted"
        ]
        return str(next(filter(None, found), ""))


@cache
def of(slug: str) -> Vectors:
    """Return the vectors of the operator."""
    folder = FOLDER / slug.replace("-", "_")
    account = json.loads((folder / "account.json").read_text(encoding="utf-8"))
    files = [folder / f"{name}.json" for name in ("start", "notifications", "answers", *CAPABILITIES)]
    return Vectors(_plain(account), *map(_cases, files))


def _cases(file: Path) -> dict[str, Case]:
    if file.stem in CAPABILITIES and not file.exists():
        return {}
    return _complete(json.loads(file.read_text(encoding="utf-8")))


def _complete(file: Case) -> dict[str, Case]:
    found = {}
    for case in file["cases"]:
        layers = [file["usual"], *([file["rejected"]] if case.get("rejected") else []), case]
        merged: Any = {}
        for layer in layers:
            merged = merge(merged, layer)
        assert case["name"] not in found, f"two cases are named {case['name']}"
        found[case["name"]] = _plain(merged)
    return found


def merge(under: Any, over: Any) -> Any:
    """Return `over` laid upon `under` (see above)."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    if over.get("kind", under.get("kind")) != under.get("kind") or "repeat" in over:
        return over
    merged = under | {name: merge(under.get(name), value) for name, value in over.items()}
    return {name: value for name, value in merged.items() if over.get(name, ...) is not None}


def _plain(value: Any) -> Any:
    """Spell out every repetition."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "repeat" in value and value.keys() <= REPETITION:
        return value.get("before", "") + value["repeat"] * value["times"] + value.get("then", "")
    return {name: _plain(one) for name, one in value.items()}


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return the value with `{name}` in its texts replaced."""
    match value:
        case str():
            for name, text in names.items():
                value = value.replace(f"{{{name}}}", text)
            return value
        case list():
            return [filled(one, names) for one in value]
        case dict():
            return {name: filled(one, names) for name, one in value.items()}
        case _:
            return value


def reply(wanted: Case) -> Reply:
    """Return what an operator does when it is asked."""
    match wanted.get("fault"):
        case "silence":
            return silence
        case "cut":
            return cut
        case "cut_short":
            body = wanted["body"].encode()
            return promises(len(body) + CUT_AFTER, body)
    return says(_body(wanted), wanted["status"], wanted.get("headers"))


def _body(message: Case) -> bytes:
    if "base64" in message:
        return base64.b64decode(message["base64"])
    if "json" in message:
        return json.dumps(message["json"]).encode()
    text: str = message.get("body", "")
    return text.encode()


class Script(list[Reply]):
    """What an operator says in a portal that may know already what one of the calls would tell it (it is signed in).

    Every call is answered by the next reply of the case that is for a call like it, and any other by silence. The
    names are looked up when the operator is called: our reference is made up only then.
    """

    def __init__(self, case: Case, names: Callable[[], Mapping[str, str]]) -> None:
        """Take the case, whose replies answer its calls one by one."""
        super().__init__([self._answer])
        self._names = names
        self._left = list(zip(case["calls"], case["replies"], strict=False))

    def pop(self, _place: SupportsIndex = 0) -> Reply:
        return self._answer

    def _answer(self, request: requests.PreparedRequest) -> requests.Response:
        names, asked = self._names(), (request.method, (request.url or "").partition("?")[0])
        for place, (wanted, said) in enumerate(self._left):
            if (wanted["method"], filled(wanted["url"], names)) == asked:
                del self._left[: place + 1]
                return reply(filled(said, names))(request)
        return silence(request)


def call(operator: str, account: str, request: Case) -> Call:
    """Return the notification as it stands at the portal's door."""
    body, kind = b"", ""
    if "form" in request:
        body, kind = urlencode(_pairs(request["form"])).encode(), "application/x-www-form-urlencoded"
    elif "json" in request:
        body, kind = json.dumps(request["json"]).encode(), "application/json"
    elif "text" in request:
        body, kind = request["text"].encode(), "application/json"
    headers = ({"Content-Type": kind} if kind else {}) | request.get("headers", {})
    query = "&".join(filter(None, (urlencode(_pairs(request.get("query", {}))), request.get("more", ""))))
    path = f"/notify/{operator}/{account}"
    url = f"{path}?{query}" if query else path
    return Call(operator, account, request["address"], url, request["method"], headers, body)


def _pairs(given: Mapping[str, str] | Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    pairs = given.items() if isinstance(given, Mapping) else given
    return [(name, value) for name, value in pairs]
