"""The room of the portal's menu: its parts in order, those that are set up rarely together under the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from portal.web.forms import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its blueprint, whose `index` the menu leads to, its name, and the blueprints that belong to it."""

    blueprint: str
    text: str
    parts: Sequence[Part] = ()
    also: Sequence[str] = ()

    @property
    def endpoint(self) -> str:
        """Return the view that the menu leads to."""
        return f"{self.blueprint}.index"

    @property
    def current(self) -> str:
        """Return what `aria-current` says of it now: `page`, `true` where one is inside it, or nothing."""
        if request.endpoint == self.endpoint:
            return "page"
        return "true" if self._holds(request.blueprint or "") else ""

    def _holds(self, blueprint: str) -> bool:
        inside = (
            self.blueprint,
            *self.also,
            *(name for part in self.parts for name in (part.blueprint, *part.also)),
        )
        return blueprint in inside


MENU = (
    Part("portal_orders", _l("Commandes")),
    Part("portal_reviews", _l("À vérifier")),
    Part("portal_refunds", _l("Remboursements")),
    Part("portal_links", _l("Liens")),
    Part(
        "portal_settings",
        _l("Réglages"),
        (
            Part("portal_settings", _l("Boutique")),
            Part("portal_keys", _l("Clés d'API")),
            Part("portal_webhooks", _l("Webhooks"), also=("portal_deliveries",)),
            Part("portal_law", _l("Conditions et données")),
        ),
    ),
)


def menu() -> Sequence[Part]:
    """Return the parts of the portal."""
    return MENU


def inner() -> Sequence[Part]:
    """Return the parts of the part that one is in; none where it has none."""
    return next((part.parts for part in menu() if part.current), ())
