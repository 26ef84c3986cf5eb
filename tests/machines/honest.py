"""The room of two operators that keep an honest ledger, however badly they speak of it: TMoney push and MoneyFusion."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import requests

from portal.clock import Clock
from tests.machines.faults import Crash
from tests.machines.operator import FakeOperator, Reply, cut, says, silence

PUSH, PAGE = "tmoney", "moneyfusion"
KEY = "0123456789abcdef"
CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    PUSH: {"nomUtilisateur": "akofa", "motDePasse": "secret", "verify_by_asking": "on"},
    PAGE: {
        "api_url": "http://127.0.0.1:8001/moneyfusion/boutique/0001/pay/",
        "private_key": KEY,
        "key_header": "moneyfusion-private-key",
    },
}

Kind = Literal["payment", "payout"]
State = Literal["pending", "done", "refused"]
ACCIDENTS = (
    "never",
    "lost",
    "garbled",
    "error",
    "turned away",
    "refused",
    "at once",
    "crash before",
    "crash after",
)
"""What may become of a request that could move money; `never`, `turned away` and `crash before`: it does not arrive."""
MOODS = ("truly", "truly", "still pending", "empty", "silence", "garbled")
"""How an operator answers questions."""


@dataclass
class Deal:
    """One request as its operator keeps it. `name`: ours for it; `token`: the operator's. `moved`: what it settles."""

    operator: str
    kind: Kind
    name: str
    amount: int
    token: str
    moved: int
    state: State = "pending"
    changed: bool = False
    """It was done after a final word had said otherwise: only a further word can tell us."""


