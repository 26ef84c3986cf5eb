"""The settings of one running portal: read once from the environment (or a `.env` file), then frozen."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent

# Known to everyone who reads this file; production refuses to start on them.
DEVELOPMENT_SECRET = "development only: nobody's money is behind this"  # noqa: S105 - public on purpose
DEVELOPMENT_KEY = base64.urlsafe_b64encode(b"development only, not a secret!!").decode()

SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 8
"""Different characters in a secret: fewer were typed, not drawn."""
OPERATOR_SUFFIXES = ("_URL", "_NOTIFY_FROM", "_HOSTS")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A setting is missing, weak or malformed; the text names it and says what to do."""


class Environment(StrEnum):
    """What this portal is for."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TEST = "test"


@dataclass(frozen=True)
class Settings:
    """What the environment says; `operators` holds every `<OPERATOR>_…` value, which providers name themselves."""

    environment: Environment
    database_url: str
    secret_key: str = field(repr=False)
    credential_keys: tuple[str, ...] = field(repr=False)
    public_url: str
    instance: Path
    sandbox_url: str | None = None
    sandbox_notify_from: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    redis_url: str | None = None
    mail_url: str | None = None
    metrics_from: tuple[Network, ...] = ()
    alarm_to: tuple[str, ...] = ()
    webhooks_allow_private: bool = False
    rate_limits: bool = True
    operators: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; raise SettingsError naming every one that is wrong."""
        if environ is None:
            environ = {
                **{k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None},
                **os.environ,
            }
        return cls._read(environ)

    @classmethod
    def _read(cls, environ: Mapping[str, str]) -> Self:
        try:
            environment = Environment(environ.get("PORTAL_ENV", "production"))
        except ValueError as error:
            msg = "PORTAL_ENV must be production, development or test"
            raise SettingsError(msg) from error
        production = environment is Environment.PRODUCTION
        instance = Path(environ.get("INSTANCE_PATH", ROOT / "instance"))
        settings = cls(
            environment=environment,
            database_url=_database_url(environ.get("DATABASE_URL") or f"sqlite:///{instance / 'cross.db'}"),
            secret_key=environ.get("SECRET_KEY", "" if production else DEVELOPMENT_SECRET),
            credential_keys=_listed(environ.get("CREDENTIAL_KEYS", "" if production else DEVELOPMENT_KEY)),
            public_url=environ.get("PUBLIC_URL", "" if production else "http://127.0.0.1:8000").rstrip("/"),
            instance=instance,
            sandbox_url=environ.get("SANDBOX_URL", "" if production else "http://127.0.0.1:8001").rstrip("/")
            or None,
            sandbox_notify_from=_networks(environ, "SANDBOX_NOTIFY_FROM", "" if production else "127.0.0.1"),
            trusted_proxies=_networks(environ, "TRUSTED_PROXIES", ""),
            redis_url=environ.get("REDIS_URL") or None,
            mail_url=environ.get("MAIL_URL") or None,
            metrics_from=_networks(environ, "METRICS_FROM", ""),
            alarm_to=_listed(environ.get("ALARM_TO", "")),
            webhooks_allow_private=environ.get("WEBHOOKS_ALLOW_PRIVATE", "") == "1",
            rate_limits=production or environ.get("RATE_LIMITS", "1") != "0",
            operators=MappingProxyType({k: v for k, v in environ.items() if k.endswith(OPERATOR_SUFFIXES)}),
        )
        problems = [*_weaknesses(settings), *(_unfit_for_production(settings) if production else ())]
        if problems:
            raise SettingsError("; ".join(problems))
        return settings

    @property
    def production(self) -> bool:
        """Say whether real people's money is behind this portal."""
        return self.environment is Environment.PRODUCTION

    def networks(self, name: str) -> tuple[Network, ...]:
        """Return the addresses and networks of an operator's setting; raise SettingsError where malformed."""
        return _networks(self.operators, name, "")


def _weaknesses(settings: Settings) -> list[str]:
    """Return what is wrong wherever the portal runs."""
    problems = []
    if not settings.credential_keys:
        problems.append("CREDENTIAL_KEYS is missing: give at least one Fernet key, newest first")
    if any(not _is_fernet_key(key) for key in settings.credential_keys):
        problems.append("CREDENTIAL_KEYS holds a value that is not a Fernet key (32 bytes, url-safe base64)")
    if not settings.secret_key:
        problems.append("SECRET_KEY is missing: set a random text of at least 32 characters")
    if urlsplit(settings.public_url).scheme not in {"http", "https"}:
        problems.append("PUBLIC_URL is missing: the https address at which shoppers reach this portal")
    return problems


def _unfit_for_production(settings: Settings) -> list[str]:
    """Return what only development may do."""
    problems = []
    weak = len(settings.secret_key) < SHORTEST_SECRET or len(set(settings.secret_key)) < FEWEST_CHARACTERS
    if settings.secret_key and (weak or settings.secret_key == DEVELOPMENT_SECRET):
        problems.append("SECRET_KEY is weak: set a random text of at least 32 characters")
    if DEVELOPMENT_KEY in settings.credential_keys:
        problems.append("CREDENTIAL_KEYS holds the development key: make one of your own")
    if settings.public_url and not settings.public_url.startswith("https://"):
        problems.append("PUBLIC_URL must begin with https:// in production")
    if settings.webhooks_allow_private:
        problems.append("WEBHOOKS_ALLOW_PRIVATE is for development only: unset it")
    return problems


def _is_fernet_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32  # noqa: PLR2004 - Fernet
    except (binascii.Error, ValueError):
        return False


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _networks(environ: Mapping[str, str], name: str, default: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part) for part in _listed(environ.get(name, default)))
    except ValueError as error:
        msg = f"{name} must list addresses or networks, separated by commas: {error}"
        raise SettingsError(msg) from error


def _database_url(url: str) -> str:
    """Name the driver that is installed, whatever spelling of PostgreSQL was given."""
    for spelling in ("postgres://", "postgresql://"):
        if url.startswith(spelling):
            return "postgresql+psycopg://" + url.removeprefix(spelling)
    return url
