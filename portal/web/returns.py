"""The door through which browsers come back from an operator: it keeps the visit and never writes money."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import db
from portal.payments import visits
from portal.web.services import services

blueprint = Blueprint("returns", __name__, url_prefix="/return")

KEPT_VISITS = "30 per minute"
"""Of one attempt: a browser that reloads on and on shows its order, and says nothing new."""


@blueprint.route("/<token>/<any(accept, decline, cancel):way>", methods=["GET", "POST"])
def come_back(token: str, way: str) -> BaseResponse:
    """Keep the visit, then show the order as it stands (an operator may also come by POST)."""
    inside = services()
    with db.reading() as connection:
        order_token = visits.order_of(connection, token)
    if order_token is None:
        abort(404)
    if inside.take(f"return:{token}", KEPT_VISITS):
        with db.writing() as tx:
            visits.record(tx, inside.clock, token, way, inside.providers)
    return redirect(url_for("checkout.show", token=order_token), code=303)
