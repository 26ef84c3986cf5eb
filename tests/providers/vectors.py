"""The room of vectors: what the protocol pages say goes over the wire, read from `tests/vectors/<operator>/*.json`.

Four files per operator, whatever it speaks. `account.json`: credentials that are right and wrong, the charge that
all else is about, amounts taken and not. `start.json`: cases of a charge, the `replies` that the operator gives in
turn (status, headers, and body, json or base64; or a fault: silence, cut, cut_short), the `calls` that it must have
received, and the `outcome`. `notifications.json`: cases of a `request` (method, query, headers, and text, json or
form; `more`: query as it goes over the wire; address), what it `said` or that it is `rejected`, the `answer`, and
`then`: verdict, attempt, order and reviews in a portal that waits for it. `answers.json`: the answer to every verdict.

A case is merged over the file's `usual` (and `rejected`): objects key by key unless they name another `kind`, null
removes. `{"repeat": text, "times": n, "before": text, "then": text}` is one text; `{reference}` in a text is ours, and
`{<SETTING>}` the address of that endpoint. A role names what tests need: start has `offered` and `lost`, the
notifications `paid`, `failed` and `wrong_amount`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from config import ROOT
from portal.payments.inbox import Call
from tests.machines.operator import Reply, cut, promises, says, silence

FOLDER = ROOT / "tests" / "vectors"
REPETITION = {"repeat", "times", "before", "then"}
CUT_AFTER = 1_000
"""Bytes that an answer cut short has promised beyond those that it brings."""

Case = dict[str, Any]


@dataclass(frozen=True)
class Vectors:
    """One operator's; `start`, `notifications` and `answers` are complete cases by name."""

    account: Case
    start: Mapping[str, Case]
    notifications: Mapping[str, Case]
    answers: Mapping[str, Case]

    def notification(self, role: str) -> Case:
        """Return the one notification of that role."""
        [case] = [case for case in self.notifications.values() if case.get("role") == role]
        return case

    def starts(self, role: str) -> list[Case]:
        """Return the starts of that role; there is at least one."""
        found = [case for case in self.start.values() if case.get("role") == role]
        assert found, f"start.json has no case of the role {role}"
        return found


@cache
def of(slug: str) -> Vectors:
    """Return the vectors of the operator."""
    folder = FOLDER / slug.replace("-", "_")
    account, *cases = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("account", "start", "notifications", "answers")
    )
    return Vectors(_plain(account), *map(_complete, cases))


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
