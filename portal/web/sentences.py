"""The room of plain words for shoppers: what a state or a failure means for them, and what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.events import OURS, FailureCode
from portal.domain.provider import PhoneUse, Provider
from portal.domain.states import OrderStatus
from portal.payments.checkout import View
from portal.web.languages import gettext as _

MINUTE = 60
STEP = 5
"""Seconds: nobody counts more exactly while they wait."""


@dataclass(frozen=True)
class Ending:
    """A page's title and what the shopper should do; `worrying` where money is, or may be, on its way."""

    title: str
    advice: str
    worrying: bool = False


def failure(view: View, providers: Mapping[str, Provider]) -> str:
    """Say how the last try ended; empty where there was none. "Nothing was debited" is said only where certain."""
    last = view.last
    if last is None:
        return ""
    code, operator = last["failure_code"], providers[last["operator"]]
    said = _failure(code, operator)
    if view.money_moved != "unknown" or code in OURS:
        return said
    # An earlier try may still have debited, whatever became of the last one.
    return f"{said} {_perhaps_paid()}"


def _failure(code: str | None, operator: Provider) -> str:
    match code:
        case FailureCode.NOT_STARTED:
            return _("L'opérateur n'a pas répondu. Aucun montant n'a été débité. Vous pouvez réessayer.")
        case FailureCode.CUSTOMER:
            return _("Vous avez annulé le paiement. Aucun montant n'a été débité.")
        case FailureCode.INSUFFICIENT_FUNDS:
            return _(
                "Le solde de votre compte %(operator)s ne suffit pas. Aucun montant n'a été débité. "
                "Rechargez-le ou choisissez un autre moyen.",
                operator=operator.name,
            )
        case FailureCode.AUTHENTICATION:
            return _wrong_secret(operator)
        case FailureCode.SESSION_EXPIRED:
            return _("Le temps pour payer est écoulé. Aucun montant n'a été débité. Vous pouvez réessayer.")
        case FailureCode.LEFT:
            return _perhaps_paid()
        case FailureCode.NO_ANSWER:
            return _(
                "%(operator)s ne nous a pas dit si le paiement précédent a été fait. Si vous aviez confirmé ou reçu "
                "un SMS de paiement, ne payez pas une seconde fois : attendez, sa confirmation apparaîtra ici. "
                "Sinon, vous pouvez réessayer.",
                operator=operator.name,
            )
        case FailureCode.WRITTEN_OFF:
            return _(
                "Le marchand n'a pas trouvé ce paiement chez %(operator)s. Si votre compte a été débité, ne payez pas "
                "une seconde fois : contactez le marchand.",
                operator=operator.name,
            )
        case FailureCode.REVERSED:
            return _(
                "%(operator)s dit que ce paiement vous a été rendu. Vérifiez votre solde avant de réessayer.",
                operator=operator.name,
            )
        case _:
            return _(
                "Le paiement n'a pas abouti : refusé par l'opérateur (solde insuffisant, par exemple) ou non confirmé. "
                "Aucun montant n'a été débité. Vous pouvez réessayer."
            )


def _wrong_secret(operator: Provider) -> str:
    if operator.prompt is None:
        return _(
            "L'opérateur n'a pas pu vous identifier (code PIN ou code SMS). "
            "Aucun montant n'a été débité. Après trois erreurs, votre compte peut être bloqué : "
            "appelez votre opérateur."
        )
    return _(
        "%(operator)s n'a pas reconnu le code PIN tapé sur votre téléphone. Aucun montant n'a été débité. "
        "Après trois erreurs, votre compte peut être bloqué : appelez %(operator)s.",
        operator=operator.name,
    )


def _perhaps_paid() -> str:
    return _(
        "Si vous aviez déjà confirmé le paiement précédent, ne payez pas une seconde fois : "
        "attendez, sa confirmation apparaîtra ici."
    )


def busy(view: View, operator: Provider) -> str:
    """Say that the operator has too much to do, so that nothing was begun."""
    if view.money_moved == "unknown":
        return _(
            "%(operator)s est très lent en ce moment : ce paiement n'a pas commencé. "
            "Réessayez dans une minute ou choisissez un autre moyen.",
            operator=operator.name,
        )
    return _(
        "%(operator)s est très lent en ce moment. Aucun montant n'a été débité. "
        "Réessayez dans une minute ou choisissez un autre moyen.",
        operator=operator.name,
    )


def number_problem(operator: Provider, number: str) -> str:
    """Say what to type instead of a number that the operator cannot use."""
    if not number:
        return _("Tapez le numéro de téléphone qui paie avec %(operator)s.", operator=operator.name)
    if operator.phone is PhoneUse.ANY:
        return _(
            "Tapez le numéro en entier, avec l'indicatif du pays s'il n'est pas du Togo : +229, par exemple."
        )
    return _("Tapez un numéro du Togo à 8 chiffres, par exemple 90 11 22 33.")


def duration(seconds: int) -> str:
    """Say about how long, a little rather too much than too little."""
    if seconds <= MINUTE - STEP:
        return _("%(count)s secondes", count=max(STEP, math.ceil(seconds / STEP) * STEP))
    if seconds <= MINUTE:
        return _("une minute")
    return _("%(count)s minutes", count=math.ceil(seconds / MINUTE))


def ending(view: View) -> Ending:
    """Say what an order that can no longer be paid means for the shopper."""
    unsure = view.money_moved == "unknown"
    match view.scene:
        case OrderStatus.EXPIRED | OrderStatus.CANCELLED if unsure:
            return Ending(
                _("Votre paiement n'est pas confirmé"),
                _(
                    "L'opérateur ne nous a pas dit si votre paiement a été fait. Si vous aviez confirmé, "
                    "ne payez pas une seconde fois : contactez le marchand avec le numéro de commande ci-dessous."
                ),
                worrying=True,
            )
        case OrderStatus.EXPIRED:
            return Ending(
                _("Le délai pour payer est passé"),
                _("Aucun montant n'a été débité. Demandez un nouveau lien au marchand."),
            )
        case OrderStatus.CANCELLED:
            return Ending(_("Commande annulée"), _("Aucun montant n'a été débité."))
        case OrderStatus.CLOSED:
            return Ending(_("Commande remboursée"), _("Le montant reçu vous a été rendu."))
        case _:
            return Ending(
                _("Le marchand vérifie votre paiement"),
                _(
                    "Un paiement est arrivé, mais il ne correspond pas à cette commande. "
                    "Ne payez pas une seconde fois : le marchand va l'accepter ou vous rembourser."
                ),
                worrying=True,
            )


def receipt_state(receipt: Mapping[Any, Any]) -> str:
    """Say what a receipt is worth now."""
    if receipt["amount_refunded"] >= receipt["amount_paid"]:
        return _("Remboursé entièrement")
    if receipt["amount_refunded"]:
        return _("Payé, puis remboursé en partie")
    if receipt["status"] == OrderStatus.PAID:
        return _("Payé")
    return _("Reçu par le marchand, en cours de vérification")
