"""The room of the shopper's page: which template an order's scene wants, and what stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import render_template, request, url_for

from portal.domain.money import Money
from portal.domain.phone import spoken
from portal.domain.provider import CanAsk, PhoneUse, Provider
from portal.payments import paying, weather
from portal.payments.checkout import View
from portal.payments.weather import Weather
from portal.web.headers import keep_opener
from portal.web.languages import language
from portal.web.money import shown
from portal.web.sentences import duration, ending, failure
from portal.web.services import services

# Seconds between looks while the operator's word is on its way: soon at first, patient later.
WAITS = (2, 3, 4, 5, 8, 10, 15, 20, 30)
LONG_WAIT = 60
REFRESHED = frozenset({"starting", "waiting", "unknown"})
SAID_AGAIN = 4
"""Looks during which the page still says that the shopper's question is on its way."""
LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Wallet:
    """One way to pay that the page offers: its operator, and how that does at present."""

    operator: Provider
    weather: Weather | None

    @property
    def on_phone(self) -> bool:
        """Say whether the operator asks on the shopper's handset; else it has a page."""
        return self.operator.prompt is not None

    @property
    def wants_number(self) -> bool:
        """Say whether the operator must be told a number."""
        return self.operator.phone is not PhoneUse.NONE


@dataclass(frozen=True, slots=True)
class Typed:
    """What a shopper typed as their number, and what to change about it (empty: nothing)."""

    number: str
    problem: str = ""


def page(view: View, notice: str | None = None, typed: Typed | None = None) -> str:
    """Render the order's page for the scene it is in."""
    scene = view.scene
    context = page_context(view) | {"notice": notice}
    if scene in REFRESHED and view.last is not None:
        return _waiting(view, view.last, context)
    if scene == "choose":
        return render_template("checkout/choose.html", **context, **_choice(view, typed))
    if scene == "paid":
        return render_template("checkout/paid.html", **context)
    return render_template("checkout/ended.html", **context, ending=ending(view))


def page_context(view: View) -> dict[str, Any]:
    """Return what every page about an order shows."""
    order = view.order
    if view.site:
        keep_opener()
    return {
        "view": view,
        "order": order,
        "price": shown(order["amount"], order["currency"]),
        "providers": services().providers,
        "refresh": _refresh(view),
        "shop": _shop_url(view),
    }


def can_be_asked(view: View) -> bool:
    """Say whether the operator of a try under way can be asked what became of it."""
    if view.last is None or view.scene not in {"waiting", "unknown"}:
        return False
    return isinstance(services().providers[view.last["operator"]], CanAsk)


def _waiting(view: View, last: Mapping[Any, Any], context: dict[str, Any]) -> str:
    operator = services().providers[last["operator"]]
    known = view.weather.get(operator.slug)
    usual = known.usual_seconds if known else None
    context |= {
        "operator": operator,
        "number": spoken(last["phone"] or "").replace(" ", "\u00a0"),
        "usual": duration(usual) if usual is not None else "",
        "lasts": duration(int(operator.prompt.lasts.total_seconds())) if operator.prompt else "",
        "may_ask": can_be_asked(view),
        "asked": "asked" in request.args,
    }
    template = view.scene if operator.prompt is None else "push"
    return render_template(f"checkout/{template}.html", **context)


def _choice(view: View, typed: Typed | None) -> dict[str, Any]:
    wallets = _wallets(view)
    return {
        "wallets": wallets,
        "wanting": [one for one in wallets if one.wants_number],
        "free": [one for one in wallets if not one.wants_number],
        "abroad": any(one.operator.phone is PhoneUse.ANY for one in wallets),
        "typed": typed or Typed(_known_number(view)),
        "failed": failure(view, services().providers),
    }


def _wallets(view: View) -> Sequence[Wallet]:
    """Return what this order may be paid with, what does well at present before what does not."""
    money = Money(view.order["amount"], view.order["currency"])
    known = services().providers
    return [
        Wallet(known[slug], view.weather.get(slug))
        for slug in weather.best_first(view.offered, view.weather)
        if slug in known and paying.takes(known[slug], money)
    ]


def _known_number(view: View) -> str:
    """Return the number of the latest try that had one, else the one that the shop gave, as people read it."""
    tried = next((one["phone"] for one in reversed(view.attempts) if one["phone"]), None)
    number = tried or (view.order["customer"] or {}).get("phone")
    return spoken(number)[:LONGEST_NUMBER] if number else ""


def _refresh(view: View) -> tuple[int, str] | None:
    """Return after how many seconds to look again, and where."""
    if view.scene not in REFRESHED:
        return None
    looks = request.args.get("n", 0, type=int)
    looks = looks if 0 <= looks < len(WAITS) else len(WAITS)
    wait = WAITS[looks] if looks < len(WAITS) else LONG_WAIT
    arguments: dict[str, Any] = {"n": min(looks + 1, len(WAITS))}
    if "asked" in request.args and looks < SAID_AGAIN:
        arguments["asked"] = 1
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
