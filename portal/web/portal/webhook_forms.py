"""The room of forms about webhooks: an endpoint, new or changed, and from when on to send again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from flask_babel import gettext as _
from flask_babel import to_utc
from sqlalchemy import RowMapping
from wtforms import BooleanField, ValidationError

from portal.security.outbound import system_resolver
from portal.web.forms import (
    DAYS,
    YEARS,
    ChoiceField,
    ChoicesField,
    PortalForm,
    ReadField,
    TextField,
    needed,
    readable,
)
from portal.web.forms import lazy_gettext as _l
from portal.web.portal import frame
from portal.web.portal.answering import FormOnAPage
from portal.web.portal.webhook_words import EVENTS, FORMATS, OBJECTIONS
from portal.web.services import services
from portal.webhooks import endpoints
from portal.webhooks.kinds import EventType, Format
from portal.webhooks.outbox import CARRIED

LONGEST_DESCRIPTION = 255
ALL, SOME = "all", "some"
SUBSCRIBABLE = [(kind, text) for kind, text in EVENTS.items() if kind != EventType.PING]
TIMES = ("T%H:%M", "T%H:%M:%S", " %H:%M", "")
"""After the day, as the browser's calendar sends it or as people write it."""


def read_moment(text: str) -> datetime:
    """Read a day, or a day and a time, as the merchant's clock shows it; return it in UTC."""
    for day in DAYS:
        for time in TIMES:
            try:
                found = datetime.strptime(" ".join(text.split()), day + time)  # noqa: DTZ007 - made UTC below
            except ValueError:
                continue
            if found.year in YEARS:
                moment: datetime = to_utc(found)
                return moment.replace(tzinfo=UTC)
    raise ValueError(
        _("Écrivez le moment ainsi : jour/mois/année heure:minutes, par exemple 31/12/2027 14:30.")
    )


class EndpointForm(PortalForm):
    """Where a shop wants to be told, of what, and for what that is."""

    fixed: str | None = None
    """The format of an endpoint that is there."""

    url = TextField(_l("Adresse (URL)"), [needed(OBJECTIONS["malformed"])])
    told = ChoiceField(
        _l("Prévenir votre site"),
        choices=[
            (ALL, _l("De tout, même de ce que nous ajouterons un jour")),
            (SOME, _l("Seulement de ce qui est coché ci-dessous")),
        ],
        default=ALL,
    )
    events = ChoicesField(_l("Événements"), choices=SUBSCRIBABLE)
    description = TextField(_l("Note"), [readable(LONGEST_DESCRIPTION)])
    format = ChoiceField(_l("Format"), choices=list(FORMATS.items()), default=Format.STANDARD)

    @classmethod
    def of(cls, endpoint: RowMapping, *, sent: bool) -> Self:
        """Return the form of an endpoint that is there, whose format stays. `sent`: with what the browser sent."""
        known = {"url": endpoint["url"], "description": endpoint["description"], "told": ALL}
        if endpoint["types"] is not None:
            known |= {"told": SOME, "events": endpoint["types"]}
        made = cls(data=known) if sent else cls(formdata=None, data=known)
        made.fixed = endpoint["format"]
        del made.format
        return made

    @property
    def types(self) -> Sequence[str] | None:
        """Return the types wanted; None: all."""
        return list(self.events.data) if self.told.data == SOME else None

    def validate_url(self, field: TextField) -> None:
        """Want an address to which something may be sent now; asks DNS."""
        code = endpoints.objection(
            field.data,
            frame.mode(),
            allow_private=services().settings.webhooks_allow_private,
            resolver=system_resolver,
        )
        if code is not None:
            raise ValidationError(OBJECTIONS[code])

    def validate_format(self, field: ChoiceField) -> None:
        """Want one of the two."""
        if field.data not in set(Format):
            raise ValidationError(_("Choisissez l'un des deux."))

    def validate_told(self, field: ChoiceField) -> None:
        """Want one of the two."""
        if field.data not in {ALL, SOME}:
            raise ValidationError(_("Choisissez l'un des deux."))

    def validate_events(self, field: ChoicesField) -> None:
        """Want at least one, all of which the format has words for."""
        if self.told.data != SOME:
            return
        wanted = set(field.data or ())
        if not wanted or not wanted <= {kind for kind, _text in SUBSCRIBABLE}:
            raise ValidationError(_("Cochez au moins une case."))
        carried = CARRIED.get(self.fixed or self.format.data, CARRIED[Format.STANDARD])
        unsaid = sorted(str(EVENTS[kind]) for kind in wanted - carried)
        if unsaid:
            raise ValidationError(
                _(
                    "Le rappel partenaire ne peut pas dire : %(events)s. "
                    "Décochez-les, ou choisissez le format standard.",
                    events=", ".join(unsaid),
                )
            )


class AgainForm(FormOnAPage):
    """From when on everything is to be sent again."""

    since = ReadField(_l("Depuis"), [needed(_l("Écrivez depuis quand."))], read=read_moment)
    missed_alone = BooleanField(_l("Seulement ce que votre site n'a pas pris"))

    def validate_since(self, field: ReadField) -> None:
        """Want a moment that has passed."""
        if field.data is not None and field.data > services().clock.now():
            raise ValidationError(_("Choisissez un moment passé."))
