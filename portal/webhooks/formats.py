"""The room of how an event is put: by Standard Webhooks, or in the fourteen fields of TMoney's callback.

The text is made of what is stored alone, so every try says the same, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.webhooks.claiming import Parcel
from portal.webhooks.kinds import EventType, Format

EXECUTED = "2001"
"""By which a shop says that it took a partner's callback (TMoney MBANKING, callback)."""
OK = 200

# code, status and the words to it, as TMoney itself says them.
WORDS: Mapping[str, tuple[str, str, str]] = {
    EventType.ORDER_PROCESSING: ("2000", "EN ATTENTE", "Paiement en cours"),
    EventType.ORDER_PAID: ("2002", "SUCCES", "Paiement effectué"),
    EventType.ORDER_PAYMENT_FAILED: ("500", "ECHEC", "Paiement échoué"),
    EventType.PING: ("2000", "EN ATTENTE", "Test de la connexion"),
}


@dataclass(frozen=True)
class Partner:
    """The store as TMoney's callback names it."""

    id: str
    name: str


PartnerOf = Callable[[int], Partner]
"""Gives the store by its id."""


def body(parcel: Parcel, *, site: str, partner: PartnerOf) -> str:
    """Return what is posted. `site`: our own address, which what is stored leaves out."""
    return written(
        parcel.format,
        parcel.kind,
        parcel.created_at,
        shown(parcel.payload, site),
        lambda: partner(parcel.merchant_id),
    )


def written(
    form: str, kind: str, created_at: datetime, data: Mapping[str, Any], partner: Callable[[], Partner]
) -> str:
    """Return an event in that format; `data` is the order or refund as `shown`, and only a callback names the store."""
    if form == Format.PARTNER_CALLBACK:
        return _text(_callback(kind, created_at, data, partner()))
    return _text({"type": kind, "timestamp": _rfc3339(created_at), "data": data})


def shown(payload: Mapping[str, Any], site: str) -> dict[str, Any]:
    """Return a stored payload with our own address in front of what leads to us."""
    data = dict(payload)
    if str(data.get("checkout_url", "")).startswith("/"):
        data["checkout_url"] = site + data["checkout_url"]
    return data


def is_taken(form: str, status: int, answer: bytes) -> bool:
    """Say whether the shop's answer means that it has the event: any 2xx, or for a callback 200 and code 2001."""
    if form == Format.PARTNER_CALLBACK:
        return status == OK and _code(answer) == EXECUTED
    return 200 <= status < 300  # noqa: PLR2004 - any 2xx


def _code(answer: bytes) -> str | None:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    code = said.get("code") if isinstance(said, dict) else None
    return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else None


def _callback(kind: str, created_at: datetime, order: Mapping[str, Any], partner: Partner) -> dict[str, Any]:
    """Return the fourteen fields. The payer's number is masked, as everywhere outside the portal."""
    code, status, message = WORDS[kind]
    attempt = _attempt(kind, order.get("attempts", ()))
    return {
        "code": code,
        "message": message,
        "description": order.get("description", ""),
        "refTmoney": attempt.get("operator_reference") or "",
        "dateHeureTmoney": _plain(created_at),
        "idRequete": attempt.get("id", ""),
        "statutRequete": status,
        "typeRequete": "DEBIT",
        "dateHeureRequete": _plain(_read(attempt.get("created_at")) or created_at),
        "refCommande": order.get("reference", ""),
        "montant": attempt.get("amount", order.get("amount", 0)),
        "numeroClient": attempt.get("phone") or "",
        "idPartenaire": partner.id,
        "nomPartenaire": partner.name,
    }


def _attempt(kind: str, attempts: Any) -> Mapping[str, Any]:
    """Return the attempt that the event is about: the newest that paid, else the newest."""
    newest = list(reversed(attempts))
    if kind == EventType.ORDER_PAID:
        newest = [one for one in newest if one["status"] == "paid"] or newest
    return newest[0] if newest else {}


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")  # Togo keeps UTC


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
