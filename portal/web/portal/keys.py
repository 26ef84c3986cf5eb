"""The door to a store's API keys: made and shown once, listed by their last characters, revoked for good."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.merchants import keys
from portal.merchants.keys import Scope
from portal.web.forms import ChoicesField, PortalForm, TextField, needed, readable
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


def _page(form: KeyForm, secret: str | None = None) -> str:
    with db.reading() as connection:
        listed = keys.listed(connection, merchant_id=frame.store().id, mode=frame.mode())
    return render_template(
        "portal/keys.html", form=form, keys=listed, secret=secret, site=services().settings.public_url
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
