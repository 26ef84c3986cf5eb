"""The sandbox's pages: how one is rendered, which headers it carries, and the front page."""

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from portal.sandbox.texts import Language, Texts, endings, language_of, texts

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
"""No opener policy: as at an operator's, the window stays with the shop's page that opened the checkout in it."""

views = Blueprint("front", __name__)


def page(template: str, language: Language, *more: Texts, status: int = 200, **values: object) -> Response:
    """Render a template with the words of its language and the table of endings."""
    html = render_template(
        template, language=language, t=texts(language, *more), endings=endings(language), **values
    )
    return make_response(html, status)


def secure(response: Response) -> Response:
    """Put the security headers on a response; what is not a file is not to be stored."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not response.direct_passthrough:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def explain(problem: HTTPException) -> Response:
    """Show an HTTP error as a page that says, like every other, that this is a test."""
    reason = "not_found" if isinstance(problem, NotFound) else "not_understood"
    status = problem.code or 500
    response = page("problem.html", language_of(request.args.get("lang")), status=status, reason=reason)
    for name, value in problem.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


@views.get("/")
def front() -> Response:
    """Explain the sandbox."""
    return page("front.html", language_of(request.args.get("lang")))


@views.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return Response("OK", mimetype="text/plain")
