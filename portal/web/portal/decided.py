"""The room of plain words about people's decisions: what may be answered, what that does, why it was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from flask_babel import gettext as _

from portal.domain.states import OrderStatus
from portal.payments.lifecycle_reviews import Answer
from portal.web.money import shown
from portal.web.portal.words import order_status


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a person may do: its name on the button, and what it does."""

    text: str
    effect: str
    grave: bool = False


def answer(said: Answer, status: OrderStatus, before: OrderStatus | None) -> Choice:
    """Say what the answer to a review item does to an order that stands so, and stood so before its review."""
    held = status is OrderStatus.REVIEW
    match said:
        case Answer.ACCEPT:
            return Choice(
                _("Accepter ce paiement"),
                _("La commande sera payée et votre site en sera prévenu. Vous gardez l'argent, vous livrez."),
            )
        case Answer.DISMISS if held and before is not None:
            return Choice(
                _("Classer sans suite"),
                _(
                    "La commande redevient « %(status)s ». Aucun argent ne bouge : ce qui a été reçu reste "
                    "chez vous, et peut encore être remboursé.",
                    status=order_status(before).text,
                ),
            )
        case Answer.DISMISS:
            return Choice(
                _("Classer sans suite"),
                _("Rien ne change, sinon que ce point n'est plus à vérifier. Aucun argent ne bouge."),
            )
        case Answer.RECEIVED:
            return Choice(
                _("L'argent est arrivé"),
                _("Ce paiement comptera comme reçu, au montant que vous avez vu."),
            )
        case Answer.NOT_RECEIVED:
            return Choice(
                _("L'argent n'est pas arrivé"),
                _(
                    "Ce paiement comptera comme non reçu. Si l'argent arrivait tout de même, "
                    "il serait compté et vous le verriez ici."
                ),
            )
        case _:
            assert_never(said)


def decision(kept: str) -> str:
    """Say how a review item was closed."""
    match kept:
        case Answer.ACCEPT:
            return _("Paiement accepté")
        case Answer.DISMISS:
            return _("Classé sans suite")
        case Answer.RECEIVED:
            return _("Argent reçu")
        case Answer.NOT_RECEIVED:
            return _("Argent non reçu")
        case "refunded":
            return _("Remboursé")
        case "settled":
            return _("Réglé sans décision : l'opérateur a répondu")
        case other:
            return other


def by(who: str | None) -> str:
    """Say who decided: our record of it is the kind of the source and its name."""
    kind, _space, name = (who or "").partition(" ")
    match kind:
        case "person":
            return name
        case "notification":
            return _("message de l'opérateur")
        case "answer" | "reply":
            return _("réponse de l'opérateur")
        case "clock":
            return _("délai écoulé")
        case "api" | "key":
            return _("votre site")
        case _:
            return name or kind


def not_decidable(code: str) -> str:
    """Say why an answer was not taken (`lifecycle_reviews.NotDecidable`)."""
    match code:
        case "decided":
            return _(
                "Rien n'a changé : ce point a déjà été réglé. Sa décision est dans « Vérifications faites »."
            )
        case "evidence_missing":
            return _("Écrivez ce que vous avez vu, par exemple la ligne de votre relevé.")
        case "refund_under_way":
            return _("Un remboursement de cette commande est en cours. Attendez son issue, puis décidez.")
        case "reference_taken":
            return _("Cette référence est déjà celle d'un autre paiement. Vérifiez la ligne de votre relevé.")
        case "reference_missing":
            return _("Écrivez la référence que l'opérateur donne à ce paiement.")
        case "bad_amount":
            return _("Écrivez le montant reçu, d'au moins 1 franc.")
        case _:
            return _("Rien n'a changé : la commande a changé entre-temps. Relisez-la, puis décidez.")


def not_refundable(code: str, left: int, currency: str) -> str:
    """Say why money cannot be sent back so (`refundable.NotRefundable`); `left` in whole units of the currency."""
    rest = shown(left, currency)
    match code:
        case "nothing_paid":
            return _("Il ne reste rien à rembourser : tout est déjà rendu, ou en route vers le client.")
        case "too_much":
            return _("Il reste %(left)s à rembourser. Écrivez ce montant ou moins.", left=rest)
        case "several_payments":
            return _(
                "Il reste %(left)s, en plusieurs paiements. Un remboursement n'en concerne qu'un : "
                "choisissez lequel, et un montant qu'il couvre.",
                left=rest,
            )
        case "bad_amount":
            return _("Écrivez un montant d'au moins 1 franc. Il reste %(left)s.", left=rest)
        case "evidence_missing":
            return not_decidable(code)
        case _:
            return _("Rien n'a changé : ce remboursement n'attend plus de décision. Voici où il en est.")
