"""The door for operators' notifications: stored before it is judged, answered only after the commit."""

from __future__ import annotations

import sys
from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from portal.domain.provider import CanAsk
from portal.payments import notifications
from portal.payments.inbox import LARGEST_BODY, Call
from portal.web.services import services

blueprint = Blueprint("notify", __name__, url_prefix="/notify")

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
KEPT_REFUSALS = "60 per hour"
HEARD = "1200 per minute"
"""Calls about one account of an operator that can be asked: anyone may make them, and each is kept."""
# What could let somebody in is not kept with the evidence.
LEFT_OUT = frozenset({"cookie", "authorization", "proxy-authorization"})
LARGEST_HEADER = 500


@blueprint.route("/<operator>/<account>", methods=METHODS, provide_automatic_options=False)
def receive(operator: str, account: str) -> Response:
    """Take one notification, by whatever method it comes: a wrong one is kept as evidence too."""
    inside = services()
    if operator not in inside.providers:
        abort(404)
    if isinstance(inside.providers[operator], CanAsk) and not inside.take(f"notify:{account}", HEARD):
        abort(429)  # it only makes us ask, and we ask without it too
    call = _call(operator, account)
    received = notifications.receive(inside.clock, inside.directory, call, _may_keep)
    answer = inside.providers[operator].acknowledge(received.verdict, received.reason)
    return Response(answer.body, answer.status, content_type=answer.content_type)


def _call(operator: str, account: str) -> Call:
    path, query = quote(request.path), request.query_string.decode("latin-1")
    # Whatever its size, it leaves a line; no more is read than is kept.
    request.max_content_length = sys.maxsize
    return Call(
        operator=operator,
        called=account.replace("\0", "\ufffd"),  # PostgreSQL cannot spell it
        address=request.remote_addr or "",
        url=f"{path}?{query}" if query else path,
        method=request.method,
        headers=_headers(),
        # One byte more than is kept, so that its excess is seen without reading it all.
        body=request.stream.read(LARGEST_BODY + 1),
    )


def _headers() -> dict[str, str]:
    return {name: value[:LARGEST_HEADER] for name, value in request.headers if name.lower() not in LEFT_OUT}


def _may_keep() -> bool:
    return services().take(f"refused:{request.remote_addr}", KEPT_REFUSALS)
