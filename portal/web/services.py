"""The room of what the doors need: the settings, the clock, the operators and the accounts, as one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from flask import abort, current_app
from flask_limiter import Limiter
from limits import parse
from limits.errors import StorageError

from config import Settings
from portal.clock import Clock
from portal.domain.provider import Provider
from portal.merchants.accounts import Directory
from portal.payments.calls import Calls
from portal.security.vault import Vault

EXTENSION = "cross"
log = structlog.get_logger("limits")


@dataclass(frozen=True)
class Services:
    """What `create_app` put together for this application."""

    settings: Settings
    clock: Clock
    vault: Vault
    providers: Mapping[str, Provider]
    directory: Directory
    limiter: Limiter
    calls: Calls

    def take(self, key: str, limit: str) -> bool:
        """Count one call under the key; say whether it is within the limit (such as `20 per minute`)."""
        if not self.settings.rate_limits:
            return True
        try:
            return self.limiter.limiter.hit(parse(limit), key)
        except StorageError:
            log.exception("rate limits away")  # an unreachable counter must not stop payments
            return True

    def allow(self, key: str, limit: str) -> None:
        """Refuse (429) what goes over the limit."""
        if not self.take(key, limit):
            abort(429)


def services() -> Services:
    """Return this application's services."""
    found: Services = current_app.extensions[EXTENSION]
    return found
