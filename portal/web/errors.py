"""The room of what went wrong: a page that a person can act on, or a problem document for a program."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as BaseResponse

from portal.web.api.problems import problem
from portal.web.languages import gettext as _

# What an error tells programs in its headers: which methods there are, when to come back.
PASSED_ON = frozenset({"Allow", "Retry-After"})
log = structlog.get_logger("web")


def _texts(status: int) -> tuple[str, str]:
    """Return a title and what to do, in the person's language."""
    match status:
        case 404 | 410:
            return _("Cette page n'existe pas"), _(
                "Vérifiez l'adresse, ou demandez un nouveau lien au marchand."
            )
        case 403 | 400:
            return _("Demande refusée"), _("Revenez à la page précédente, rechargez-la, puis réessayez.")
        case 405:
            return _("Demande refusée"), _(
                "Cette adresse ne s'utilise pas ainsi. Reprenez depuis le lien reçu."
            )
        case 413:
            return _("Envoi trop volumineux"), _("Réduisez ce que vous envoyez, puis réessayez.")
        case 429:
            return _("Trop d'essais"), _("Patientez une minute, puis réessayez.")
        case _:
            return _("Une erreur est survenue"), _(
                "Ce n'est pas de votre faute. Réessayez dans un instant. Si vous étiez en train de payer, "
                "ne payez pas une seconde fois avant d'avoir vérifié l'état de votre commande."
            )


def page(status: int) -> tuple[str, int]:
    """Return the error page of that status."""
    title, advice = _texts(status)
    number = getattr(g, "request_id", "")
    return render_template("errors/error.html", title=title, advice=advice, number=number), status


def init_app(app: Flask) -> None:
    """Answer every error in its caller's form."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> BaseResponse | tuple[str, int, dict[str, str]]:
        status = error.code or 500
        if isinstance(error, RequestRedirect):
            return Response(status=status, headers={"Location": error.new_url})
        advice = {name: value for name, value in error.get_headers() if name in PASSED_ON}
        if request.path.startswith("/api/"):
            return problem(status, error.description, headers=advice)
        return *page(status), advice

    @app.errorhandler(Exception)
    def crash(error: Exception) -> Response | tuple[str, int]:
        log.error("crash", kind=type(error).__name__, exc_info=error)
        return problem(500) if request.path.startswith("/api/") else page(500)
