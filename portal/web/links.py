"""The door of payment links: looking creates nothing, and one form opens one order, sent once or thrice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response as BaseResponse

from portal import db
from portal.domain.money import LARGEST, Money
from portal.domain.provider import Mode
from portal.merchants import accounts
from portal.payments import lifecycle, links
from portal.payments.intents import NewOrder
from portal.payments.models import Order
from portal.security import tokens
from portal.web import asked_links
from portal.web.asked_links import Asked, Refused
from portal.web.headers import keep_opener
from portal.web.languages import gettext as _
from portal.web.languages import language
from portal.web.money import read_amount, shown
from portal.web.services import services
from portal.web.visitors import limit_address, require_own_origin

blueprint = Blueprint("links", __name__, url_prefix="/l")

LASTS = timedelta(hours=24)


@blueprint.get("/<slug>")
def show(slug: str) -> tuple[str, int]:
    """Show what is to be paid; where the link allows it, amount and reference come with the address."""
    with db.reading() as connection:
        link = _link(connection, slug)
    reason = _why_not(link)
    if reason:
        return render_template("checkout/link_off.html", link=link, reason=reason), 410
    try:
        asked = asked_links.read(link, services().vault)
    except Refused as refusal:
        return _refused(link, refusal)
    typed = {"amount": asked.amount, "reference": asked.reference}
    given = {name for name, value in typed.items() if value}
    found = {} if asked.verified or not given else _checked(link, asked, typed)[0]
    problems = {name: text for name, text in found.items() if name in given}
    return _page(link, asked, typed, problems), 422 if problems else 200


@blueprint.post("/<slug>")
def pay(slug: str) -> tuple[str, int] | BaseResponse:
    """Open the order and go to its checkout; the same form sent again finds the same order.

    The form is sent to the address of its page: what a shop signed there is checked here once more.
    """
    require_own_origin()
    limit_address("link", "30 per minute")
    inside = services()
    typed = {name: request.form.get(name, "") for name in ("amount", "reference", "form")}
    with db.reading() as connection:
        link = _link(connection, slug)
    if _why_not(link):
        return show(slug)
    try:
        asked = asked_links.read(link, inside.vault)
    except Refused as refusal:
        return _refused(link, refusal)
    problems, money, reference = _checked(link, asked, typed)
    if problems or money is None:
        return _page(link, asked, typed, problems), 422
    new = _new_order(link, asked, money, reference, typed["form"])

    def open_once() -> str:
        with db.writing() as tx:
            known = tx.scalar(select(Order.token).where(Order.once == new.once))
            return str(known or lifecycle.open_order(tx, inside.clock, new)["token"])

    token = db.repeated_once(open_once)
    return redirect(url_for("checkout.show", token=token, **_said()), code=303)


def _new_order(link: Mapping[Any, Any], asked: Asked, money: Money, reference: str, form: str) -> NewOrder:
    # What makes two forms the same: the page they were typed on, and what was typed.
    same = "\n".join(
        (str(link["id"]), form or tokens.capability(), str(money), str(asked.verified), reference)
    )
    return NewOrder(
        merchant_id=link["merchant_id"],
        mode=link["mode"],
        money=money,
        reference=reference or link["slug"],
        reference_verified=asked.verified or not reference,
        description=link["title"],
        source="link",
        link_id=link["id"],
        lasts=LASTS,
        site=asked_links.opener(link),
        once=hashlib.sha256(same.encode()).hexdigest(),
    )


def _checked(
    link: Mapping[Any, Any], asked: Asked, typed: Mapping[str, str]
) -> tuple[dict[str, str], Money | None, str]:
    """Return what is wrong by field, the amount to pay, and the reference: what was signed is not the shopper's."""
    problems: dict[str, str] = {}
    amount = link["amount"]
    if amount is None:
        amount = asked.signed_amount
    if amount is None:
        amount = read_amount(typed["amount"])
        least, most = _limits(link)
        if amount is None or not least <= amount <= most:
            problems["amount"] = _(
                "Tapez un montant en chiffres, de %(least)s à %(most)s.",
                least=shown(least, link["currency"]),
                most=shown(most, link["currency"]),
            )
    reference = _reference(link, asked, typed)
    if len(reference) > asked_links.LONGEST_REFERENCE:
        problems["reference"] = _("La référence est trop longue : 100 caractères au plus.")
    elif not reference.isprintable():
        problems["reference"] = _("Retirez les caractères invisibles de la référence, ou retapez-la.")
    return problems, None if problems or amount is None else Money(amount, link["currency"]), reference


def _reference(link: Mapping[Any, Any], asked: Asked, typed: Mapping[str, str]) -> str:
    if asked.verified:
        return asked.reference
    return typed["reference"].strip() if link["prefill"] else ""


def _limits(link: Mapping[Any, Any]) -> tuple[int, int]:
    """Return the least and the greatest amount that any of the merchant's operators takes."""
    inside = services()
    with db.reading() as connection:
        offered = accounts.enabled(connection, inside.directory, link["merchant_id"], link["mode"])
    limits = [
        inside.providers[account.operator].limits
        for account in offered
        if account.operator in inside.providers
    ]
    return min((one.least for one in limits), default=1), max((one.most for one in limits), default=LARGEST)


def _page(
    link: Mapping[Any, Any], asked: Asked, typed: Mapping[str, str], problems: Mapping[str, str]
) -> str:
    if asked_links.opener(link):
        keep_opener()
    price = link["amount"] if link["amount"] is not None else asked.signed_amount
    return render_template(
        "checkout/link.html",
        link=link,
        asked=asked,
        typed=typed,
        problems=problems,
        form=typed.get("form") or tokens.capability(),
        price=shown(price, link["currency"]) if price is not None else None,
        providers=services().providers,
    )


def _refused(link: Mapping[Any, Any], refusal: Refused) -> tuple[str, int]:
    status = {"unclear": 400, "forged": 403, "over": 410}[refusal.reason]
    return render_template("checkout/link_refused.html", link=link, reason=refusal.reason), status


def _why_not(link: Mapping[Any, Any]) -> str | None:
    if link["mode"] == Mode.LIVE and not link["merchant_live"]:
        return "off"
    return links.why_not_payable(link)


def _link(connection: Connection, slug: str) -> Mapping[Any, Any]:
    link = links.by_slug(connection, services().clock, slug)
    if link is None:
        abort(404)
    return link


def _said() -> dict[str, Any]:
    asked = request.form.get("lang") or request.args.get("lang")
    return {"lang": language()} if asked else {}
