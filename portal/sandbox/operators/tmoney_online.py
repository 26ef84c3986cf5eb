"""Plays TMoney Online: the session id, the order form and the hosted page, on the operator's own paths."""

import re

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from portal.sandbox.checks import is_among
from portal.sandbox.operators import _tmoney_online_flow as flow
from portal.sandbox.operators import _tmoney_online_pages as pages
from portal.sandbox.operators._tmoney_online_desk import Desk, SessionCheck
from portal.sandbox.operators._tmoney_online_form import broken_rule, read_order
from portal.sandbox.operators._tmoney_online_notices import NAME
from portal.sandbox.operators._tmoney_online_settings import TmoneyOnlineSettings
from portal.sandbox.recording import about, lose_reply
from portal.sandbox.settings import Section
from portal.sandbox.world import World

_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{0,100}")
_MERCHANT = re.compile(r"[0-9]{16}")


def blueprint(world: World) -> Blueprint:
    """Return the twin's views, under an account's public id and under the operator's bare path."""
    settings = world.settings.declare(NAME, TmoneyOnlineSettings())
    counter = _Counter(world, settings, Desk(world, settings))
    views = Blueprint(NAME, __name__, url_prefix=f"/{NAME}")
    for prefix, account in (("/online", {"account": ""}), ("/<account>/online", {})):
        for path, method, name, view in (
            ("/online.php", "GET", "session", counter.session),
            ("/online.php", "POST", "order", counter.order),
            ("/page/<page_id>", "GET", "show", counter.show),
            ("/page/<page_id>", "POST", "act", counter.act),
        ):
            views.add_url_rule(prefix + path, name, view, methods=[method], defaults=account)
    views.url_value_preprocessor(_check_account)
    return views


def _check_account(_endpoint: str | None, values: dict[str, str] | None) -> None:
    if values and not _ACCOUNT.fullmatch(values["account"]):
        raise NotFound


class _Counter:
    """The views: each reads the request, asks the desk and renders."""

    def __init__(self, world: World, settings: Section[TmoneyOnlineSettings], desk: Desk) -> None:
        self._world = world
        self._settings = settings
        self._desk = desk

    def session(self, account: str) -> Response:
        """Give the merchant's server a session id."""
        settings = self._settings.now
        if not is_among(settings.callers, request.remote_addr or ""):
            return _plain("NOK:UNKNOWN_CALLER", 403)
        merchant = request.args.get("merchantid", "")
        if not _MERCHANT.fullmatch(merchant) or merchant in settings.unknown_merchants:
            return _plain("NOK:UNKNOWN_MERCHANT")
        session = self._desk.open_session(account, merchant)
        self._world.sleep(settings.session_delay)
        if self._settings.take("lose_next_session_replies"):
            lose_reply()
        return _plain(settings.session_reply or f"OK:{session}", settings.session_status)

    def order(self, account: str) -> AnyResponse:
        """Take the order form that the shopper's browser brings, and lead it to the page."""
        form = request.form
        about(form.get("purchaseref", ""))
        rule = broken_rule(form)
        if rule is not None:
            return pages.form_refused(form, rule)
        order = read_order(form)
        check = self._desk.use_session(account, order)
        if check is SessionCheck.OTHER_MERCHANT:
            return pages.merchant_refused(order)
        if check is not SessionCheck.GOOD:
            return pages.session_refused(order, check, self._settings.now)
        page_id = self._desk.open_page(account, order, request.remote_addr or "")
        return redirect(url_for(".show", account=account, page_id=page_id), 303)

    def show(self, account: str, page_id: str) -> Response:
        """Show the page as it stands; nothing changes."""
        return pages.stage(self._page(account, page_id), self._settings.now)

    def act(self, account: str, page_id: str) -> AnyResponse:
        """Do what the shopper pressed; lead back to the page, or show the form again with what is wrong."""
        self._page(account, page_id)
        turn = self._desk.turn(page_id, _act())
        if turn is None:
            raise NotFound
        if turn.problem is not None:
            return pages.stage(turn.page, self._settings.now, turn.problem, request.form.get("phone", ""))
        return redirect(url_for(".show", account=account, page_id=page_id), 303)

    def _page(self, account: str, page_id: str) -> flow.Page:
        page = self._desk.page(page_id, account)
        if page is None:
            raise NotFound
        about(page.order.reference)
        return page


def _act() -> flow.Act:
    form = request.form
    match form.get("act"):
        case "cancel":
            return flow.cancel
        case "code":
            return flow.enter_code(form.get("otp", ""))
        case _:
            return flow.identify(form.get("phone", ""), form.get("pin", ""))


def _plain(text: str, status: int = 200) -> Response:
    kind = "text/html" if text.startswith("<") else "text/plain"
    return Response(text, status, mimetype=kind)
