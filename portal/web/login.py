"""The room of being signed in: whom the session's cookie stands for, and that forms are our own."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from portal import db
from portal.merchants import people
from portal.merchants.people import Person

IDLE = timedelta(hours=12)
"""How long a browser stays signed in without a request."""

WITHOUT_COOKIE = ("/api/", "/notify/", "/pay/", "/l/", "/return/")
"""Doors whose right stands in the address or in a key: no cookie counts there, so none can be misused."""

_csrf = CSRFProtect()
_manager = LoginManager()


class SignedIn(UserMixin):
    """A person as flask-login wants one. The session holds their id and the version that ends it."""

    def __init__(self, user_id: int, session_version: int, person: Person | None = None) -> None:
        """Take the person where they are known already."""
        self.name = f"{user_id}.{session_version}"
        self.person = person

    def get_id(self) -> str:
        """Return what the session's cookie holds."""
        return self.name


def sign_in(user_id: int, session_version: int) -> None:
    """Begin a new session: nothing that was in the browser's former one lives on."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(user_id, session_version))


def sign_out() -> None:
    """End this browser's session."""
    logout_user()
    session.clear()


def person() -> Person | None:
    """Return who is signed in."""
    found: Person | None = getattr(current_user, "person", None)
    return found


def safe_next(target: str | None) -> str | None:
    """Return the target if it leads to a page of ours, as a browser would read it; else None."""
    if not target or not target.isprintable() or "\\" in target:
        return None
    if not target.startswith("/") or target.startswith("//"):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _load(name: str) -> SignedIn | None:
    user_id, _, version = name.partition(".")
    if not user_id.isdigit() or not version.isdigit():
        return None
    with db.reading() as connection:
        found = people.in_session(connection, int(user_id), int(version))
    return SignedIn(found.id, found.session_version, found) if found else None


def ask_to_sign_in() -> Response:
    """Send the browser to the door, and back here once it is open."""
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=here), code=303)


def init_app(app: Flask) -> None:
    """Bind sessions and the guard of forms to the application."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=IDLE,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, but for the doors without cookie
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch still works
    )
    _csrf.init_app(app)
    # Phones change their address all the time; the version in the cookie is what ends a session.
    _manager.session_protection = None
    _manager.user_loader(_load)
    _manager.unauthorized_handler(ask_to_sign_in)
    _manager.init_app(app)

    @app.before_request
    def own_form() -> None:
        if request.url_rule is not None and not request.url_rule.rule.startswith(WITHOUT_COOKIE):
            _csrf.protect()
