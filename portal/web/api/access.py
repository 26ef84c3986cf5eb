"""The room of who may call: the key decides store and mode, and each call opens one transaction for it.

Whoever writes does so in one step with the idempotency record: key, earlier answer, the work itself and the
record are one transaction, so that a call is done once or not at all. A query parameter that the call does not
know is refused by its name, as a field of the body is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn

from flask import Response, abort, request
from sqlalchemy import Connection

from portal import db
from portal.db import Write
from portal.domain.provider import Mode
from portal.merchants import idempotency, keys
from portal.merchants.idempotency import Answer, BadKey, Call, Entry, InFlight, KeyReused, NoLongerKept
from portal.merchants.keys import Key, Scope
from portal.web.api.bodies import FORBIDDEN
from portal.web.api.limits import limit_key, limit_wrong_keys
from portal.web.api.problems import problem
from portal.web.services import services

LARGEST_BODY = 64 * 1024
BEARER = re.compile(r"[Bb]earer +(sk_(?:test|live)_[0-9A-Za-z_-]{1,100}) *")
KEPT_HEADERS = ("Content-Type", "Location")

View = Callable[..., Response]


@dataclass(frozen=True)
class Caller:
    """A program with a valid key, and the transaction of its call."""

    connection: Connection
    key: Key


def reads(scope: Scope) -> Callable[[View], View]:
    """Let keys of that scope call the view, which is given a Caller whose connection only reads."""

    def decorate(view: View) -> View:
        strict = _strict(view)

        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Response:
            secret = _presented()
            with db.reading() as connection:
                key = _admitted(keys.find(connection, services().clock, secret), scope)
                response = strict(Caller(connection, key), *args, **kwargs)
            if key.touch_due:
                with db.writing() as tx:
                    db.write_together(tx, [keys.touch(key)])
            return response

        return wrapper

    return decorate


def writes(
    scope: Scope, *, secret: bool = False, first: Callable[[Key], None] | None = None
) -> Callable[[View], View]:
    """Let keys of that scope call the view once per `Idempotency-Key`, with a Caller whose connection writes.

    `secret`: the answer holds one, so its record is sealed, and given again for a day only. PATCH and DELETE may come
    here as well: they take no `Idempotency-Key`, because doing them twice is doing them once. `first` is done before
    the transaction opens: what asks the network must not hold up the others.
    """

    def decorate(view: View) -> View:
        strict = _strict(view)

        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Response:
            presented = _presented()
            # The body is read before the transaction opens: a slow sender must not hold up the others.
            call = _call(_body())
            if first is not None:
                with db.reading() as connection:
                    key = _admitted(keys.find(connection, services().clock, presented), scope)
                first(key)
            return db.repeated_once(
                lambda: _written(
                    presented, scope, call, lambda caller: strict(caller, *args, **kwargs), sealed=secret
                )
            )

        return wrapper

    return decorate


def require_live(key: Key) -> None:
    """Refuse (403) to begin anything with real money for a store that may not take it."""
    if key.mode == Mode.LIVE and not key.live:
        abort(problem(403, code="not_live"))


def _strict(view: View) -> View:
    """Return the view that refuses query parameters by name, unless it reads the query by a schema of its own."""
    documented = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    if any(one["in"] == "query" for one in documented):
        return view

    def refusing(*args: Any, **kwargs: Any) -> Response:
        if request.args:
            names = (FORBIDDEN.sub("\ufffd", name) for name in request.args)
            abort(problem(422, errors={name: ["There is no such parameter."] for name in names}))
        return view(*args, **kwargs)

    return refusing


def _written(
    secret: str, scope: Scope, call: Call | None, work: Callable[[Caller], Response], *, sealed: bool
) -> Response:
    with db.writing() as tx:
        entry = idempotency.enter(tx, services().clock, secret, call)
        key = _admitted(entry.key if entry else None, scope)
        earlier = _earlier(entry, call)
        if earlier is not None:
            return _replayed(earlier)
        response = work(Caller(tx, key))
        last: list[Write] = []
        if call is not None and idempotency.is_remembered(response.status_code):
            vault = services().vault if sealed else None
            last.append(idempotency.remember(key, call, _answer(response), vault))
        if key.touch_due:
            last.append(keys.touch(key))
        if last:
            db.write_together(tx, last)
        return response


def _presented() -> str:
    """Return the secret that the call presents, unproven, within its limit; 401 where there is none."""
    found = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        _refuse("Bearer")
    limit_key(found[1])
    return found[1]


def _admitted(key: Key | None, scope: Scope) -> Key:
    if key is None:
        limit_wrong_keys()
        _refuse('Bearer error="invalid_token"')
    if scope not in key.scopes:
        abort(problem(403, f"The call needs the scope “{scope}”.", code="missing_scope"))
    return key


def _refuse(challenge: str) -> NoReturn:
    abort(problem(401, headers={"WWW-Authenticate": challenge}))


def _body() -> bytes:
    # One byte more than we take: of a body without a length, what is beyond the limit is silently left unread.
    request.max_content_length = LARGEST_BODY + 1
    body = request.get_data(cache=True)
    if len(body) > LARGEST_BODY:
        abort(problem(413))
    return body


def _call(body: bytes) -> Call | None:
    """Return what the call is recognised by; None where it carries no `Idempotency-Key`, or is no POST."""
    given = request.headers.get("Idempotency-Key")
    if given is None or request.method != "POST":
        return None
    digest = hashlib.sha256(body).hexdigest()
    try:
        return Call(method=request.method, path=request.path, key=given, body_digest=digest)
    except BadKey:
        abort(problem(400, code="idempotency_key_invalid"))


def _earlier(entry: Entry | None, call: Call | None) -> Answer | None:
    if entry is None or call is None:
        return None
    try:
        return idempotency.earlier_answer(entry, call, services().vault)
    except KeyReused:
        abort(problem(422, code="idempotency_key_reused"))
    except InFlight:
        abort(problem(409, code="idempotency_key_in_flight", headers={"Retry-After": "1"}))
    except NoLongerKept:
        abort(problem(409, code="idempotency_key_expired"))


def _answer(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, response.get_data(as_text=True))


def _replayed(answer: Answer) -> Response:
    headers = {**answer.headers, "Idempotent-Replayed": "true"}
    return Response(answer.body, answer.status, headers)
