"""The room of plain words about asking: what an operator last answered, when it is asked again, and whether now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.domain.provider import CanAsk, CanAskAboutPayout
from portal.domain.states import AttemptStatus, RefundStatus


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page says about asking: `may` is whether a person may have it asked now."""

    may: bool
    known: str
    at: datetime | None = None


def about_attempt(attempt: Mapping[Any, Any], provider: object, operator: str) -> Asking:
    """Say what asking brought, and what it will, about one try."""
    paid = attempt["status"] == AttemptStatus.PAID
    may = isinstance(provider, CanAsk) and not paid
    if attempt["confirmed"]:
        return Asking(may, _("%(operator)s a dit son dernier mot.", operator=operator))
    due = attempt["due_at"]
    if not isinstance(provider, CanAsk):
        text = _("%(operator)s ne répond pas aux questions : c'est lui qui doit parler.", operator=operator)
        return Asking(
            may, f"{text} {_('Sinon, vous serez prié de vérifier à partir du')}" if due else text, due
        )
    text = last_word(attempt["last_word"], operator) or _(
        "%(operator)s n'a encore rien dit.", operator=operator
    )
    if due is None:
        return Asking(may, f"{text} {_('Nous ne posons plus la question de nous-mêmes.')}")
    return Asking(may, f"{text} {_('Prochaine question :')}", due)


def about_refund(refund: Mapping[Any, Any], provider: object, operator: str) -> Asking:
    """Say the same about money on its way back."""
    waits = refund["status"] in {RefundStatus.SENDING, RefundStatus.UNKNOWN}
    may = waits and isinstance(provider, CanAskAboutPayout)
    text = last_word(refund["last_word"], operator) if waits else ""
    if may and refund["due_at"] is not None:
        return Asking(may, f"{text} {_('Prochaine question :')}".strip(), refund["due_at"])
    return Asking(may, text)


# `last_word` begins with one of two English phrases (`lifecycle_asking`, `refunds`); the operator's words follow.
def last_word(kept: str | None, operator: str) -> str:
    """Return what the operator last answered: in plain words, its own in brackets."""
    kind, _colon, detail = (kept or "").partition(": ")
    match kind:
        case "no answer":
            text = _("%(operator)s n'a pas répondu à notre question", operator=operator)
        case "nothing known":
            text = _("%(operator)s ne connaît pas cette opération, pour l'instant", operator=operator)
        case _:
            return kept or ""
    return f"{text} ({detail})." if detail else f"{text}."
