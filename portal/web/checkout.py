"""The door at which shoppers pay: one page per order that always shows exactly where things stand."""

from __future__ import annotations

from typing import Any, assert_never

import structlog
from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import db
from portal.domain import phone
from portal.domain.provider import PhoneUse, Provider
from portal.payments import checkout, lifecycle, paying
from portal.payments.calls import Busy
from portal.payments.checkout import View
from portal.payments.ledger import Source
from portal.payments.lifecycle_asking import ask_soon
from portal.payments.models import Attempt
from portal.payments.paying import Choice
from portal.web.checkout_pages import LONGEST_NUMBER, Typed, can_be_asked, page, page_context
from portal.web.headers import allow_form_to
from portal.web.languages import gettext as _
from portal.web.languages import language, remember_choice
from portal.web.sentences import busy, number_problem
from portal.web.services import services
from portal.web.visitors import require_own_origin

log = structlog.get_logger("checkout")
blueprint = Blueprint("checkout", __name__, url_prefix="/pay")


@blueprint.get("/<token>")
def show(token: str) -> str:
    """Show the order as it stands."""
    return page(_view(token))


@blueprint.post("/<token>/<operator>")
def pay(token: str, operator: str) -> str | tuple[str, int] | BaseResponse:
    """Start a payment, or meet the one under way; then forward by a page of our own."""
    require_own_origin()
    inside = services()
    _limit("pay", token)
    provider = inside.providers.get(operator)
    if provider is None:
        abort(404)
    number = _typed_number()
    try:
        choice = Choice(token, operator, language(), _read_number(provider, number))
        attempt = paying.pay(inside.clock, inside.directory, inside.calls, choice)
    except phone.PhoneError:
        return _again(token, provider, number)
    except Busy:
        return _later(token, provider, number)
    except (lifecycle.UnknownOrder, paying.NotOffered):
        abort(404)
    except lifecycle.NotPossible:
        return _back(token)
    leads = provider.prompt is None and attempt["operator"] == operator and attempt["handed_out_at"] is None
    return _back(token, "checkout.forward" if leads else "checkout.show")


def _typed_number() -> str:
    typed = request.form.get("phone", "")[:LONGEST_NUMBER]
    return "".join(filter(str.isprintable, typed)).strip()


def _read_number(provider: Provider, number: str) -> str | None:
    """Return what the operator must be told of the number that was typed; raise PhoneError where it is wrong."""
    match provider.phone:
        case PhoneUse.NONE:
            return None
        case PhoneUse.TOGO:
            return phone.parse(number)
        case PhoneUse.ANY:
            return phone.parse_any(number)
        case _:
            assert_never(provider.phone)


def _again(token: str, provider: Provider, number: str) -> tuple[str, int] | BaseResponse:
    """Show the choice again, with what to change about the number; a payment under way goes before it."""
    view = _view(token)
    if view.scene != "choose":
        return _back(token)
    if provider.slug not in view.offered:
        abort(404)
    return page(view, typed=Typed(number, number_problem(provider, number))), 422


def _later(token: str, provider: Provider, number: str) -> str | BaseResponse:
    """Show the choice again: nothing was begun. A page for a person: what stands before us may hide a 503's."""
    log.warning("operator has too many calls under way", operator=provider.slug)
    view = _view(token)
    if view.scene != "choose":
        return _back(token)
    return page(view, busy(view, provider), Typed(number) if number else None)


@blueprint.post("/<token>/ask")
def ask(token: str) -> BaseResponse:
    """Have the operator asked next, because the shopper wants to know."""
    require_own_origin()
    _limit("ask", token)
    view = _view(token)
    if view.last is None or not can_be_asked(view):
        return _back(token)
    with db.writing() as tx:
        ask_soon(tx, services().clock, Attempt, view.last["id"])
    return _back(token, asked=1)


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
    return render_template("checkout/forward.html", **page_context(view), hosted=hosted)


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


def _view(token: str) -> View:
    inside = services()
    with db.reading() as connection:
        view = checkout.view(connection, inside.clock, token)
    if view is None:
        abort(404)
    if view.last is not None:
        remember_choice(view.last["language"])
    return view


def _back(token: str, endpoint: str = "checkout.show", **arguments: Any) -> BaseResponse:
    if request.args.get("lang") or request.form.get("lang"):
        arguments["lang"] = language()
    return redirect(url_for(endpoint, token=token, **arguments), code=303)


def _limit(what: str, key: str) -> None:
    """Slow down whoever hammers one order."""
    services().allow(f"{what}:{key}", "20 per minute")
