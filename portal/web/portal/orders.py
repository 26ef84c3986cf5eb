"""The door to a store's orders: the list, one order with all that is known of it, and its cancellation."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.domain.states import OrderStatus
from portal.payments import lifecycle, queries
from portal.payments.models import Order
from portal.payments.queries import Filters
from portal.web.forms import ChoiceField, PortalForm, ReadField, TextField, begins, day, ends, readable
from portal.web.forms import lazy_gettext as _l
from portal.web.portal import frame, listing, order_page, rails, words
from portal.web.portal.order_page import OrderPage
from portal.web.portal.refunds import person
from portal.web.services import services

blueprint = frame.door("orders", __name__)


class Search(PortalForm):
    """What is looked for; it changes nothing, so it carries no token."""

    class Meta:
        """Settings of the form itself."""

        csrf = False

    status = ChoiceField(_l("État"))
    operator = ChoiceField(_l("Opérateur"))
    reference = TextField(_l("Référence exacte"), [readable(100)])
    since = ReadField(_l("Depuis le"), read=day)
    until = ReadField(_l("Jusqu'au"), read=day)
    q = TextField(_l("Numéro de commande, de reçu ou de l'opérateur"), [readable(100)])

    def validate_until(self, field: ReadField) -> None:
        """Want the days in order."""
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("Choisissez une date de fin qui suit la date de début."))

    def filters(self) -> Filters:
        """Return what the form asks for; a word that is no status looks for nothing."""
        known = set(OrderStatus)
        return Filters(
            status=OrderStatus(self.status.data) if self.status.data in known else None,
            operator=self.operator.data or None,
            reference=self.reference.data or None,
            since=begins(self.since.data) if self.since.data else None,
            until=ends(self.until.data) if self.until.data else None,
            anything=self.q.data or None,
        )


@blueprint.get("/")
def home() -> Response:
    """Lead to what is looked at most."""
    return redirect(url_for("portal_orders.index"), code=303)


@blueprint.get("/orders")
def index() -> str | tuple[str, int]:
    """List the store's orders, newest first."""
    search = _search()
    asked = any(value for name, value in request.args.items() if name in search)
    if asked and not search.validate():
        return render_template("portal/orders.html", search=search, asked=asked, page=None, words=words), 422
    with db.reading() as connection:
        page = queries.orders(
            connection,
            merchant_id=frame.store().id,
            mode=frame.mode(),
            filters=search.filters(),
            older_than=listing.seen("older"),
            newer_than=listing.seen("newer"),
        )
        operators = [] if asked else rails.of_store(connection)
    return render_template(
        "portal/orders.html",
        search=search,
        asked=asked,
        page=page,
        rails=operators,
        words=words,
        name_of=order_page.name_of,
        onward=listing.onward,
    )


def _search() -> Search:
    search = Search(formdata=MultiDict(request.args))
    search.status.choices = [
        ("", _("Tous")),
        *((str(one), words.order_status(one).text) for one in OrderStatus),
    ]
    known = services().providers.items()
    search.operator.choices = [("", _("Tous")), *((slug, provider.name) for slug, provider in known)]
    return search


@blueprint.get("/orders/<public_id>")
def show(public_id: str) -> str:
    """Show all that is known of the store's order."""
    return OrderPage(order_page.known(public_id)).render()


@blueprint.post("/orders/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """Cancel the open order, or say why that is not possible now."""
    query = select(Order.id).where(Order.merchant_id == frame.store().id, Order.public_id == public_id)
    with db.writing() as tx:
        order_id = tx.scalar(query)
        if order_id is None:
            abort(404)
        try:
            lifecycle.cancel(tx, services().clock, order_id, person())
            flash(_("La commande est annulée. Plus personne ne peut la payer."), "good")
        except lifecycle.NotPossible as refusal:
            flash(words.not_possible(refusal.code), "warn")
    return redirect(url_for("portal_orders.show", public_id=public_id), code=303)
