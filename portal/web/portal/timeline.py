"""The room of an order's story: its journal and its visits, told in plain words, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import RowMapping

from portal.domain.events import FailureCode
from portal.domain.states import ReviewReason
from portal.payments.queries import Detail
from portal.web.money import shown
from portal.web.portal import words


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: when, what, and on whose word."""

    at: datetime
    text: str
    source: str


def told(detail: Detail, name_of: Callable[[str], str]) -> list[Moment]:
    """Return the order's story; `name_of` gives an operator's name for its slug."""
    operators = {attempt["id"]: name_of(attempt["operator"]) for attempt in detail.attempts}
    story = [Moment(detail.order["created_at"], _("Commande créée."), _origin(detail.order))]
    story += [
        Moment(line["at"], _fact(line, operators.get(line["attempt_id"], "")), _source(line))
        for line in detail.journal
    ]
    story += [
        Moment(visit["at"], _visit(visit["way"]), _("Indice seulement, jamais une preuve"))
        for visit in detail.visits
    ]
    return sorted(story, key=lambda moment: moment.at)


def _origin(order: RowMapping) -> str:
    match order["source"]:
        case "api":
            return _("Votre site")
        case "link":
            return _("Lien de paiement")
        case _:
            return str(order["source"])


def _fact(line: RowMapping, operator: str) -> str:
    match line["fact"]:
        case "started":
            return _("Le client commence à payer avec %(operator)s.", operator=operator)
        case "accepted":
            return _("%(operator)s attend l'accord du client.", operator=operator)
        case "unheard":
            return _(
                "%(operator)s n'a pas répondu : il n'est pas certain que l'argent ait été débité.",
                operator=operator,
            )
        case "paid":
            return _paid(line)
        case "failed" | "cancelled" | "lapsed":
            return _("Paiement sans suite : %(why)s.", why=_why(line["detail"]))
        case "stale":
            return _("Message dépassé de %(operator)s : il n'a rien changé.", operator=operator)
        case "order_expired":
            return _("Le délai pour payer est passé.")
        case "order_cancelled":
            return _("Commande annulée.")
        case fact if fact in set(ReviewReason):
            return words.review(ReviewReason(fact))
        case fact:
            return _("Autre fait : %(fact)s.", fact=fact)


def _paid(line: RowMapping) -> str:
    amount = shown(line["amount"], line["currency"])
    if line["detail"] == "late":
        text = _("%(amount)s reçus, après que ce paiement avait été tenu pour perdu.", amount=amount)
    else:
        text = _("%(amount)s reçus.", amount=amount)
    if line["payment_reference"]:
        text += " " + _("Référence de l'opérateur : %(reference)s.", reference=line["payment_reference"])
    return text


def _why(code: str | None) -> str:
    return words.failure(FailureCode(code)) if code in set(FailureCode) else _("raison inconnue")


def _source(line: RowMapping) -> str:
    match line["source"]:
        case "notification":
            return _("Message de l'opérateur")
        case "answer":
            return _("Réponse de l'opérateur à notre question")
        case "reply":
            return _("Réponse de l'opérateur à notre demande")
        case "person":
            return _("Décision de %(who)s", who=line["source_id"] or "")
        case "shopper":
            return _("Le client")
        case "clock":
            return _("Délai écoulé")
        case source:
            return str(source)


def _visit(way: str) -> str:
    match way:
        case "accept":
            return _("Le client revient de la page de l'opérateur en disant avoir payé.")
        case "decline":
            return _("Le client revient de la page de l'opérateur : paiement non abouti.")
        case _:
            return _("Le client revient de la page de l'opérateur en ayant renoncé.")
