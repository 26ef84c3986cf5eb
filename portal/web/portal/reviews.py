"""The door to what waits for a person: a store's open review items, and the answer to one."""

from __future__ import annotations

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal import db
from portal.payments import lifecycle_reviews, review_queries
from portal.payments.lifecycle_reviews import Answer, Decided, NotDecidable
from portal.web.portal import decided, frame, listing, order_page, words
from portal.web.portal.answering import ReviewAnswerForm
from portal.web.portal.refunds import person
from portal.web.services import services

blueprint = frame.door("reviews", __name__)


@blueprint.get("/reviews")
def index() -> str:
    """List what is open, the likeliest lost money first."""
    after = listing.seen("after")
    with db.reading() as connection:
        page = review_queries.waiting(
            connection, merchant_id=frame.store().id, mode=frame.mode(), after=after
        )
    return render_template(
        "portal/reviews.html",
        page=page,
        after=after,
        words=words,
        name_of=order_page.name_of,
        onward=listing.onward,
    )


@blueprint.route("/reviews/<public_id>/answer", methods=["GET", "POST"])
def answer(public_id: str) -> Response | tuple[str, int]:
    """Close the store's review item with a person's answer."""
    with db.reading() as connection:
        item = review_queries.item(connection, merchant_id=frame.store().id, public_id=public_id)
    if item is None:
        abort(404)
    frame.look_at(item["mode"])
    if request.method == "GET":
        return order_page.back(item["order_public_id"])
    said = request.form.get("answer", "")
    if said not in set(Answer):
        abort(400)
    form = ReviewAnswerForm(f"{public_id}-{said}", sent=True)
    if not form.validate():
        return order_page.corrected(item["order_public_id"], form)
    received = {"amount": form.amount.data, "payment_reference": form.payment_reference.data}
    word = Decided(Answer(said), form.evidence.data, **received if said == Answer.RECEIVED else {})
    try:
        with db.writing() as tx:
            lifecycle_reviews.answer(tx, services().clock, item["id"], word, person())
        flash(_("C'est noté, avec votre nom et ce que vous avez vu."), "good")
    except NotDecidable as refusal:
        flash(decided.not_decidable(refusal.code), "warn")
    return order_page.back(item["order_public_id"])
