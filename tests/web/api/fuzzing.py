"""The room of calls that nobody would think of: Schemathesis over the OpenAPI document of a running portal.

Two stores have things of all kinds, whose ids it may use where it wants one that exists, and neither may see what is
the other's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from portal.domain.events import Accepted, Paid
from portal.domain.money import Money
from tests.conftest import running, settings_for
from tests.factories import AnApiKey, a_merchant, an_account, an_api_key, an_attempt, an_order

HERE = Path(__file__).parent
STORES = ("akofa", "kossi")
OF_EACH = 5
LEAST, MOST_RUNS = 200, 4
"""Calls of each operation, and how often those that were called less are run once more."""
LONGEST = 540
"""Seconds of one run."""
SITE = "https://boutique.example"
"""As the document's own example has it, and `fuzzing_hooks`."""
LISTS = {
    "order_id": "/orders",
    "link_id": "/payment-links",
    "endpoint_id": "/webhook-endpoints",
    "delivery_id": "/webhook-deliveries",
}


@dataclass(frozen=True)
class Found:
    """What a run found: whether it was content, its own words, and its calls by operation and status."""

    content: bool
    words: str
    calls: Mapping[str, Counter[int]]


def seed(database_url: str, folder: Path) -> dict[str, AnApiKey]:
    """Make two stores with paid orders; return their keys by name."""
    with running(settings_for(database_url, folder)) as app, app.app_context():
        keys = {}
        for name in STORES:
            store = a_merchant(name=name, return_hosts=["127.0.0.1"], sites=[SITE])
            account = an_account(store)
            for number in range(OF_EACH):
                order = an_order(store, reference=f"CMD-{number}")
                paid = Paid(Money(500), f"T-{name}-{number}", fee=4, payer="90112233")
                an_attempt(order, account, then=[Accepted(), paid])
            keys[name] = an_api_key(store)
        return keys


@dataclass(frozen=True)
class Caller:
    """A store's program."""

    site: str
    key: AnApiKey

    def post(self, path: str, **body: object) -> dict[str, Any]:
        return self._json("POST", path, json=body)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        return self._json("GET", path, params=query)

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = requests.request(
            method, f"{self.site}/api/v1{path}", headers=self.key.headers, timeout=10, **options
        )
        assert answer.ok, answer.text
        return dict(answer.json())


def ids_of(caller: Caller) -> dict[str, list[str]]:
    """Give the store one of everything else; return the ids of all, by the name that the document calls them."""
    some = caller.get("/orders")["data"][:3]
    refunds = [caller.post(f"/orders/{order['id']}/refunds", amount=100)["id"] for order in some]
    for number in range(OF_EACH):
        caller.post("/payment-links", title=f"Pagne {number}", amount=500)
        endpoint = caller.post("/webhook-endpoints", url=f"http://127.0.0.1:9/{number}")
        caller.post(f"/webhook-endpoints/{endpoint['id']}/test")
    found = {name: [one["id"] for one in caller.get(path)["data"]] for name, path in LISTS.items()}
    return found | {"refund_id": refunds, "event_id": [one["id"] for one in caller.get("/events")["data"]]}


def explore(site: str, keys: Mapping[str, AnApiKey], folder: Path) -> Found:
    """Run Schemathesis over every operation of the site's document, until each was called often enough.

    Where its own shrinking of what looked odd used up an operation's examples, that operation is called once more.
    """
    first, *_ = callers = [Caller(site, key) for key in keys.values()]
    ids = [ids_of(caller) for caller in callers]
    paths = {path: f"/api/v1{path}" for path in LISTS.values()}
    users = folder / "users.json"
    users.write_text(json.dumps({"auth": [_user(name, key) for name, key in keys.items()]}))
    config = folder / "schemathesis.toml"
    config.write_text(_config(ids[0]))
    environment = {
        **os.environ,
        "CURSORS": json.dumps(
            {whole: first.get(path, limit=1)["next_cursor"] for path, whole in paths.items()}
        ),
        "USERS": str(users),
        "HOOKS": "tests.web.api.fuzzing_hooks",
        "ASKING": first.key.secret,
    }
    found = _run(site, config, environment, folder / "report.ndjson")
    for again in range(MOST_RUNS):
        short = [name for name, statuses in found.calls.items() if sum(statuses.values()) < LEAST]
        if not short or not found.content:
            break
        only = [word for name in short for word in ("--include-name", name)]
        more = _run(
            site, config, environment, folder / f"report-{again}.ndjson", *only, "--phases", "fuzzing"
        )
        calls = {name: statuses + more.calls.get(name, Counter()) for name, statuses in found.calls.items()}
        found = Found(more.content, more.words, calls)
    return found


def _run(site: str, config: Path, environment: Mapping[str, str], report: Path, *more: str) -> Found:
    st = Path(sys.executable).with_name("st")
    to = ("--report-ndjson-path", str(report), "--no-color", "--checks", "all")
    command = [str(st), "--config-file", str(config), "run", f"{site}/api/v1/openapi.json", *to, *more]
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    return Found(done.returncode == 0, done.stdout, calls_of(report))


def _user(name: str, key: AnApiKey) -> dict[str, Any]:
    header = {"name": "Authorization", "value": key.headers["Authorization"]}
    return {"name": name, "fixedHeaders": [header]}


def _config(ids: Mapping[str, list[str]]) -> str:
    """Return `fuzzing.toml` with the ids of things that exist."""
    lines = [(HERE / "fuzzing.toml").read_text("utf-8")]
    lines += [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in ids.items()]
    bound = {f"path.{name}": name for name in ids if name != "event_id"} | {
        "query.after": "event_id",
        "query.endpoint": "endpoint_id",
    }
    lines.append("[parameters]")
    lines += [f'"{where}" = {{ dictionary = "{name}", probability = 0.8 }}' for where, name in bound.items()]
    return "\n".join(lines)


def calls_of(report: Path) -> dict[str, Counter[int]]:
    """Return how many calls were made, by operation and by status of the answer."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder")
            for made in recorder.get("interactions", {}).values() if recorder else ():
                if made["response"] is not None:
                    found[recorder["label"]][made["response"]["status_code"]] += 1
    return dict(found)
