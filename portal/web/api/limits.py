"""The room of restraint: how often one key may call, and how often one address may try wrong ones."""

from __future__ import annotations

import math
import time

from flask import abort, request
from limits import parse

from portal.security import tokens
from portal.web.api.problems import problem
from portal.web.services import services

PER_KEY = "3000 per minute"
WRONG_KEYS = "60 per minute"


def limit_key(secret: str) -> None:
    """Refuse (429) what goes over the key's limit."""
    _take(f"api:{tokens.digest(secret)}", PER_KEY)


def limit_wrong_keys() -> None:
    """Refuse (429) an address that has tried too many wrong keys."""
    _take(f"api wrong key:{request.remote_addr}", WRONG_KEYS)


def _take(name: str, limit: str) -> None:
    inside = services()
    if inside.take(name, limit):
        return
    ends = inside.limiter.limiter.get_window_stats(parse(limit), name).reset_time
    wait = max(1, math.ceil(ends - time.time()))  # the counter's clock, not the one tests wind
    abort(problem(429, f"At most {limit}.", headers={"Retry-After": str(wait)}))
