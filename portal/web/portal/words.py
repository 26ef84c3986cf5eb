"""The room of plain words: what each state, reason and message of the house is called before merchants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from flask_babel import gettext as _

from portal.domain.events import FailureCode
from portal.domain.provider import Verdict
from portal.domain.states import AttemptStatus, OrderStatus, ReviewReason


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words; `tone` colours it (good, busy, warn, bad, open, quiet) and never stands alone."""

    text: str
    tone: str


def order_status(status: OrderStatus) -> Word:
    """Say where an order stands."""
    match status:
        case OrderStatus.OPEN:
            return Word(_("À payer"), "open")
        case OrderStatus.PROCESSING:
            return Word(_("Paiement en cours"), "busy")
        case OrderStatus.PAID:
            return Word(_("Payée"), "good")
        case OrderStatus.EXPIRED:
            return Word(_("Expirée"), "quiet")
        case OrderStatus.CANCELLED:
            return Word(_("Annulée"), "quiet")
        case OrderStatus.REVIEW:
            return Word(_("À vérifier"), "warn")
        case OrderStatus.CLOSED:
            return Word(_("Close"), "quiet")
        case _:
            assert_never(status)


def attempt_status(status: AttemptStatus) -> Word:
    """Say where one try stands."""
    match status:
        case AttemptStatus.STARTING:
            return Word(_("En préparation"), "busy")
        case AttemptStatus.WAITING:
            return Word(_("Attend le client"), "busy")
        case AttemptStatus.UNKNOWN:
            return Word(_("Pas encore certain"), "warn")
        case AttemptStatus.PAID:
            return Word(_("Payé"), "good")
        case AttemptStatus.FAILED:
            return Word(_("Refusé"), "bad")
        case AttemptStatus.CANCELLED:
            return Word(_("Abandonné"), "quiet")
        case AttemptStatus.EXPIRED:
            return Word(_("Délai dépassé"), "quiet")
        case _:
            assert_never(status)


def money_moved(known: str) -> Word:
    """Say whether money moved."""
    match known:
        case "yes":
            return Word(_("Oui, de l'argent a été reçu."), "good")
        case "unknown":
            return Word(
                _("Pas encore certain. Attendez le dernier mot de l'opérateur avant de livrer."), "warn"
            )
        case _:
            return Word(_("Non, aucun montant n'a été débité."), "quiet")


def failure(code: FailureCode) -> str:  # noqa: C901 - one case for each code
    """Say why a payment did not happen."""
    match code:
        case FailureCode.NOT_STARTED:
            return _("la page de paiement n'a pas pu être ouverte")
        case FailureCode.REFUSED:
            return _("l'opérateur a refusé")
        case FailureCode.INSUFFICIENT_FUNDS:
            return _("le solde du client ne suffit pas")
        case FailureCode.AUTHENTICATION:
            return _("le client n'a pas pu confirmer son identité")
        case FailureCode.REVERSED:
            return _("l'opérateur dit que l'argent est reparti")
        case FailureCode.CUSTOMER:
            return _("le client a annulé")
        case FailureCode.LEFT:
            return _("le client a choisi de payer autrement")
        case FailureCode.WRITTEN_OFF:
            return _("vous n'avez pas trouvé ce paiement dans votre relevé")
        case FailureCode.SESSION_EXPIRED:
            return _("la page de paiement a expiré")
        case FailureCode.NO_ANSWER:
            return _("personne n'a répondu à temps")
        case _:
            assert_never(code)


def review(reason: ReviewReason) -> str:
    """Say why a person must decide, and what happened."""
    match reason:
        case ReviewReason.AMOUNT_MISMATCH:
            return _("Le montant reçu n'est pas celui de la commande.")
        case ReviewReason.DOUBLE_PAYMENT:
            return _("Cette commande a été payée plus d'une fois.")
        case ReviewReason.PAID_AFTER_CANCEL:
            return _("L'argent est arrivé après l'annulation de la commande.")
        case ReviewReason.PAID_AFTER_CLOSE:
            return _("L'argent est arrivé après la clôture de la commande.")
        case ReviewReason.CONTRADICTION:
            return _("L'opérateur se contredit au sujet de ce paiement.")
        case ReviewReason.DUPLICATE_REFERENCE:
            return _("L'opérateur a donné une référence de paiement qui sert déjà à un autre paiement.")
        case ReviewReason.OVERSOLD:
            return _("Le lien a été payé plus de fois que vous ne l'aviez permis.")
        case ReviewReason.OVER_REFUNDED:
            return _("Plus d'argent a été rendu que reçu.")
        case ReviewReason.UNCONFIRMED:
            return _("L'opérateur n'a jamais dit si ce paiement a eu lieu. Comparez avec votre relevé.")
        case _:
            assert_never(reason)


def verdict(given: Verdict) -> str:
    """Say what became of a notification."""
    match given:
        case Verdict.APPLIED:
            return _("Pris en compte")
        case Verdict.REPEATED:
            return _("Déjà connu")
        case Verdict.STALE:
            return _("Dépassé, sans effet")
        case Verdict.DEFERRED:
            return _("Mis de côté, sera traité")
        case Verdict.REFUSED:
            return _("Refusé")
        case Verdict.UNKNOWN_REFERENCE:
            return _("Référence inconnue")
        case Verdict.HEARSAY:
            return _("À vérifier auprès de l'opérateur")
        case _:
            assert_never(given)


def refusal(reason: str) -> str:
    """Say why a notification was refused: our codes in words, a provider's own reason as it stands."""
    match reason:
        case "address":
            return _("Son adresse n'est pas sur la liste de l'opérateur.")
        case "unknown_account":
            return _("Ce compte n'existe pas.")
        case _:
            return reason


def not_possible(code: str) -> str:
    """Say why an order does not allow what was asked (`lifecycle.NotPossible`)."""
    match code:
        case "undecided":
            return _(
                "La commande n'a pas été annulée : un paiement est peut-être encore en cours. "
                "Réessayez quand son issue sera connue."
            )
        case "in_review":
            return _("La commande n'a pas été modifiée : elle est à vérifier.")
        case _:
            return _("La commande n'a pas été annulée : elle est déjà terminée.")
