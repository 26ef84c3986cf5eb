"""The door to a store's API keys: made and shown once, listed by their last characters, replaced, revoked for good."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.merchants import keys
from portal.merchants.keys import Scope
from portal.web.forms import ChoiceField, ChoicesField, PortalForm, TextField, needed, readable
from portal.web.forms import lazy_gettext as _l
from portal.web.portal import frame
from portal.web.services import services

blueprint = frame.door("keys", __name__)


class KeyForm(PortalForm):
    """What the new key is for."""

    name = TextField(
        _l("Nom de la clé"), [needed(_l("Donnez un nom à cette clé, par exemple Mon site.")), readable(80)]
    )
    scopes = ChoicesField(
        _l("Ce que la clé permet"),
        choices=[
            (Scope.READ, _l("Lire les commandes")),
            (Scope.WRITE, _l("Créer et annuler des commandes et des liens")),
            (Scope.REFUNDS, _l("Rembourser")),
        ],
        default=[Scope.READ, Scope.WRITE],
    )

    def validate_scopes(self, field: ChoicesField) -> None:
        """Want at least one, all of them known."""
        if not field.data or not set(field.data) <= set(Scope):
            raise ValidationError(_("Cochez au moins une case."))


class ReplacingForm(PortalForm):
    """How long the old key goes on beside the new one."""

    hours = ChoiceField(
        _l("L'ancienne clé reste valable"),
        choices=[
            ("0", _l("pas du tout")),
            ("1", _l("une heure")),
            ("24", _l("un jour")),
            ("168", _l("sept jours")),
        ],
        default="24",
    )

    def validate_hours(self, field: ChoiceField) -> None:
        """Want one of the times."""
        if field.data not in {value for value, _text in field.choices}:
            raise ValidationError(_("Choisissez une durée de la liste."))


@blueprint.route("/keys", methods=["GET", "POST"])
def index() -> Response | str | tuple[str, int]:
    """List the store's keys; make one, whose secret this answer alone holds."""
    form = KeyForm()
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form), 422
    with db.writing() as tx:
        _public_id, secret = keys.create(
            tx,
            services().clock,
            merchant_id=frame.store().id,
            mode=frame.mode(),
            name=form.name.data,
            scopes=form.scopes.data,
        )
    return _page(KeyForm(formdata=None), secret=secret)


@blueprint.post("/keys/<public_id>/replace")
def replace(public_id: str) -> str | tuple[str, int]:
    """Make a key in the place of another, which goes on for a while; this answer alone holds its secret."""
    form = ReplacingForm()
    if not form.validate():
        return _page(KeyForm(formdata=None), replacing=form), 422
    overlap = timedelta(hours=int(form.hours.data))
    with db.writing() as tx:
        made = keys.replace(
            tx, services().clock, merchant_id=frame.store().id, public_id=public_id, overlap=overlap
        )
    if made is None:
        abort(404)
    return _page(KeyForm(formdata=None), secret=made[1])


def _page(form: KeyForm, secret: str | None = None, replacing: ReplacingForm | None = None) -> str:
    with db.reading() as connection:
        listed = keys.listed(connection, services().clock, merchant_id=frame.store().id, mode=frame.mode())
    return render_template(
        "portal/keys.html",
        form=form,
        keys=listed,
        secret=secret,
        replacing=replacing or ReplacingForm(formdata=None),
        site=services().settings.public_url,
    )


@blueprint.post("/keys/<public_id>/revoke")
def revoke(public_id: str) -> Response:
    """End the store's key for good."""
    with db.writing() as tx:
        ended = keys.revoke(tx, services().clock, merchant_id=frame.store().id, public_id=public_id)
    if not ended:
        abort(404)
    flash(_("La clé est révoquée : plus aucun programme ne peut s'en servir."), "good")
    return redirect(url_for("portal_keys.index"), code=303)
