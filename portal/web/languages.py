"""The room of languages: French first, English complete; asked for, remembered, else the browser's."""

from __future__ import annotations

import flask_babel
from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException

LANGUAGES = ("fr", "en")
COOKIE = "lang"
YEAR = 365 * 24 * 3600


def gettext(text: str, **values: object) -> str:
    """Return the text (French stands in the code) in the language of this request."""
    translated: str = flask_babel.gettext(text, **values)
    return translated


def remember_choice(language: str | None) -> None:
    """Let this request speak the language chosen earlier, unless it asks for another itself."""
    if language in LANGUAGES:
        g.remembered_language = language


def _asked() -> str | None:
    """Return the language that this request asks for by name."""
    asked = request.args.get("lang") or (_in_form() if request.method == "POST" else None)
    return asked if asked in LANGUAGES else None


def _in_form() -> str | None:
    try:
        return request.form.get("lang")
    except HTTPException:  # a form too large to be read: the page that says so needs a language too
        return None


def language() -> str:
    """Return this request's language: asked for, else the cookie's, the order's, the browser's, French."""
    cookie = request.cookies.get(COOKIE)
    return (
        _asked()
        or (cookie if cookie in LANGUAGES else None)
        or getattr(g, "remembered_language", None)
        or request.accept_languages.best_match(LANGUAGES, default="fr")
        or "fr"
    )


def init_app(app: Flask) -> None:
    """Bind the languages to the application."""
    app.config["BABEL_DEFAULT_LOCALE"] = "fr"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Africa/Lome"
    Babel(app, locale_selector=language)
    app.jinja_env.globals["language"] = language

    @app.after_request
    def keep(response: Response) -> Response:
        asked = request.args.get("lang")
        if asked in LANGUAGES and request.cookies.get(COOKIE) != asked:
            secure = app.config["SESSION_COOKIE_SECURE"]
            response.set_cookie(COOKIE, asked, max_age=YEAR, samesite="Lax", httponly=True, secure=secure)
        return response
