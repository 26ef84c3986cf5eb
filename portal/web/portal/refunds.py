"""The door to money on its way back: a store's refunds, a new one, and what a person says became of one."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import RowMapping, select
from werkzeug.wrappers import Response

from portal import db
from portal.domain.phone import masked
from portal.domain.states import RefundStatus
from portal.payments import lifecycle_refunds, refund_queries, refunds
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.lifecycle_refunds import Decision
from portal.payments.queries import Detail
from portal.payments.refund_models import Refund
from portal.payments.refundable import NotRefundable
from portal.web.money import shown
from portal.web.portal import decided, frame, listing, order_page, returned
from portal.web.portal.answering import RefundDecisionForm, RefundForm
from portal.web.services import services

blueprint = frame.door("refunds", __name__)


@blueprint.get("/refunds")
def index() -> str:
    """List the store's refunds, newest first."""
    asked = request.args.get("status", "")
    status = RefundStatus(asked) if asked in set(RefundStatus) else None
    with db.reading() as connection:
        page = refund_queries.refunds(
            connection,
            merchant_id=frame.store().id,
            mode=frame.mode(),
            status=status,
            older_than=listing.seen("older"),
            newer_than=listing.seen("newer"),
        )
    return render_template(
        "portal/refunds.html",
        page=page,
        status=status,
        statuses=[(str(one), returned.status(one).text) for one in RefundStatus],
        returned=returned,
        name_of=order_page.name_of,
        masked=masked,
        onward=listing.onward,
    )


@blueprint.route("/orders/<public_id>/refunds", methods=["GET", "POST"])
def ask_for(public_id: str) -> Response | tuple[str, int]:
    """Ask for money of the store's order to be sent back."""
    detail = order_page.known(public_id)
    frame.look_at(detail.order["mode"])
    if request.method == "GET":
        return order_page.back(public_id)
    review = request.form.get("review", "")
    form = RefundForm(f"refund-{review}" if review else "refund", sent=True)
    new = _new(detail, form, review)
    if not form.validate():
        return order_page.corrected(public_id, form)
    try:
        made, is_new = db.repeated_once(lambda: _request(detail.order["id"], new))
    except NotRefundable as refusal:
        text = decided.not_refundable(refusal.code, refusal.left, detail.order["currency"])
        form.blame(form.payment if refusal.code == "several_payments" else form.amount, text)
        return order_page.corrected(public_id, form)
    flash(*_told(made, is_new=is_new))
    return order_page.back(public_id)


def _new(detail: Detail, form: RefundForm, review: str) -> NewRefund:
    """Return what the form asks for; ends with 404 where it names what is not of this order."""
    items = {item["public_id"]: item["id"] for item in detail.reviews}
    attempts = {attempt["public_id"]: attempt["id"] for attempt in detail.attempts}
    payment = form.payment.data
    if (review and review not in items) or (payment and payment not in attempts):
        abort(404)
    same = f"{detail.order['id']}\n{form.once.data}"
    return NewRefund(
        amount=form.amount.data,
        attempt_id=attempts[payment] if payment else None,
        review_id=items[review] if review else None,
        reason=form.reason.data or "",
        once=hashlib.sha256(same.encode()).hexdigest(),
    )


def _request(order_id: int, new: NewRefund) -> tuple[dict[str, Any], bool]:
    at = services()
    with db.writing() as tx:
        was_there = tx.scalar(select(Refund.id).where(Refund.once == new.once))
        made = refunds.request(tx, at.clock, at.directory, order_id, new, source=person())
        return made, made["id"] != was_there


def person() -> Source:
    """Return whose word it is that this browser brings."""
    return Source("person", frame.person().email[:80])


def _told(made: dict[str, Any], *, is_new: bool) -> tuple[str, str]:
    amount = shown(made["amount"], made["currency"])
    if not is_new:
        text = _(
            "Ce formulaire avait déjà servi : le remboursement de %(amount)s qu'il a demandé est ci-dessous. "
            "Rien de plus n'est envoyé.",
            amount=amount,
        )
        return text, "warn"
    if made["status"] == RefundStatus.BY_HAND:
        return _("Remboursement de %(amount)s noté : il est à faire à la main.", amount=amount), "warn"
    return _("Remboursement de %(amount)s demandé : il part maintenant.", amount=amount), "good"


@blueprint.route("/refunds/<public_id>/decide", methods=["GET", "POST"])
def decide(public_id: str) -> Response | tuple[str, int]:
    """Record a person's word about the store's refund."""
    refund = known(public_id)
    frame.look_at(refund["mode"])
    if request.method == "GET":
        return order_page.back(refund["order_public_id"])
    said = request.form.get("status", "")
    if said not in set(RefundStatus):
        abort(400)
    form = RefundDecisionForm(f"{public_id}-{said}", sent=True)
    if not form.validate():
        return order_page.corrected(refund["order_public_id"], form)
    word = Decision(RefundStatus(said), form.evidence.data, form.payment_reference.data or None)
    try:
        with db.writing() as tx:
            lifecycle_refunds.decide(tx, services().clock, refund["id"], word, person())
        flash(_("C'est noté, avec votre nom et ce que vous avez vu."), "good")
    except NotRefundable as refusal:
        flash(decided.not_refundable(refusal.code, refusal.left, refund["currency"]), "warn")
    return order_page.back(refund["order_public_id"])


def known(public_id: str) -> RowMapping:
    """Return the store's refund; end with 404 where the store has none such."""
    with db.reading() as connection:
        found = refund_queries.refund(connection, merchant_id=frame.store().id, public_id=public_id)
    if found is None:
        abort(404)
    return found
