"""The door to what a store tells shoppers of its terms and their data, and to how long it keeps the latter."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.merchants import law
from portal.merchants.law import Law
from portal.payments.lifecycle_forgetting import LONGEST, SHORTEST
from portal.web.forms import PortalForm, ReadField, TextField, count, readable
from portal.web.forms import lazy_gettext as _l
from portal.web.portal import frame

blueprint = frame.door("law", __name__)


class LawForm(PortalForm):
    """What the store tells shoppers."""

    terms = TextField(_l("Conditions de vente"), [readable(law.LONGEST, lines=True)])
    privacy = TextField(
        _l("Ce que vous faites des données de vos clients"), [readable(law.LONGEST, lines=True)]
    )
    keep_days = ReadField(_l("Garder les données des clients, en jours"), read=count)

    def validate_keep_days(self, field: ReadField) -> None:
        """Want a time after which no payment of an order can still come."""
        if field.data is not None and not SHORTEST <= field.data <= LONGEST:
            raise ValidationError(
                _(
                    "Écrivez un nombre de jours de %(least)s à %(most)s, ou laissez vide.",
                    least=SHORTEST,
                    most=LONGEST,
                )
            )


@blueprint.route("/law", methods=["GET", "POST"])
def index() -> Response | str | tuple[str, int]:
    """Show the texts; write what was changed."""
    with db.reading() as connection:
        before = law.of(connection, frame.store().id)
    form = LawForm(obj=before)
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form), 422
    new = Law(terms=form.terms.data, privacy=form.privacy.data, keep_days=form.keep_days.data)
    with db.writing() as tx:
        law.change(tx, frame.store().id, new)
    flash(_("Vos textes sont publiés."), "good")
    return redirect(url_for("portal_law.index"), code=303)


def _page(form: LawForm) -> str:
    return render_template("portal/law.html", form=form)
