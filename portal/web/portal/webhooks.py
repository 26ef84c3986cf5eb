"""The door to a store's webhook endpoints: made with a secret that is shown once, changed, tried out, ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from portal import db
from portal.web.portal import frame
from portal.web.portal.webhook_forms import AgainForm, EndpointForm
from portal.web.portal.webhook_words import WORDS
from portal.web.services import services
from portal.webhooks import deliveries, endpoints, pinging
from portal.webhooks.deliveries import Filters, TooManyAtOnce
from portal.webhooks.endpoints import Changes, NewEndpoint, SwitchedOff, TooMany
from portal.webhooks.kinds import EndpointState, Format

blueprint = frame.door("webhooks", __name__)

Answer = str | tuple[str, int] | Response
NEWEST = 5
"""Deliveries shown on an endpoint's own page."""
TAKES = (EndpointState.ENABLED, EndpointState.PAUSED)
"""States in which an endpoint is sent something."""


@blueprint.get("/webhooks")
def index() -> str:
    """List the store's endpoints, newest first."""
    with db.reading() as connection:
        found = endpoints.listed(
            connection, services().clock, merchant_id=frame.store().id, mode=frame.mode()
        )
    return render_template(
        "portal/webhooks.html", endpoints=found, full=len(found) >= endpoints.MOST, **WORDS
    )


@blueprint.route("/webhooks/new", methods=["GET", "POST"])
def new() -> Answer:
    """Make an endpoint, whose secret this answer alone holds."""
    form = EndpointForm()
    if request.method == "GET":
        return render_template("portal/webhook_new.html", form=form)
    if not form.validate():
        return render_template("portal/webhook_new.html", form=form), 422
    wanted = NewEndpoint(
        merchant_id=frame.store().id,
        mode=frame.mode(),
        url=form.url.data,
        format=Format(form.format.data),
        types=form.types,
        description=form.description.data,
    )
    try:
        with db.writing() as tx:
            made, secret = endpoints.create(tx, services().clock, services().vault, wanted)
    except TooMany:
        said = _("Vous avez déjà %(most)s adresses. Supprimez-en une d'abord.", most=endpoints.MOST)
        form.blame(form.url, said)
        return render_template("portal/webhook_new.html", form=form), 422
    return _page(made, secret=secret)


@blueprint.route("/webhooks/<public_id>", methods=["GET", "POST"])
def show(public_id: str) -> Answer:
    """Show the store's endpoint, and change it."""
    endpoint = _known(public_id)
    if request.method == "GET":
        return _page(endpoint)
    form = EndpointForm.of(endpoint, sent=True)
    if not form.validate():
        return _page(endpoint, form=form), 422
    changes: Changes = {"url": form.url.data, "types": form.types, "description": form.description.data}
    with db.writing() as tx:
        endpoints.change(tx, services().clock, **_own(endpoint), changes=changes)
    flash(_("C'est enregistré. Ce qui part à partir de maintenant en tient compte."), "good")
    return _back(public_id)


@blueprint.post("/webhooks/<public_id>/switch")
def switch(public_id: str) -> Response:
    """Switch the store's endpoint off or on."""
    enabled = request.form.get("enabled") == "1"
    with db.writing() as tx:
        endpoints.change(tx, services().clock, **_own(_known(public_id)), changes={"enabled": enabled})
    flash(
        _("Cette adresse est activée. Ce qui attendait part maintenant.")
        if enabled
        else _("Cette adresse est désactivée. Ce qui arrive est gardé pour plus tard."),
        "good",
    )
    return _back(public_id)


@blueprint.route("/webhooks/<public_id>/rotate", methods=["GET", "POST"])
def rotate(public_id: str) -> Answer:
    """Give the store's endpoint a new secret, which this answer alone holds."""
    endpoint = _known(public_id)
    if request.method == "GET":
        return _back(public_id)
    with db.writing() as tx:
        turned = endpoints.rotate_secret(tx, services().clock, services().vault, **_own(endpoint))
    if turned is None:
        abort(404)
    row, secret = turned
    return _page(row, secret=secret)


