"""The door to what a store says of itself, to where shoppers may be sent back, and to its operator accounts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.domain.phone import spoken
from portal.domain.provider import Mode
from portal.merchants import accounts, people, stores
from portal.merchants.accounts import Connected
from portal.merchants.stores import Profile
from portal.web import login
from portal.web.assets import NAMES
from portal.web.forms import (
    ChoiceField,
    EmailField,
    PortalForm,
    ReadField,
    TextField,
    email,
    hosts,
    needed,
    phone_number,
    readable,
    sites,
)
from portal.web.forms import lazy_gettext as _l
from portal.web.languages import LANGUAGES
from portal.web.portal import frame
from portal.web.services import services

blueprint = frame.door("settings", __name__)


class SettingsForm(PortalForm):
    """What the store says of itself."""

    name = TextField(
        _l("Nom de la boutique"), [needed(_l("Écrivez le nom de votre boutique.")), readable(100)]
    )
    contact_email = EmailField(
        _l("Adresse e-mail de contact"),
        [needed(_l("Écrivez l'adresse où vos clients vous joignent.")), email],
    )
    contact_phone = ReadField(_l("Téléphone de contact"), read=phone_number, spell=spoken)
    return_hosts = ReadField(_l("Domaines de votre site"), read=hosts, spell="\n".join)
    sites = ReadField(_l("Sites qui ouvrent le paiement dans une fenêtre"), read=sites, spell="\n".join)
    language = ChoiceField(_l("Langue"), choices=list(NAMES.items()))

    def validate_language(self, field: ChoiceField) -> None:
        """Want one that we speak."""
        if field.data not in LANGUAGES:
            raise ValidationError(_("Choisissez une langue de la liste."))

    def profile(self) -> Profile:
        """Return what the form says."""
        return Profile(
            name=self.name.data,
            contact_email=self.contact_email.data,
            contact_phone=self.contact_phone.data,
            return_hosts=self.return_hosts.data or [],
            sites=self.sites.data or [],
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """An operator account as the page shows it: `notify` is the address to give to the operator."""

    name: str
    also_known_as: str
    mode: Mode
    method: str
    notify: str


@blueprint.route("/settings", methods=["GET", "POST"])
def index() -> Response | str | tuple[str, int]:
    """Show the settings; write what was changed."""
    with db.reading() as connection:
        before = stores.profile(connection, frame.store().id)
        connected = _connected(connection)
    form = SettingsForm(obj=before, language=frame.person().language)
    if request.method == "GET":
        return render_template("portal/settings.html", form=form, accounts=connected)
    if not form.validate():
        return render_template("portal/settings.html", form=form, accounts=connected), 422
    with db.writing() as tx:
        stores.change(tx, frame.store().id, form.profile())
        stores.change_language(tx, frame.person().id, form.language.data)
    flash(_("Les réglages sont enregistrés."), "good")
    # Said in the address too, so that this browser's own choice follows.
    return redirect(url_for("portal_settings.index", lang=form.language.data), code=303)


@blueprint.post("/settings/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """End every session of this person, this one too."""
    with db.writing() as tx:
        people.end_sessions(tx, frame.person().id)
    login.sign_out()
    flash(_("Tous vos appareils sont déconnectés."))
    return redirect(url_for("auth.login"), code=303)


def _connected(connection: Connection) -> list[Shown]:
    directory = services().directory
    modes = [mode for mode in Mode if mode is Mode.TEST or frame.store().live]
    found = [
        account
        for mode in modes
        for account in accounts.enabled(connection, directory, frame.store().id, mode)
        if account.operator in directory.providers
    ]
    return [_shown(account) for account in found]


def _shown(account: Connected) -> Shown:
    provider = services().providers[account.operator]
    return Shown(
        name=provider.name,
        also_known_as=provider.also_known_as,
        mode=account.mode,
        method=provider.notify_method,
        notify=account.notify_url,
    )
