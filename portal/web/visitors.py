"""The room of who is calling: the client's address behind trusted proxies, and whether a form is our own."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request

from portal.security.addresses import client
from portal.web.services import services


def init_app(app: Flask) -> None:
    """Make `request.remote_addr` the client's address for everyone downstream."""

    @app.before_request
    def resolve() -> None:
        peer = request.environ.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - a peer without an address is nobody
        trusted = services().settings.trusted_proxies
        request.remote_addr = client(peer, request.headers.getlist("X-Forwarded-For"), trusted)


def require_own_origin() -> None:
    """Refuse (403) a form that a browser says was posted from elsewhere.

    Paying uses no cookie: the unguessable token is the capability. Clients that send neither header (old
    phones, programs) are let through: they bring no authority that another site could abuse.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        abort(403)
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = urlsplit(services().settings.public_url)
    if origin != f"{own.scheme}://{own.netloc}":
        abort(403)


def limit_address(what: str, limit: str) -> None:
    """Refuse (429) an address that calls too often for the same thing."""
    services().allow(f"{what}:{request.remote_addr}", limit)
