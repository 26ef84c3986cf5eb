"""The room of a refund's story: each fact of its journal in plain words."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import RowMapping

from portal.domain.events import FailureCode
from portal.domain.states import ReviewReason
from portal.web.money import shown
from portal.web.portal import words
from portal.web.portal.asked import last_word


def fact(line: RowMapping, operator: str) -> str:  # noqa: C901, PLR0912 - a case for each fact
    """Return what the line of the journal says of a refund through that operator."""
    match line["fact"]:
        case "refund_requested":
            return _("Remboursement de %(amount)s demandé.", amount=_amount(line))
        case "refund_sending":
            return _("Remboursement envoyé à %(operator)s, une fois pour toutes.", operator=operator)
        case "refund_accepted":
            return _("%(operator)s a pris le remboursement en charge.", operator=operator)
        case "refunded":
            return _returned(line)
        case "refund_failed":
            return _failed(line["detail"])
        case "refund_not_sent":
            return _("Le remboursement n'est jamais parti : il est à faire à la main.")
        case "refund_unheard":
            return _(
                "%(operator)s n'a pas répondu : il n'est pas certain que le remboursement soit parti. "
                "Il ne sera pas envoyé une seconde fois.",
                operator=operator,
            )
        case "refund_cancelled" if line["detail"]:
            return _("Remboursement abandonné. Vu : %(evidence)s", evidence=line["detail"])
        case "refund_cancelled":
            return _("Remboursement abandonné : rien n'a été envoyé.")
        case "asked":
            return last_word(line["detail"], operator)
        case "stale":
            return _(
                "Message dépassé de %(operator)s au sujet du remboursement : il n'a rien changé.",
                operator=operator,
            )
        case ReviewReason.CONTRADICTION:
            return _(
                "%(operator)s annonce un remboursement d'un autre montant que le vôtre.", operator=operator
            )
        case other if other in set(ReviewReason):
            return words.review(ReviewReason(other))
        case other:
            return _("Autre fait : %(fact)s.", fact=other)


def _amount(line: RowMapping) -> str:
    return shown(line["amount"], line["currency"]) if line["amount"] is not None else ""


def _returned(line: RowMapping) -> str:
    text = _("%(amount)s rendus au client.", amount=_amount(line))
    if line["fee"]:
        text += " " + _("Frais : %(fee)s.", fee=shown(line["fee"], line["currency"]))
    if line["payment_reference"]:
        text += " " + _("Référence de l'opérateur : %(reference)s.", reference=line["payment_reference"])
    if line["detail"]:
        text += " " + _("Vu : %(evidence)s", evidence=line["detail"])
    return text


def _failed(detail: str | None) -> str:
    """Say why by the operator's code, or what the person saw who says so."""
    if detail is None or detail == FailureCode.WRITTEN_OFF:
        return _("Remboursement non abouti : l'argent n'est pas parti.")
    if detail in set(FailureCode):
        return _("Remboursement non abouti : %(why)s.", why=words.failure(FailureCode(detail)))
    return _("Remboursement non abouti. Vu : %(evidence)s", evidence=detail)
