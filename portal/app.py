"""The room where everything is put together: the only place that knows everyone."""

from __future__ import annotations

import importlib
import pkgutil
from urllib.parse import urlsplit

from flask import Blueprint, Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate

from config import ROOT, Settings
from portal import db, providers, web
from portal.clock import Clock
from portal.merchants.accounts import Directory
from portal.notices import mail
from portal.payments.calls import Calls
from portal.providers._http import Http
from portal.security import logs
from portal.security.vault import Vault
from portal.web import api, assets, errors, headers, languages, login, visitors
from portal.web import portal as portal_pages
from portal.web.services import EXTENSION, Services

LARGEST_REQUEST = 1024 * 1024


def create_app(settings: Settings, *, clock: Clock | None = None, http: Http | None = None) -> Flask:
    """Return the portal; the clock and the operators' client are handed in by tests."""
    app = Flask(
        "portal", root_path=str(ROOT / "portal"), template_folder="../templates", static_folder="../static"
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_NAME="cross",
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # our addresses of static files carry their content's hash
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"wrap_exceptions": True},
        RATELIMIT_HEADERS_ENABLED=True,
        # An unreachable counter must not stop payments.
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    app.url_map.merge_slashes = False  # an address is what it is; a program is not led elsewhere
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.configure()
    settings.instance.mkdir(parents=True, exist_ok=True)
    db.init_app(app, settings.database_url)
    Migrate(app, db.db, directory=str(ROOT / "migrations"))
    mail.init_app(
        app,
        settings.mail_url,
        f"no-reply@{urlsplit(settings.public_url).hostname}",
        settings.instance / "mail",
    )
    limiter = Limiter(get_remote_address, app=app)
    app.extensions[EXTENSION] = _services(app, settings, clock or Clock(), http or Http(), limiter)
    visitors.init_app(app)
    headers.init_app(app)
    languages.init_app(app)
    assets.init_app(app)
    login.init_app(app)
    errors.init_app(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    api.init_app(app)
    return app


def _services(app: Flask, settings: Settings, clock: Clock, http: Http, limiter: Limiter) -> Services:
    vault = Vault(settings.credential_keys)
    found = providers.discover(http)
    directory = Directory(settings, vault, found)
    return Services(settings, clock, vault, found, directory, limiter, Calls(app.app_context))


def _blueprints() -> list[Blueprint]:
    """Return every door's blueprint: each module of `web` and `web.portal` that has one."""
    found = []
    for package in (web, portal_pages):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            blueprint = getattr(importlib.import_module(module.name), "blueprint", None)
            if isinstance(blueprint, Blueprint):
                found.append(blueprint)
    return found
