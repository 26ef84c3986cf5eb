"""Plays Toy Money: a page with one button, and a notification by POST.

Put into a copy of the tree as `portal/sandbox/operators/toy.py`.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, request
from markupsafe import escape
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from portal.sandbox import checks
from portal.sandbox.outgoing import Call, Step
from portal.sandbox.recording import about
from portal.sandbox.settings import setting
from portal.sandbox.world import World

NAME = "toy"


@dataclass(frozen=True)
class ToySettings:
    """What may be changed while it runs."""

    end: str = setting(checks.text, "paid")


def blueprint(world: World) -> Blueprint:
    """Return the twin's views."""
    settings = world.settings.declare(NAME, ToySettings())
    pages: dict[str, Mapping[str, str]] = {}
    views = Blueprint(NAME, __name__, url_prefix=f"/{NAME}/<account>/pages")

    @views.get("")
    def opened(account: str) -> Response:
        about(request.args["ours"])
        page = secrets.token_hex(8)
        pages[page] = request.args.to_dict()
        return jsonify(page=f"{request.base_url}/{page}")

    @views.get("/<page>")
    def shown(account: str, page: str) -> str:
        order = _known(pages, page)
        return f"<form method='post'><button>Payer {escape(order['sum'])}</button></form>"

    @views.post("/<page>")
    def paid(account: str, page: str) -> AnyResponse:
        order = _known(pages, page)
        about(order["ours"])
        world.outgoing.send([Step(_notice(world, account, order, settings.now.end))])
        return redirect(order["back"], 303)

    return views


def _known(pages: Mapping[str, Mapping[str, str]], page: str) -> Mapping[str, str]:
    if page not in pages:
        raise NotFound
    return pages[page]


def _notice(world: World, account: str, order: Mapping[str, str], end: str) -> Call:
    told = {
        "ours": order["ours"],
        "end": end,
        "sum": int(order["sum"]),
        "theirs": secrets.token_hex(6),
        "wallet": "+22890112233",
    }
    return Call(
        operator=NAME,
        method="POST",
        url=f"{world.config.portal_url}/notify/{NAME}/{account}",
        reference=order["ours"],
        body=json.dumps(told),
        content_type="application/json",
    )