@blueprint.post("/webhooks/<public_id>/ping")
def ping(public_id: str) -> Response:
    """Send the store's endpoint an event that means nothing, and lead to what comes of it."""
    try:
        with db.writing() as tx:
            made = pinging.ping(tx, services().clock, **_own(_known(public_id)))
    except SwitchedOff:
        return _is_off(public_id)
    if made is None:
        abort(404)
    flash(_("L'essai est parti. Regardez de nouveau dans un instant ce que votre site a répondu."), "good")
    return redirect(url_for("portal_deliveries.show", public_id=made), code=303)


@blueprint.route("/webhooks/<public_id>/again", methods=["GET", "POST"])
def again(public_id: str) -> Answer:
    """Send the store's endpoint again what came up since a moment."""
    endpoint = _known(public_id)
    if request.method == "GET":
        return _back(public_id)
    form = AgainForm("again", sent=True)
    if not form.validate():
        return _page(endpoint, again_form=form), 422
    own = _own(endpoint)
    try:
        with db.writing() as tx:
            count = deliveries.redeliver_all(
                tx,
                services().clock,
                merchant_id=own["merchant_id"],
                mode=own["mode"],
                endpoint=public_id,
                since=form.since.data,
                missed_alone=bool(form.missed_alone.data),
            )
    except SwitchedOff:
        return _is_off(public_id)
    except TooManyAtOnce:
        form.blame(
            form.since,
            _(
                "C'est plus de %(most)s envois. Choisissez un moment plus récent.",
                most=deliveries.MOST_AT_ONCE,
            ),
        )
        return _page(endpoint, again_form=form), 422
    if count is None:
        abort(404)
    flash(_("Envois repris : %(count)s.", count=count) if count else _("Il n'y a rien à renvoyer."), "good")
    return _back(public_id)


@blueprint.route("/webhooks/<public_id>/delete", methods=["GET", "POST"])
def delete(public_id: str) -> Answer:
    """Ask whether the store's endpoint is to be deleted, and delete it."""
    endpoint = _known(public_id)
    if request.method == "GET":
        with db.reading() as connection:
            waiting = deliveries.waiting(connection, endpoint["id"])
        return render_template(
            "portal/webhook_delete.html", endpoint=endpoint, waiting=waiting, counted=deliveries.MOST_COUNTED
        )
    with db.writing() as tx:
        if not endpoints.delete(tx, services().clock, **_own(endpoint)):
            abort(404)
    flash(_("L'adresse est supprimée : plus rien n'y est envoyé."), "good")
    return redirect(url_for("portal_webhooks.index"), code=303)


def _known(public_id: str) -> RowMapping:
    """Return the store's endpoint and look at its mode; end with 404 where the store has none such."""
    with db.reading() as connection:
        found = endpoints.one(
            connection, services().clock, merchant_id=frame.store().id, mode=None, public_id=public_id
        )
    if found is None:
        abort(404)
    frame.look_at(found["mode"])
    return found


def _own(endpoint: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "merchant_id": frame.store().id,
        "mode": endpoint["mode"],
        "public_id": endpoint["public_id"],
    }


def _page(
    endpoint: RowMapping,
    *,
    form: EndpointForm | None = None,
    again_form: AgainForm | None = None,
    secret: str | None = None,
) -> str:
    own = _own(endpoint)
    with db.reading() as connection:
        newest = deliveries.listed(
            connection,
            merchant_id=own["merchant_id"],
            mode=own["mode"],
            filters=Filters(endpoint=own["public_id"]),
            most=NEWEST,
        )
        waiting = deliveries.waiting(connection, endpoint["id"])
    until = endpoint["old_secret_until"]
    return render_template(
        "portal/webhook.html",
        endpoint=endpoint,
        form=form or EndpointForm.of(endpoint, sent=False),
        again_form=again_form or AgainForm("again", data={"missed_alone": True}),
        secret=secret,
        newest=newest,
        waiting=waiting,
        counted=deliveries.MOST_COUNTED,
        takes=endpoint["state"] in TAKES,
        two_until=until if until is not None and until > endpoint["now"] else None,
        **WORDS,
    )


def _back(public_id: str) -> Response:
    return redirect(url_for("portal_webhooks.show", public_id=public_id), code=303)


def _is_off(public_id: str) -> Response:
    flash(_("Rien n'est parti : cette adresse est désactivée. Activez-la d'abord."), "warn")
    return _back(public_id)
