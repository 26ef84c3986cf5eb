"""The room of plain words about money on its way back: where a refund stands, what that means, what may be said."""

from __future__ import annotations

from typing import assert_never

from flask_babel import gettext as _

from portal.domain.states import RefundStatus
from portal.web.portal.decided import Choice
from portal.web.portal.words import Word


def status(where: RefundStatus) -> Word:
    """Say where a refund stands."""
    match where:
        case RefundStatus.REQUESTED:
            return Word(_("Demandé"), "open")
        case RefundStatus.AWAITING_APPROVAL:
            return Word(_("Attend un accord"), "warn")
        case RefundStatus.SENDING:
            return Word(_("En route"), "busy")
        case RefundStatus.UNKNOWN:
            return Word(_("Pas encore certain"), "warn")
        case RefundStatus.BY_HAND:
            return Word(_("À faire à la main"), "warn")
        case RefundStatus.SUCCEEDED:
            return Word(_("Rendu au client"), "good")
        case RefundStatus.FAILED:
            return Word(_("Non abouti"), "bad")
        case RefundStatus.CANCELLED:
            return Word(_("Abandonné"), "quiet")
        case _:
            assert_never(where)


def meaning(where: RefundStatus, operator: str) -> str:
    """Say what that means for the merchant's money."""
    match where:
        case RefundStatus.REQUESTED:
            return _("Il part dans les secondes qui viennent. Jusque-là vous pouvez y renoncer.")
        case RefundStatus.AWAITING_APPROVAL:
            return _("Il partira quand le propriétaire de la boutique l'aura accepté.")
        case RefundStatus.SENDING:
            return _("%(operator)s l'a pris en charge. Nous attendons son dernier mot.", operator=operator)
        case RefundStatus.UNKNOWN:
            return _(
                "Nous l'avons demandé à %(operator)s une seule fois, et sa réponse n'est pas arrivée ou n'est pas "
                "claire : l'argent est peut-être parti. Le montant reste réservé, et nous ne l'enverrons jamais "
                "une seconde fois. Regardez dans le tableau de bord de %(operator)s avant toute chose.",
                operator=operator,
            )
        case RefundStatus.BY_HAND:
            return _(
                "%(operator)s ne peut pas le faire par Cross : c'est à vous de l'envoyer. Le montant est réservé "
                "jusqu'à ce que vous disiez ici que c'est fait, ou que vous y renonciez.",
                operator=operator,
            )
        case RefundStatus.FAILED:
            return _("L'argent n'est pas parti : ce montant peut de nouveau être remboursé.")
        case RefundStatus.SUCCEEDED | RefundStatus.CANCELLED:
            return ""
        case _:
            assert_never(where)


def choice(now: RefundStatus, said: RefundStatus, operator: str) -> Choice:
    """Say what a person may record of a refund that stands so."""
    match said:
        case RefundStatus.SUCCEEDED if now is RefundStatus.UNKNOWN:
            return Choice(
                _("L'argent est parti"),
                _("Vous voyez ce remboursement dans le tableau de bord de %(operator)s.", operator=operator),
            )
        case RefundStatus.SUCCEEDED:
            return Choice(
                _("C'est fait"), _("Vous avez envoyé l'argent, et le client l'a ou va le recevoir.")
            )
        case RefundStatus.FAILED:
            return Choice(
                _("L'argent n'est pas parti"),
                _(
                    "%(operator)s vous a dit que ce remboursement n'a pas eu lieu et n'aura pas lieu. "
                    "Le montant pourra être remboursé de nouveau : si vous vous trompez, le client sera payé "
                    "deux fois.",
                    operator=operator,
                ),
                grave=True,
            )
        case _:
            return Choice(
                _("Renoncer à ce remboursement"),
                _("Rien n'a été envoyé. Le montant pourra être remboursé plus tard."),
                grave=True,
            )
