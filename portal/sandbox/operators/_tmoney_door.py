"""Who may talk to TMoney MBANKING: logging in, and the tokens that were given out."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from portal.sandbox.bounded import Bounded
from portal.sandbox.operators._tmoney_settings import TmoneySettings
from portal.sandbox.settings import Section
from portal.sandbox.world import World

TOKENS_KEPT = 5_000
_BEARER = "bearer "


@dataclass(frozen=True)
class Pass:
    """What a token opens; `ends_at` in Unix seconds."""

    account: str
    ends_at: float


class Door:
    """Gives tokens out and knows them again; a restart forgets them, as any operator's may."""

    def __init__(self, world: World, settings: Section[TmoneySettings]) -> None:
        """Start with nobody signed in, and a signing key of its own."""
        self._world = world
        self._settings = settings
        self._key = secrets.token_bytes(64)
        self._passes: Bounded[Pass] = Bounded(TOKENS_KEPT)

    def sign_in(self, account: str, user: str, password: str) -> str | None:
        """Return a token, or None for a user who is refused or left something empty."""
        settings = self._settings.now
        if not user or not password or user in settings.refused_users:
            return None
        ends_at = self._world.clock() + settings.token_seconds
        token = secrets.token_urlsafe(40) if settings.opaque_tokens else self._jwt(user, ends_at)
        self._passes.put(token, Pass(account, ends_at))
        return f"Bearer {token}" if settings.token_begins_with_bearer else token

    def opens(self, account: str, header: str) -> bool:
        """Tell whether an Authorization header, bare or with `Bearer `, is a token of this account's."""
        bare = header.strip()
        token = bare[len(_BEARER) :].strip() if bare.lower().startswith(_BEARER) else bare
        found = self._passes.get(token)
        return found is not None and found.account == account and self._world.clock() < found.ends_at

    def _jwt(self, user: str, ends_at: float) -> str:
        claims = {
            "sub": user,
            "jti": secrets.token_hex(8),
            "iat": int(self._world.clock()),
            "exp": int(ends_at),
        }
        signed = f"{_encoded({'alg': 'HS512', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{_base64url(hmac.digest(self._key, signed.encode(), hashlib.sha512))}"


def _encoded(part: dict[str, object]) -> str:
    return _base64url(json.dumps(part, separators=(",", ":")).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
