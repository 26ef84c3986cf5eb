"""The room of plain words about webhooks: what a shop can be told, where an endpoint and a delivery stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from flask_babel import gettext as _
from sqlalchemy import RowMapping

from portal.web.assets import moment
from portal.web.forms import lazy_gettext as _l
from portal.web.portal.words import Word
from portal.webhooks.kinds import DeliveryStatus, EndpointState, EventType, Format

EVENTS: Mapping[str, str] = {
    EventType.ORDER_PAID: _l("Commande payée"),
    EventType.ORDER_PROCESSING: _l("Paiement en cours"),
    EventType.ORDER_PAYMENT_FAILED: _l("Paiement échoué"),
    EventType.ORDER_CANCELLED: _l("Commande annulée"),
    EventType.ORDER_EXPIRED: _l("Commande expirée"),
    EventType.ORDER_REVIEW: _l("Commande à vérifier"),
    EventType.ORDER_CLOSED: _l("Commande close"),
    EventType.REFUND_SUCCEEDED: _l("Remboursement effectué"),
    EventType.REFUND_FAILED: _l("Remboursement échoué"),
    EventType.PING: _l("Essai"),
}
FORMATS: Mapping[str, str] = {
    Format.STANDARD: _l("Standard : tous les événements, en JSON"),
    Format.PARTNER_CALLBACK: _l("Rappel partenaire : les quatorze champs de TMoney"),
}
OBJECTIONS: Mapping[str, str] = {
    "malformed": _l("Écrivez l'adresse complète, par exemple https://boutique.example/webhooks."),
    "not_https": _l("L'adresse doit commencer par https:// (en mode test, http:// convient aussi)."),
    "user_info": _l("Retirez le nom d'utilisateur ou le mot de passe de l'adresse."),
    "unresolved": _l("Ce nom de domaine n'existe pas. Vérifiez l'adresse."),
    "private": _l("Cette adresse n'est pas sur l'internet public. Donnez celle de votre site en ligne."),
}
"""Why nothing may be sent to an address, by the code of the refusal."""


def endpoint_state(endpoint: RowMapping) -> Word:
    """Say whether an endpoint is told, and since when it is not."""
    match EndpointState(endpoint["state"]):
        case EndpointState.ENABLED if endpoint["failing_since"] is not None:
            return Word(_("Activé, ne répond pas"), "warn")
        case EndpointState.ENABLED:
            return Word(_("Activé"), "good")
        case EndpointState.DISABLED:
            return Word(_("Désactivé"), "quiet")
        case EndpointState.PAUSED:
            return Word(_("En pause"), "bad")
        case EndpointState.GONE:
            return Word(_("Refuse tout (410)"), "bad")
        case never:
            assert_never(never)


def endpoint_story(endpoint: RowMapping) -> str:
    """Say what the state of an endpoint means, and what to do; empty where all is well."""
    since, failing = moment(endpoint["state_at"]), endpoint["failing_since"]
    match EndpointState(endpoint["state"]):
        case EndpointState.ENABLED if failing is not None:
            return _(
                "Votre site n'a rien pris depuis le %(since)s. Nous réessayons de plus en plus rarement ; après trois "
                "jours d'échec, les envois sont mis en pause.",
                since=moment(failing),
            )
        case EndpointState.ENABLED:
            return ""
        case EndpointState.DISABLED:
            return _(
                "Désactivé depuis le %(since)s. Ce qui arrive est gardé, et partira quand vous l'activerez.",
                since=since,
            )
        case EndpointState.PAUSED:
            return _(
                "En pause depuis le %(since)s, après trois jours d'échec. Nous essayons une fois par heure. Rien n'est "
                "perdu : dès que votre site répond, tout ce qu'il a manqué est renvoyé.",
                since=since,
            )
        case EndpointState.GONE:
            return _(
                "Votre site a répondu 410 le %(since)s : il ne veut plus rien à cette adresse. Ce qui arrive est "
                "gardé, et partira si vous l'activez de nouveau.",
                since=since,
            )
        case never:
            assert_never(never)


def delivery_status(status: str, tries: int) -> Word:
    """Say where a delivery stands that was tried so often in its present round."""
    match DeliveryStatus(status):
        case DeliveryStatus.PENDING if tries:
            return Word(_("Échec, à réessayer"), "warn")
        case DeliveryStatus.PENDING:
            return Word(_("En attente"), "busy")
        case DeliveryStatus.DELIVERED:
            return Word(_("Livré"), "good")
        case DeliveryStatus.FAILED:
            return Word(_("Abandonné"), "bad")
        case never:
            assert_never(never)


def statuses() -> list[tuple[str, str]]:
    """Return what a list of deliveries can be narrowed to."""
    return [
        (DeliveryStatus.PENDING, _("En attente ou à réessayer")),
        (DeliveryStatus.DELIVERED, _("Livrés")),
        (DeliveryStatus.FAILED, _("Abandonnés")),
    ]


def events(types: list[str] | None) -> str:
    """Say in a line what an endpoint is told of."""
    if types is None:
        return _("Tout")
    return ", ".join(str(EVENTS.get(one, one)) for one in types)


def no_answer(error: str | None) -> str:
    """Say why there was no answer (`posting.Answer.error`): our own words for it in the reader's language."""
    match (error or "").removeprefix("no answer: "):
        case "no answer within 10 seconds":
            return _("pas de réponse en dix secondes")
        case "no trusted TLS connection":
            return _("certificat TLS refusé")
        case "ConnectionRefusedError":
            return _("personne n'écoute à cette adresse")
        case "the host name has no address":
            return _("ce nom de domaine n'a pas d'adresse")
        case "the address is not a public one":
            return _("l'adresse n'est pas publique")
        case other:
            return _("pas de réponse (%(why)s)", why=other)


WORDS: Mapping[str, Any] = {
    "EVENTS": EVENTS,
    "FORMATS": FORMATS,
    "delivery_status": delivery_status,
    "endpoint_state": endpoint_state,
    "endpoint_story": endpoint_story,
    "events_of": events,
    "no_answer": no_answer,
    "statuses": statuses,
}
"""What the pages about webhooks say these things with."""
