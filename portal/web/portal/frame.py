"""The room around every page of the portal: someone is signed in, one store is theirs, one mode is looked at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from portal import db
from portal.domain.provider import Mode
from portal.merchants.people import Person, Store
from portal.payments import review_queries
from portal.web.languages import remember_choice
from portal.web.login import ask_to_sign_in
from portal.web.login import person as signed_in
from portal.web.portal import menu

PREFIX = "portal_"


def door(name: str, import_name: str) -> Blueprint:
    """Return the blueprint of one part of the portal: none of its pages opens to a stranger."""
    made = Blueprint(PREFIX + name, import_name, url_prefix="/portal")
    made.before_request(_enter)
    made.url_defaults(_stay_in_mode)
    made.context_processor(lambda: {"to_review": to_review, "menu": menu.menu, "inner": menu.inner})
    return made


def _enter() -> Response | None:
    found = signed_in()
    if found is None:
        return ask_to_sign_in()
    if found.store is None:
        abort(403)
    remember_choice(found.language)
    g.person, g.store = found, found.store
    look_at(request.args.get("mode", Mode.TEST))
    return None


def look_at(mode: str) -> None:
    """Show this mode on the page: live only where the store may take real money."""
    g.mode = Mode.LIVE if mode == Mode.LIVE and g.store.live else Mode.TEST


def _stay_in_mode(_endpoint: str, values: dict[str, Any]) -> None:
    """Keep live in the addresses of the portal's links; test is what an address without a word means."""
    if g.get("mode") is Mode.LIVE:
        values.setdefault("mode", Mode.LIVE)


def to_review() -> str:
    """Return how many review items are open in the mode that is looked at, for the menu; nothing where none is."""
    with db.reading() as connection:
        found = review_queries.count(connection, merchant_id=store().id, mode=mode())
    return f"{review_queries.MOST_COUNTED - 1}+" if found == review_queries.MOST_COUNTED else str(found or "")


def person() -> Person:
    """Return who is signed in."""
    found: Person = g.person
    return found


def store() -> Store:
    """Return the store whose pages these are."""
    found: Store = g.store
    return found


def mode() -> Mode:
    """Return the mode that is looked at."""
    found: Mode = g.mode
    return found
