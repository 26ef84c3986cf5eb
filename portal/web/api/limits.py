"""The room of restraint: how often one key may call, and how often one address may try wrong ones."""

from __future__ import annotations

import math
import time

from flask import Response, abort, g, request
from limits import parse
from limits.errors import StorageError

from portal.security import tokens
from portal.web.api.problems import problem
from portal.web.services import services

PER_KEY = "3000 per minute"
WRONG_KEYS = "60 per minute"


def limit_key(secret: str) -> None:
    """Refuse (429) what goes over the key's limit; its answer says how much is left."""
    name = f"api:{tokens.digest(secret)}"
    g.limited_as = name
    _take(name, PER_KEY)


def limit_wrong_keys() -> None:
    """Refuse (429) an address that has tried too many wrong keys."""
    _take(f"api wrong key:{request.remote_addr}", WRONG_KEYS)


def say(response: Response) -> Response:
    """Say in the answer how much of the key's limit is left, and for how many seconds it must last.

    As draft-ietf-httpapi-ratelimit-headers-10 has it, and as programs have read it for longer.
    """
    name = g.pop("limited_as", None)
    inside = services()
    if name is None or not inside.settings.rate_limits:
        return response
    limit = parse(PER_KEY)
    try:
        ends, left = inside.limiter.limiter.get_window_stats(limit, name)
    except StorageError:  # an unreachable counter must not stop payments
        return response
    wait = max(1, math.ceil(ends - time.time()))
    response.headers["RateLimit-Policy"] = f'"key";q={limit.amount};w={limit.get_expiry()}'
    response.headers["RateLimit"] = f'"key";r={left};t={wait}'
    response.headers["RateLimit-Limit"] = str(limit.amount)
    response.headers["RateLimit-Remaining"] = str(left)
    response.headers["RateLimit-Reset"] = str(wait)
    return response


def _take(name: str, limit: str) -> None:
    inside = services()
    if inside.take(name, limit):
        return
    ends = inside.limiter.limiter.get_window_stats(parse(limit), name).reset_time
    wait = max(1, math.ceil(ends - time.time()))  # the counter's clock, not the one tests wind
    abort(problem(429, f"At most {limit}.", headers={"Retry-After": str(wait)}))
