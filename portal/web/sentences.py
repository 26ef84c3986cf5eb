"""The room of plain words for shoppers: what a state or a failure means for them, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.events import FailureCode
from portal.domain.states import OrderStatus
from portal.payments.checkout import View
from portal.web.languages import gettext as _


@dataclass(frozen=True)
class Ending:
    """A page's title and what the shopper should do; `worrying` where money is, or may be, on its way."""

    title: str
    advice: str
    worrying: bool = False


def failure(view: View) -> str:
    """Say how the last try ended. "Nothing was debited" is said only where that is certain."""
    last = view.last
    code = last["failure_code"] if last else None
    match code:
        case FailureCode.NOT_STARTED:
            return _("L'opérateur n'a pas répondu. Aucun montant n'a été débité. Vous pouvez réessayer.")
        case FailureCode.CUSTOMER:
            return _("Vous avez annulé le paiement. Aucun montant n'a été débité.")
        case FailureCode.AUTHENTICATION:
            return _(
                "L'opérateur n'a pas pu vous identifier (code PIN ou code SMS). "
                "Aucun montant n'a été débité. Après trois erreurs, votre compte peut être bloqué : "
                "appelez votre opérateur."
            )
        case FailureCode.SESSION_EXPIRED:
            return _("Le temps pour payer est écoulé. Aucun montant n'a été débité. Vous pouvez réessayer.")
        case FailureCode.LEFT | FailureCode.NO_ANSWER:
            return _(
                "Si vous aviez déjà confirmé le paiement précédent, ne payez pas une seconde fois : "
                "attendez, sa confirmation apparaîtra ici."
            )
        case _:
            return _(
                "L'opérateur a refusé le paiement (solde insuffisant, par exemple). "
                "Aucun montant n'a été débité. Vous pouvez réessayer."
            )


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
