"""The room of an order's story: its journal and its visits, told in plain words, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import RowMapping

from portal.domain.events import FailureCode
from portal.domain.states import OrderStatus, ReviewReason
from portal.payments.queries import Detail
from portal.web.money import shown
from portal.web.portal import decided, refund_story, words
from portal.web.portal.asked import last_word


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: when, what, and on whose word."""

    at: datetime
    text: str
    source: str


def told(detail: Detail, name_of: Callable[[str], str]) -> list[Moment]:
    """Return the order's story; `name_of` gives an operator's name for its slug."""
    story = [Moment(detail.order["created_at"], _("Commande créée."), _origin(detail.order))]
    story += _lines(detail, detail.journal, name_of)
    story += [
        Moment(visit["at"], _visit(visit["way"]), _("Indice seulement, jamais une preuve"))
        for visit in detail.visits
    ]
    return sorted(story, key=lambda moment: moment.at)


def of_refund(detail: Detail, refund_id: int, name_of: Callable[[str], str]) -> list[Moment]:
    """Return the story of one refund of the order."""
    return _lines(detail, [line for line in detail.journal if line["refund_id"] == refund_id], name_of)


def _lines(detail: Detail, lines: Iterable[RowMapping], name_of: Callable[[str], str]) -> list[Moment]:
    operators = {attempt["id"]: name_of(attempt["operator"]) for attempt in detail.attempts}
    return [
        Moment(line["at"], _fact(line, operators.get(line["attempt_id"], "")), _source(line))
        for line in lines
    ]


def _origin(order: RowMapping) -> str:
    match order["source"]:
        case "api":
            return _("Votre site")
        case "link":
            return _("Lien de paiement")
        case _:
            return str(order["source"])


def _fact(line: RowMapping, operator: str) -> str:  # noqa: C901, PLR0912 - a case for each fact
    if line["refund_id"] is not None:
        return refund_story.fact(line, operator)
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
        case "asked":
            return last_word(line["detail"], operator)
        case "decided":
            return _decided(line["detail"] or "")
        case "order_accepted":
            return _("La commande est payée : le paiement est accepté tel qu'il est arrivé.")
        case "review_dismissed":
            return _(
                "La commande redevient « %(status)s ».",
                status=words.order_status(OrderStatus(line["after"])).text,
            )
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


def _decided(detail: str) -> str:
    said, _colon, evidence = detail.partition(": ")
    return _("%(decision)s. Vu : %(evidence)s", decision=decided.decision(said), evidence=evidence)


def _why(code: str | None) -> str:
    return words.failure(FailureCode(code)) if code in set(FailureCode) else _("raison inconnue")


def _source(line: RowMapping) -> str:  # noqa: C901 - one case for each source
    match line["source"]:
        case "notification":
            return _("Message de l'opérateur")
        case "answer" if line["fact"] == "asked":
            return _("Notre question")
        case "answer":
            return _("Réponse de l'opérateur à notre question")
        case "reply" if line["fact"] in {"unheard", "refund_unheard"}:
            return _("Notre demande")
        case "reply":
            return _("Réponse de l'opérateur à notre demande")
        case "person":
            return _("Décision de %(who)s", who=line["source_id"] or "")
        case "api" | "key":
            return _("Votre site")
        case "shopper":
            return _("Le client")
        case "clock" if line["fact"] == "refund_sending":
            return _("Envoi par Cross")
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
