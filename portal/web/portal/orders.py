"""The door to a store's orders: the list, one order with all that is known of it, and its cancellation."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal import db
from portal.domain.phone import masked
from portal.domain.states import OrderStatus
from portal.payments import lifecycle, queries
from portal.payments.ledger import Source
from portal.payments.models import Order
from portal.payments.queries import Filters
from portal.payments.snapshot import money_moved
from portal.web.forms import ChoiceField, PortalForm, ReadField, TextField, begins, day, ends, readable
from portal.web.forms import lazy_gettext as _l
from portal.web.portal import frame, timeline, words
from portal.web.services import services

blueprint = frame.door("orders", __name__)

CURSORS = ("older", "newer")
# In the addresses of notifications a wallet's number stands in full; merchants see it masked, as everywhere.
PHONE = re.compile(
    r"((?:mobile|phone\w*|msisdn)=(?:%2B|\+)?(?:228)?\d{2}|(?<!\d)228[79]\d)\d{4}(\d{2})(?!\d)", re.IGNORECASE
)


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
            older_than=_seen("older"),
            newer_than=_seen("newer"),
        )
    return render_template(
        "portal/orders.html",
        search=search,
        asked=asked,
        page=page,
        words=words,
        name_of=name_of,
        onward=_onward,
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


def _seen(name: str) -> str | None:
    """Return the order after which to read on; a text that cannot be one is none."""
    text = request.args.get(name, "")
    return text if text.isprintable() and text else None


def _onward(**cursor: str) -> str:
    """Return the address of the next page: the same search, read on from the order named."""
    kept = {name: value for name, value in request.args.items() if name not in CURSORS and value}
    return f"{request.path}?{urlencode({**kept, **cursor})}"


def name_of(operator: str | None) -> str:
    """Return the operator's name as people know it."""
    provider = services().providers.get(operator or "")
    return provider.name if provider else operator or ""


@blueprint.get("/orders/<public_id>")
def show(public_id: str) -> str:
    """Show all that is known of the store's order."""
    with db.reading() as connection:
        detail = queries.detail(connection, merchant_id=frame.store().id, public_id=public_id)
    if detail is None:
        abort(404)
    frame.look_at(detail.order["mode"])
    site = services().settings.public_url
    addresses: dict[str, Any] = {
        "checkout": f"{site}{url_for('checkout.show', token=detail.order['token'])}",
        "receipt": f"{site}/r/{detail.order['receipt_code']}" if detail.order["amount_paid"] else None,
    }
    return render_template(
        "portal/order.html",
        detail=detail,
        order=detail.order,
        moved=words.money_moved(money_moved(detail.attempts)),
        story=timeline.told(detail, name_of),
        addresses=addresses,
        words=words,
        name_of=name_of,
        masked=masked,
        without_phone=without_phone,
    )


def without_phone(url: str) -> str:
    """Return the address of a notification with the wallet's number masked."""
    return PHONE.sub(r"\1••••\2", url)


@blueprint.post("/orders/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    """Cancel the open order, or say why that is not possible now."""
    query = select(Order.id).where(Order.merchant_id == frame.store().id, Order.public_id == public_id)
    with db.writing() as tx:
        order_id = tx.scalar(query)
        if order_id is None:
            abort(404)
        try:
            lifecycle.cancel(tx, services().clock, order_id, Source("person", frame.person().email[:80]))
            flash(_("La commande est annulée. Plus personne ne peut la payer."), "good")
        except lifecycle.NotPossible as refusal:
            flash(words.not_possible(refusal.code), "warn")
    return redirect(url_for("portal_orders.show", public_id=public_id), code=303)
