"""The room of the operators' weather before merchants: how each did this last hour, everywhere and in this store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Connection

from portal import db
from portal.merchants import accounts
from portal.payments import rail_queries, weather
from portal.payments.rail_queries import Own
from portal.payments.weather import Weather
from portal.web.portal import frame
from portal.web.portal.words import Word
from portal.web.services import services

MINUTE = 60
A_WHILE = 90
"""Seconds from which minutes are told."""


@dataclass(frozen=True, slots=True)
class Rail:
    """One operator's last hour in plain words: the whole platform's, and the store's own."""

    name: str
    word: Word
    everywhere: str
    here: str


def of_store(connection: Connection) -> Sequence[Rail]:
    """Return the rails that the store is connected to in the mode that is looked at."""
    at, store, mode = services(), frame.store(), frame.mode()
    now = db.moment(connection, at.clock)
    known = {slug: one for slug, one in weather.present(connection, mode).items() if one.is_news(now)}
    own = rail_queries.own(connection, merchant_id=store.id, mode=mode, since=now - weather.LOOKED_AT)
    connected = dict.fromkeys(
        account.operator for account in accounts.enabled(connection, at.directory, store.id, mode)
    )
    return [
        Rail(
            at.providers[slug].name,
            _word(known.get(slug)),
            _everywhere(known.get(slug)),
            _here(own.get(slug)),
        )
        for slug in connected
        if slug in at.providers
    ]


def _word(known: Weather | None) -> Word:
    if known is None or known.ended < weather.ENOUGH:
        return Word(_("Trop peu de paiements"), "quiet")
    if known.failing:
        return Word(_("Beaucoup d'échecs"), "bad")
    if known.slow:
        return Word(_("Lent"), "warn")
    return Word(_("Tout va bien"), "good")


def _everywhere(known: Weather | None) -> str:
    if known is None or known.ended < weather.ENOUGH:
        return ""
    text = _(
        "Chez tous les marchands : %(paid)s paiements aboutis sur %(ended)s (%(percent)s %%).",
        paid=known.paid,
        ended=known.ended,
        percent=round(100 * known.paid / known.ended),
    )
    seconds = known.usual_seconds
    if seconds is None:
        return text
    usual = _("Durée habituelle : %(time)s.", time=_time(seconds))
    return f"{text} {usual}"


def _time(seconds: int) -> str:
    if seconds < A_WHILE:
        return _("%(number)s s", number=seconds)
    return _("%(number)s min", number=round(seconds / MINUTE))


def _here(own: Own | None) -> str:
    if own is None:
        return _("Chez vous : personne n'a payé par là.")
    return _("Chez vous : %(paid)s aboutis sur %(tried)s essais.", paid=own.paid, tried=own.tried)
