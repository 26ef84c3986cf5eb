"""The door by which a merchant has an operator asked now: about a payment, or about money on its way back."""

from __future__ import annotations

from flask import abort, flash
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from portal import db
from portal.payments.lifecycle_asking import ask_soon
from portal.payments.models import Attempt
from portal.payments.refund_models import Refund
from portal.web.portal import asked, frame, order_page
from portal.web.portal.refunds import known as known_refund
from portal.web.services import services

blueprint = frame.door("asking", __name__)


@blueprint.post("/orders/<public_id>/attempts/<attempt_id>/ask")
def about_attempt(public_id: str, attempt_id: str) -> Response:
    """Have the operator asked about one try of the store's order."""
    detail = order_page.known(public_id)
    attempt = next((one for one in detail.attempts if one["public_id"] == attempt_id), None)
    if attempt is None:
        abort(404)
    frame.look_at(detail.order["mode"])
    provider, name = _operator(attempt)
    may = asked.about_attempt(attempt, provider, name).may
    return _ask(Attempt, attempt["id"], public_id, name, may=may)


@blueprint.post("/refunds/<public_id>/ask")
def about_refund(public_id: str) -> Response:
    """Have the operator asked about the store's refund."""
    refund = known_refund(public_id)
    frame.look_at(refund["mode"])
    provider, name = _operator(refund)
    may = asked.about_refund(refund, provider, name).may
    return _ask(Refund, refund["id"], refund["order_public_id"], name, may=may)


def _operator(row: RowMapping) -> tuple[object, str]:
    return services().providers.get(row["operator"]), order_page.name_of(row["operator"])


def _ask(table: type[Attempt | Refund], row_id: int, order_id: str, operator: str, *, may: bool) -> Response:
    if may:
        with db.writing() as tx:
            ask_soon(tx, services().clock, table, row_id)
        text = _(
            "La question part vers %(operator)s. Rechargez cette page dans quelques secondes.",
            operator=operator,
        )
        flash(text, "good")
    else:
        flash(_("Il n'y a plus rien à demander à %(operator)s à ce sujet.", operator=operator), "warn")
    return order_page.back(order_id)
