"""The room of plain words about asking: what an operator last answered, when it is asked again, and whether now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.domain.provider import CanAsk, CanAskAboutPayout
from portal.domain.states import AttemptStatus, RefundStatus
from portal.payments import last_words


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page says about asking: what is known, what comes next and when; `may` a person have it asked now?"""

    may: bool
    known: str
    then: str = ""
    at: datetime | None = None


def about_attempt(attempt: Mapping[Any, Any], provider: object, operator: str) -> Asking:
    """Say what asking brought, and what it will, about one try."""
    can_ask, due = isinstance(provider, CanAsk), attempt["due_at"]
    may = can_ask and attempt["status"] != AttemptStatus.PAID
    if attempt["confirmed"]:
        return Asking(may, _("%(operator)s a dit son dernier mot.", operator=operator))
    if not can_ask:
        text = _("%(operator)s ne répond pas aux questions : c'est lui qui doit parler.", operator=operator)
        then = _("Sinon, vous serez prié de vérifier à partir du") if due else ""
        return Asking(may, text, then, due)
    text = last_word(attempt["last_word"], operator) or _(
        "%(operator)s n'a encore rien dit.", operator=operator
    )
    then = _("Prochaine question :") if due else _("Nous ne posons plus la question de nous-mêmes.")
    return Asking(may, text, then, due)


def about_refund(refund: Mapping[Any, Any], provider: object, operator: str) -> Asking:
    """Say the same about money on its way back."""
    status, due = RefundStatus(refund["status"]), refund["due_at"]
    may = status in {RefundStatus.SENDING, RefundStatus.UNKNOWN} and isinstance(provider, CanAskAboutPayout)
    open_ended = may or status in {RefundStatus.UNKNOWN, RefundStatus.BY_HAND}
    text = last_word(refund["last_word"], operator) if open_ended else ""
    then = _("Prochaine question :") if may and due else ""
    return Asking(may, text, then, due if then else None)


def last_word(kept: str | None, operator: str) -> str:
    """Return what the operator last answered: in plain words, its own in brackets."""
    kind, detail = last_words.parted(kept or "")
    match kind:
        case last_words.NO_ANSWER:
            text = _("%(operator)s n'a pas répondu à notre question", operator=operator)
        case last_words.NOTHING_KNOWN:
            text = _("%(operator)s ne connaît pas cette opération, pour l'instant", operator=operator)
        case _:
            return _(kind) if kind else ""
    return f"{text} ({detail})." if detail else f"{text}."
