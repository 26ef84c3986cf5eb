"""The room of TMoney's vocabulary: one map for each of its ways to speak, all pure.

Codes and statuses are those of the protocol page `TMoney MBANKING`; any other one is unknown, never a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from portal.domain.events import Accepted, Failed, FailureCode, Paid, Refunded, RefundFailed
from portal.domain.money import Money
from portal.providers._json import Unreadable, short, wallet, whole

NOT_SIGNED_IN = "403"


class State(Enum):
    """What an entry, a reply or a callback says of one request."""

    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"


STATUSES = {
    "SUCCES": State.DONE,
    "SUCCESS": State.DONE,
    "ECHEC": State.REFUSED,
    "EN ATTENTE": State.PENDING,
}

Said = tuple[State | None, str]
"""Status and code. What the two say together stands in these maps; a pair that is in none is a reason to ask."""

CALLBACK: Mapping[Said, State] = {
    (State.DONE, "2002"): State.DONE,
    (State.REFUSED, "500"): State.REFUSED,
    (State.REFUSED, "501"): State.REFUSED,
}
CREDIT_REPLY: Mapping[Said, State] = {
    (State.DONE, ""): State.DONE,
    (State.DONE, "200"): State.DONE,
    (State.DONE, "2002"): State.DONE,
    (State.REFUSED, ""): State.REFUSED,
    (State.REFUSED, "500"): State.REFUSED,
    (State.REFUSED, "501"): State.REFUSED,
    (State.PENDING, ""): State.PENDING,
    (State.PENDING, "2000"): State.PENDING,
    (None, "2000"): State.PENDING,
}
# An entry of check-transaction has no code of its own on the page; one that has it must agree. "2001" tells that a
# callback went out, whatever it said.
CHECK: Mapping[Said, State] = {
    **{(State.DONE, code): State.DONE for code in ("", "200", "2001", "2002")},
    **{(State.REFUSED, code): State.REFUSED for code in ("", "500", "501", "2001")},
    **{(State.PENDING, code): State.PENDING for code in ("", "2000")},
}
# A debit's reply is only ever "accepted": any other is a reason to ask, also where it has the callback's fields.
DEBIT_REPLY: frozenset[Said] = frozenset({(None, "2000"), (State.PENDING, "2000")})

REASONS = {"501": FailureCode.AUTHENTICATION}


def folded(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields by their names in small letters: TMoney's own papers spell them in several ways."""
    fields = {name.lower(): value for name, value in told.items()}
    if len(fields) != len(told):
        raise Unreadable("a name is given twice")
    return fields


def word(fields: Mapping[str, Any], name: str) -> str:
    """Return a code, a status or a name, empty where there is none."""
    value = fields.get(name)
    return "" if value is None or value == "" else short(value, name).strip()


def pair(fields: Mapping[str, Any]) -> Said:
    """Return the status (None where there is none) and the code; raise Unreadable for an unknown status."""
    status = word(fields, "statutrequete").upper()
    if status and status not in STATUSES:
        raise Unreadable("statutRequete is unknown")
    return STATUSES.get(status), word(fields, "code")


def kind(fields: Mapping[str, Any]) -> str:
    """Return DEBIT, CREDIT, whatever else typeRequete says, or nothing."""
    return word(fields, "typerequete").upper()


def attempt_event(state: State, fields: Mapping[str, Any]) -> Accepted | Paid | Failed:
    """Return what happened to a debit; raise Unreadable where the sum or TMoney's reference is."""
    match state:
        case State.DONE:
            return Paid(_money(fields), _reference(fields), payer=wallet(fields.get("numeroclient")))
        case State.REFUSED:
            return Failed(_reason(fields))
        case State.PENDING:
            return Accepted()


def refund_event(state: State, fields: Mapping[str, Any]) -> Accepted | Refunded | RefundFailed:
    """Return what happened to a credit (whose sum is what the customer received); raise Unreadable."""
    match state:
        case State.DONE:
            return Refunded(_money(fields), _reference(fields))
        case State.REFUSED:
            return RefundFailed(_reason(fields))
        case State.PENDING:
            return Accepted()


def _money(fields: Mapping[str, Any]) -> Money:
    amount = whole(fields.get("montant"), "montant")
    if amount == 0:
        raise Unreadable("montant is nothing")
    return Money(amount)


def _reference(fields: Mapping[str, Any]) -> str:
    return short(fields.get("reftmoney"), "refTmoney", 100)


def _reason(fields: Mapping[str, Any]) -> FailureCode:
    return REASONS.get(word(fields, "code"), FailureCode.REFUSED)
