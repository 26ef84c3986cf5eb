"""The room of an operator that outlives those who call it: TMoney, whose credits are kept in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.machines.operator import FakeOperator, says

AMOUNT = 500


class Teller(FakeOperator):
    """Says of every debit that it was paid, and of a credit whether it was ever asked to pay it."""

    def __init__(self, taken: Path) -> None:
        """Keep in that file, a line each, which credits were asked for."""
        super().__init__()
        self.taken = taken
        self.taken.touch()

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Be asked; what is not TMoney's is answered as any fake operator does."""
        url = urlsplit(str(request.url))
        if "/tmoney/" not in url.path:
            return super().send(request)
        if url.path.endswith("/login"):
            return says(json.dumps({"statut": {"code": "2000"}, "data": {"token": "t"}}))(request)
        if request.method == "POST":
            return self._takes(request)
        reference, kind = parse_qs(url.query)["idRequete"][0], "CREDIT" if "tpcredit" in url.path else "DEBIT"
        known = kind == "DEBIT" or reference in self.taken.read_text().split()
        data = [_fields(reference, kind, "SUCCES", "2002")] if known else []
        return says(json.dumps({"total": len(data), "data": data}))(request)

    def _takes(self, request: requests.PreparedRequest) -> requests.Response:
        reference = json.loads(bytes(request.body or b""))["idRequete"]  # type: ignore[arg-type]
        with self.taken.open("a") as file:
            file.write(f"{reference}\n")
        return says(json.dumps(_fields(reference, "CREDIT", "EN ATTENTE", "2000")))(request)


def _fields(reference: str, kind: str, status: str, code: str) -> dict[str, Any]:
    return {
        "code": code,
        "statutRequete": status,
        "typeRequete": kind,
        "idRequete": reference,
        "refTmoney": f"T{reference}",
        "montant": AMOUNT,
        "numeroClient": "22890112233",
    }
