"""The door at which shoppers pay: one page per order that always shows exactly where things stand."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import db
from portal.domain.money import Money
from portal.payments import checkout, lifecycle, paying
from portal.payments.checkout import View
from portal.payments.ledger import Source
from portal.payments.paying import Choice
from portal.web.headers import allow_form_to
from portal.web.languages import gettext as _
from portal.web.languages import language, remember_choice
from portal.web.money import shown
from portal.web.sentences import ending, failure
from portal.web.services import services
from portal.web.visitors import require_own_origin

blueprint = Blueprint("checkout", __name__, url_prefix="/pay")

# Seconds between looks while the operator's word is on its way: soon at first, patient later.
WAITS = (2, 3, 4, 5, 8, 10, 15, 20, 30)
LONG_WAIT = 60
REFRESHED = frozenset({"starting", "waiting", "unknown"})


@blueprint.get("/<token>")
def show(token: str) -> str:
    """Show the order as it stands."""
    return page(_view(token))


@blueprint.post("/<token>/<operator>")
def pay(token: str, operator: str) -> BaseResponse:
    """Start a payment, or meet the one under way; then forward by a page of our own."""
    require_own_origin()
    inside = services()
    _limit("pay", token)
    try:
        attempt = paying.pay(
            inside.clock, inside.directory, inside.calls, Choice(token, operator, language())
        )
    except (lifecycle.UnknownOrder, paying.NotOffered):
        abort(404)
    except lifecycle.NotPossible:
        return _back(token)
    started = attempt["operator"] == operator and attempt["handed_out_at"] is None
    return _back(token, "checkout.forward" if started else "checkout.show")


@blueprint.get("/<token>/go")
def forward(token: str) -> str | BaseResponse:
    """Hand the waiting attempt's hosted page to the browser: an auto-posted form, or a forwarding page."""
    inside = services()
    view = _view(token)
    if view.scene != "waiting" or not view.page_can_open or view.last is None:
        return _back(token)
    guard = inside.providers[view.last["operator"]].guard
    if guard is None:
        return _back(token)
    with db.writing() as tx:
        attempt = lifecycle.hand_out(tx, inside.clock, view.order["id"], guard)
    if attempt is None:
        return _back(token)
    hosted = attempt["continuation"]
    if hosted["kind"] == "post_form":
        allow_form_to(hosted["url"])
    return render_template("checkout/forward.html", **_context(view), hosted=hosted)


@blueprint.post("/<token>/leave")
def leave(token: str) -> BaseResponse:
    """End the waiting attempt on the shopper's own word, so that another way can be chosen."""
    require_own_origin()
    _limit("pay", token)
    view = _view(token)
    with db.writing() as tx:
        try:
            lifecycle.leave(tx, services().clock, view.order["id"])
        except lifecycle.NotPossible:
            return _back(token)
    return _back(token)


@blueprint.post("/<token>/cancel")
def cancel(token: str) -> str | tuple[str, int] | BaseResponse:
    """Cancel the order for the shopper, who then goes back to the shop."""
    require_own_origin()
    view = _view(token)
    with db.writing() as tx:
        try:
            lifecycle.cancel(tx, services().clock, view.order["id"], Source("shopper"))
        except lifecycle.NotPossible as refusal:
            if refusal.code != "undecided":
                return _back(token)
            notice = _(
                "Un paiement est peut-être encore en cours : la commande ne peut pas être annulée maintenant."
            )
            return page(view, notice=notice), 409
    return _back(token)


def page(view: View, notice: str | None = None) -> str:
    """Render the order's page for the scene it is in."""
    scene = view.scene
    if scene in REFRESHED or scene == "paid":
        return render_template(f"checkout/{scene}.html", **_context(view), notice=notice)
    if scene == "choose":
        context = _context(view) | {"operators": _operators(view), "failure": failure}
        return render_template("checkout/choose.html", **context, notice=notice)
    return render_template("checkout/ended.html", **_context(view), ending=ending(view), notice=notice)


def _context(view: View) -> dict[str, Any]:
    order = view.order
    return {
        "view": view,
        "order": order,
        "price": shown(order["amount"], order["currency"]),
        "providers": services().providers,
        "refresh": _refresh(view),
        "shop": _shop_url(view),
    }


def _operators(view: View) -> list[Any]:
    """Return the providers that this order may be paid with."""
    money = Money(view.order["amount"], view.order["currency"])
    known = services().providers
    return [known[slug] for slug in view.offered if slug in known and paying.takes(known[slug], money)]


def _refresh(view: View) -> tuple[int, str] | None:
    """Return after how many seconds to look again, and where."""
    if view.scene not in REFRESHED:
        return None
    looks = request.args.get("n", 0, type=int)
    looks = looks if 0 <= looks < len(WAITS) else len(WAITS)
    wait = WAITS[looks] if looks < len(WAITS) else LONG_WAIT
    arguments: dict[str, Any] = {"n": min(looks + 1, len(WAITS))}
    if request.args.get("lang"):
        arguments["lang"] = language()
    return wait, url_for("checkout.show", token=view.order["token"], **arguments)


def _shop_url(view: View) -> str | None:
    """Return the shop's address for this end, `order_id` and `status` added to its query: a hint, no proof."""
    status = view.order["status"]
    url: str | None = (
        view.order["cancel_url" if status == "cancelled" else "return_url"] or view.order["return_url"]
    )
    if not url:
        return None
    parts = urlsplit(url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("order_id", view.order["public_id"]),
        ("status", status),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _view(token: str) -> View:
    inside = services()
    with db.reading() as connection:
        view = checkout.view(connection, inside.clock, token)
    if view is None:
        abort(404)
    if view.last is not None:
        remember_choice(view.last["language"])
    return view


def _back(token: str, endpoint: str = "checkout.show") -> BaseResponse:
    arguments: dict[str, Any] = (
        {"lang": language()} if request.args.get("lang") or request.form.get("lang") else {}
    )
    return redirect(url_for(endpoint, token=token, **arguments), code=303)


def _limit(what: str, key: str) -> None:
    """Slow down whoever hammers one order."""
    services().allow(f"{what}:{key}", "20 per minute")
