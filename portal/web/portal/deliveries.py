"""The door to what was sent to a store's site: a list to look through, each try of one, and to send it again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from portal import db
from portal.merchants import partners
from portal.web.portal import frame, listing
from portal.web.portal.webhook_words import WORDS
from portal.web.services import services
from portal.webhooks import deliveries, endpoints, formats
from portal.webhooks.deliveries import Filters
from portal.webhooks.endpoints import SwitchedOff
from portal.webhooks.formats import Partner
from portal.webhooks.kinds import DeliveryStatus

blueprint = frame.door("deliveries", __name__)

ON_A_PAGE = 25


@blueprint.get("/webhooks/deliveries")
def index() -> str:
    """List what was sent, newest first; one page, read on from the last one seen."""
    store, mode = frame.store().id, frame.mode()
    asked, older = request.args.get("status", ""), listing.seen("older")
    status = asked if asked in set(DeliveryStatus) else None
    endpoint = listing.seen("to")
    with db.reading() as connection:
        found = deliveries.listed(
            connection,
            merchant_id=store,
            mode=mode,
            filters=Filters(endpoint=endpoint, status=status),
            before=deliveries.place(store, older) if older else None,
            most=ON_A_PAGE + 1,
        )
        known = endpoints.listed(connection, services().clock, merchant_id=store, mode=mode)
    return render_template(
        "portal/webhook_deliveries.html",
        rows=found[:ON_A_PAGE],
        older=found[ON_A_PAGE - 1]["public_id"] if len(found) > ON_A_PAGE else None,
        newest=listing.onward() if older else None,
        status=status,
        endpoint=endpoint,
        endpoints=known,
        onward=listing.onward,
        **WORDS,
    )


@blueprint.get("/webhooks/deliveries/<public_id>")
def show(public_id: str) -> str:
    """Show one delivery: what is sent, and each try with what was answered."""
    delivery = _known(public_id)
    with db.reading() as connection:
        tries = deliveries.tries(connection, delivery["id"])
    return render_template(
        "portal/webhook_delivery.html",
        delivery=delivery,
        tries=tries,
        next_at=deliveries.next_try_at(delivery),
        body=_body(delivery),
        readable=deliveries.readable,
        most=deliveries.MOST_TRIES,
        **WORDS,
    )


@blueprint.post("/webhooks/deliveries/<public_id>/again")
def again(public_id: str) -> Response:
    """Send the store's delivery again now."""
    delivery = _known(public_id)
    try:
        with db.writing() as tx:
            deliveries.redeliver(
                tx,
                services().clock,
                merchant_id=frame.store().id,
                mode=delivery["mode"],
                public_id=public_id,
            )
        flash(_("L'envoi repart. Regardez de nouveau dans un instant ce que votre site a répondu."), "good")
    except SwitchedOff:
        flash(_("Rien n'est parti : cette adresse est désactivée ou supprimée."), "warn")
    return redirect(url_for("portal_deliveries.show", public_id=public_id), code=303)


def _known(public_id: str) -> RowMapping:
    """Return the store's delivery and look at its mode; end with 404 where the store has none such."""
    with db.reading() as connection:
        found = deliveries.one(connection, merchant_id=frame.store().id, mode=None, public_id=public_id)
    if found is None:
        abort(404)
    frame.look_at(found["mode"])
    return found


def _body(delivery: RowMapping) -> str:
    """Return what every try posts, byte for byte."""
    store = frame.store().id

    def partner() -> Partner:
        known = partners.known(store)
        return Partner(known.public_id, known.name)

    data = formats.shown(delivery["payload"], services().settings.public_url)
    form, kind = delivery["endpoint_format"], delivery["event_type"]
    return formats.written(form, kind, delivery["event_created_at"], data, partner)
