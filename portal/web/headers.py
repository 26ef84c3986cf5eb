"""The room of every answer's headers: a strict content policy, no frames, who keeps an opener, one log line."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from portal.security import tokens

log = structlog.get_logger("web")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def allow_form_to(url: str) -> None:
    """Let this one page post a form to the URL's origin as well."""
    parts = urlsplit(url)
    g.form_action = f"{parts.scheme}://{parts.netloc}"


def keep_opener() -> None:
    """Let this one page keep the window that opened it: a site of the store, which is told of the end."""
    g.opener_policy = "unsafe-none"


def init_app(app: Flask) -> None:
    """Give every answer its headers and every request its id and log line."""
    secure = app.config["SESSION_COOKIE_SECURE"]

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = tokens.text(12)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        extra = getattr(g, "form_action", None)
        response.headers["Content-Security-Policy"] = f"{POLICY} {extra}" if extra else POLICY
        # A redirection shows nothing that an opener could meddle with, and a policy on it would cut the store's off.
        if "Location" not in response.headers:
            response.headers["Cross-Origin-Opener-Policy"] = getattr(g, "opener_policy", "same-origin")
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Not `no-referrer`: that turns Origin into `null`, which the origin guard must refuse.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Request-Id"] = getattr(g, "request_id", "")
        if secure:
            response.headers["Strict-Transport-Security"] = "max-age=63072000"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            # The route's pattern, not the path: capabilities stay out of the logs.
            rule = request.url_rule.rule if request.url_rule else "unmatched"
            took = time.perf_counter() - getattr(g, "began", time.perf_counter())
            log.info(
                "request",
                method=request.method,
                route=rule,
                status=response.status_code,
                ms=round(took * 1000, 1),
            )
        return response