@dataclass
class Honest(FakeOperator):
    """Both operators. `once`: what becomes of the next request; `moods`: how each answers questions.

    `sent` counts the requests that could move money, by their name; `empties` when it knew nothing of a name.
    """

    clock: Clock = field(default_factory=Clock)
    deals: dict[tuple[Kind, str], Deal] = field(default_factory=dict)
    moods: dict[str, str] = field(default_factory=dict)
    accident: str | None = None
    sent: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    empties: list[tuple[str, datetime]] = field(default_factory=list)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    """Every question about a payment or a payout, by its name."""
    handed_out: set[str] = field(default_factory=set)
    """References whose hosted page a browser got: only these can be paid."""

    def forget(self) -> None:
        super().forget()
        for kept in (self.deals, self.moods, self.sent, self.empties, self.asked, self.handed_out):
            kept.clear()
        self.accident = None

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Be asked: do what the request wants, then let happen what happens before the reply arrives."""
        path = urlsplit(str(request.url)).path
        body = json.loads(bytes(request.body)) if isinstance(request.body, bytes) else {}
        if path.endswith("/login"):
            return says(json.dumps({"statut": {"code": "2000"}, "data": {"token": "t"}}))(request)
        reply = self._asked(path, request) if request.method == "GET" else self._told(path, body)
        if (happens := self.meanwhile) is not None:
            self.meanwhile = None
            happens()
        return reply(request)

    def deal(self, kind: Kind, name: str) -> Deal | None:
        return self.deals.get((kind, name))

    # ---- requests that can move money

    def _told(self, path: str, body: Mapping[str, Any]) -> Reply:
        if path.endswith("/pay/"):
            return self._begins(PAGE, "payment", body["personal_Info"][0]["reference"], body["totalPrice"])
        if path.endswith("/withdraw"):
            secret = parse_qs(urlsplit(body["webhook_url"]).query)["refund"][0]
            return self._begins(PAGE, "payout", secret, body["amount"])
        kind: Kind = "payment" if path.endswith("/debit") else "payout"
        return self._begins(PUSH, kind, body["idRequete"], body["montant"])

    def _begins(self, operator: str, kind: Kind, name: str, amount: int) -> Reply:
        accident, self.accident = self.accident, None
        match accident:
            case "turned away" if operator == PUSH:
                return says(json.dumps({"code": "403", "idRequete": name}))  # it was not accepted
            case "never" | "turned away":
                self.sent[kind, name] += 1
                return cut
            case "crash before":
                self.sent[kind, name] += 1
                raise Crash
        self.sent[kind, name] += 1
        if (kind, name) in self.deals:
            return says(json.dumps({"code": "4001", "idRequete": name, "statut": False}))
        deal = Deal(operator, kind, name, amount, f"T{next(self._numbers):020}", amount)
        self.deals[kind, name] = deal
        if kind == "payout" and accident in {"refused", "at once"}:
            deal.state = "refused" if accident == "refused" else "done"
        if accident == "crash after":
            raise Crash
        return self._reply(deal, accident)

    def _reply(self, deal: Deal, accident: str | None) -> Reply:
        match accident:
            case "lost":
                return silence
            case "garbled":
                return says("<html></html>")
            case "error":
                return says(json.dumps({"code": "500", "statut": False}), 500)
        if deal.operator == PAGE:
            url = f"http://127.0.0.1:8001/moneyfusion/page/{deal.token}"
            if deal.state == "refused":
                return says(json.dumps({"statut": False, "message": "solde insuffisant"}))
            return says(json.dumps({"statut": True, "token": deal.token, "tokenPay": deal.token, "url": url}))
        if deal.kind == "payment":
            return says(json.dumps({"code": "2000", "idRequete": deal.name}))
        return says(json.dumps(push_fields(deal)))

    # ---- questions

    def _asked(self, path: str, request: requests.PreparedRequest) -> Reply:
        if "/paiementNotif/" in path:
            token = path.rpartition("/")[2]
            found = next((one for one in self.deals.values() if one.token == token), None)
            return self._answers(PAGE, found, found.name if found else token)
        name = parse_qs(urlsplit(str(request.url)).query)["idRequete"][0]
        kind: Kind = "payout" if "tpcredit" in path else "payment"
        return self._answers(PUSH, self.deal(kind, name), name)

    def _answers(self, operator: str, deal: Deal | None, name: str) -> Reply:
        self.asked.append((name, self.clock.now()))
        mood = self.moods.get(operator, "truly")
        if mood == "nonsense":
            raise ZeroDivisionError  # no failure of a network's: our own reading breaks
        if mood == "silence":
            return silence
        if mood == "garbled":
            return says("<html></html>")
        if deal is None or mood == "empty":
            self.empties.append((name, self.clock.now()))
            nothing = (
                {"total": 0, "data": []} if operator == PUSH else {"statut": False, "message": "introuvable"}
            )
            return says(json.dumps(nothing))
        state = "pending" if mood == "still pending" else deal.state
        if operator == PUSH:
            return says(json.dumps({"total": 1, "data": [push_fields(deal, state)]}))
        return says(json.dumps({"statut": True, "data": page_fields(deal, state)}))


STATUT = {"pending": "EN ATTENTE", "done": "SUCCES", "refused": "ECHEC"}
CODE = {"pending": "2000", "done": "2002", "refused": "500"}


def push_fields(deal: Deal, state: str | None = None) -> dict[str, Any]:
    """Return TMoney's fields about a request, as it stands or as it is said to stand."""
    state = state or deal.state
    return {
        "code": CODE[state],
        "statutRequete": STATUT[state],
        "typeRequete": "DEBIT" if deal.kind == "payment" else "CREDIT",
        "idRequete": deal.name,
        "refTmoney": deal.token,
        "montant": deal.moved,
        "numeroClient": "22890112233",
    }


def page_fields(deal: Deal, state: str | None = None) -> dict[str, Any]:
    """Return MoneyFusion's status of a payment, as it stands or as it is said to stand."""
    return {
        "tokenPay": deal.token,
        "personal_Info": [{"reference": deal.name}],
        "statut": {"pending": "pending", "done": "paid", "refused": "failure"}[state or deal.state],
        "Montant": deal.moved,
        "frais": 0,
        "moyen": "tmoney-togo",
        "numeroTransaction": "22890112233",
    }


def callback(deal: Deal, state: str | None = None) -> dict[str, Any]:
    """Return what the operator sends us about a request."""
    if deal.operator == PUSH:
        return push_fields(deal, state)
    said = {"pending": "pending", "done": "completed", "refused": "cancelled"}[state or deal.state]
    if deal.kind == "payment":
        return page_fields(deal, state) | {"event": f"payin.session.{said}"}
    return {"event": f"payout.session.{said}", "tokenPay": deal.token, "montant": deal.moved}
