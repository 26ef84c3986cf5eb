"""The room of signatures on what we tell a shop: Standard Webhooks, by the library that shops verify with."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32  # Standard Webhooks: 24 to 64


def new_secret() -> str:
    """Return a new secret as shops keep it: `whsec_…`, base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(event_id: str, at: datetime, body: str, keys: Sequence[str]) -> dict[str, str]:
    """Return the three headers of one try: the event's id is the same each time, the moment is this one's.

    One signature for each secret, so that a shop may change from one to the next without losing an event.
    """
    moment = at.astimezone(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(_signer(key).sign(event_id, moment, body) for key in keys),
    }


@lru_cache(maxsize=1024)
def _signer(key: str) -> Webhook:
    return Webhook(key)
