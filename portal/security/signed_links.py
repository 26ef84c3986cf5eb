"""The room of signed payment addresses: what a shop's server signed, and whether it was signed with the link's secret.

The signature is base64url without padding of HMAC-SHA256, keyed with the link's secret as UTF-8, over the canonical
JSON of what is asked: names sorted, no spaces, UTF-8 as it is, null for what the address does not say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from portal.security import tokens


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for. `amount` in whole units, `expires` in seconds since 1970; None: it does not say."""

    slug: str
    amount: int | None = None
    reference: str | None = None
    expires: int | None = None


def canonical(asked: Asked) -> bytes:
    """Return the bytes that are signed, such as `{"amount":500,"expires":null,"reference":"F-7","slug":"pagne"}`."""
    return json.dumps(asdict(asked), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign(secret: str, asked: Asked) -> str:
    """Return the address's `sig`."""
    mac = hmac.new(secret.encode(), canonical(asked), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_signed(secret: str, asked: Asked, signature: str) -> bool:
    """Say, in constant time, whether exactly this was signed with that secret."""
    return tokens.same(signature, sign(secret, asked))
