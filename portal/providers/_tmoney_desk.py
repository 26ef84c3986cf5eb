"""The room of TMoney's door: one login at a time per account, its token kept while it is good, calls made with it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.clock import Clock
from portal.domain.provider import Account, NotConfigured
from portal.providers._http import Answer, Http, NoAnswer
from portal.providers._json import Unreadable, inner, object_of, short
from portal.providers._tmoney_words import NOT_SIGNED_IN, folded

LOGIN = "TMONEY_LOGIN_URL"
SIGNED_IN = frozenset({"200", "2000"})  # login reply, `statut.code`; "4001" is: authentication failed

KEPT = timedelta(minutes=5)  # a token that does not say until when it is good
LONGEST_KEPT = timedelta(days=1)
MARGIN = timedelta(seconds=10)
NEVER = datetime.min.replace(tzinfo=UTC)
CODE = re.compile(r"[0-9]{3,4}")
TOKEN = re.compile(r"(?:Bearer +)?([A-Za-z0-9._~+/=-]{1,8000})", re.IGNORECASE)

PATIENCE_SECONDS = 10.0
"""How long another's login is waited for, and how old a call may be when its request leaves: a start that lasts
longer than a minute is given up by the worker, and must then not be sent any more."""


class NotSignedIn(Exception):
    """No request was accepted. `sent`: one left us and was turned away. The text holds no secret."""

    def __init__(self, detail: str, *, sent: bool = False) -> None:
        """Take what a person may read."""
        super().__init__(detail)
        self.sent = sent


@dataclass
class _Session:
    """What is known of one account: its token, and when its last login failed (monotonic seconds)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    whose: str = ""
    token: str = field(default="", repr=False)
    until: datetime = NEVER
    failed_at: float = -1.0
    failure: str = ""


class Desk:
    """Signs in and calls, for every account of this process."""

    def __init__(self, http: Http, clock: Clock, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Take the client with which TMoney is called, and the time."""
        self.http = http
        self.clock = clock
        self.patience = patience_seconds
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def get(self, account: Account, setting: str, reference: str) -> Answer:
        """Ask about the request of that reference; raise NotSignedIn, NotConfigured, or NoAnswer."""
        url = account.url(setting)
        return self._signed(account, lambda headers: self.http.get(url, headers=headers, idRequete=reference))

    def post(self, account: Account, setting: str, body: Mapping[str, Any]) -> Answer:
        """Send the request; raise NotSignedIn, NotConfigured, or NoAnswer (then it may have been accepted)."""
        url = account.url(setting)
        return self._signed(account, lambda headers: self.http.post(url, body, headers=headers))

    def _signed(self, account: Account, call: Callable[[Mapping[str, str]], Answer]) -> Answer:
        """Call with a token; where it is turned away it was not accepted: sign in, and call once more."""
        began = time.monotonic()
        token = self._token(account, began, sent=False)
        answer = call({"Authorization": f"Bearer {token}"})
        if not _is_turned_away(answer):
            return answer
        token = self._token(account, began, sent=True, spent=token)
        answer = call({"Authorization": f"Bearer {token}"})
        if _is_turned_away(answer):
            raise NotSignedIn("turned away after a new login", sent=True)
        return answer

    def _token(self, account: Account, began: float, *, sent: bool, spent: str = "") -> str:
        try:
            token = self._kept_or_new(account, spent)
        except (NoAnswer, NotConfigured, NotSignedIn) as error:
            raise NotSignedIn(f"login: {error}", sent=sent) from error
        if time.monotonic() - began > self.patience:
            raise NotSignedIn("login: too slow", sent=sent)
        return token

    def _kept_or_new(self, account: Account, spent: str) -> str:
        session, whose = self._session(account), _digest(account.credentials)
        began = time.monotonic()
        if not session.lock.acquire(timeout=self.patience):
            raise NotSignedIn("another one is under way")
        try:
            is_good = session.whose == whose and session.token != spent and self.clock.now() < session.until
            if is_good and session.token:
                return session.token
            if session.failed_at > began:  # it failed while we waited for it
                raise NotSignedIn(session.failure)
            return self._log_in(account, session, whose)
        finally:
            session.lock.release()

    def _session(self, account: Account) -> _Session:
        with self._lock:
            return self._sessions.setdefault(account.public_id, _Session())

    def _log_in(self, account: Account, session: _Session, whose: str) -> str:
        names = {name: account.credentials[name] for name in ("nomUtilisateur", "motDePasse")}
        session.token = ""
        try:
            token = _token_of(self.http.post(account.url(LOGIN), names))
        except (NoAnswer, NotConfigured, NotSignedIn) as error:
            session.failed_at, session.failure = time.monotonic(), str(error)
            raise
        session.whose, session.token = whose, token
        session.until = _good_until(token, self.clock.now())
        return token


def _digest(credentials: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(credentials.items())).encode()).hexdigest()


def _is_turned_away(answer: Answer) -> bool:
    """Say whether it is HTTP 401 or code 403: then the request was not accepted."""
    if answer.status == 401:  # noqa: PLR2004 - HTTP's "not signed in"
        return True
    try:
        return str(folded(object_of(answer.text)).get("code")) == NOT_SIGNED_IN
    except Unreadable:
        return False


def _token_of(answer: Answer) -> str:
    try:
        told = object_of(answer.text)
        if "fault" in told:
            raise NotSignedIn("refused by the gateway")
        code = short(inner(told.get("statut"), "statut").get("code"), "statut.code")
        if code not in SIGNED_IN:
            raise NotSignedIn(f"refused, code {code}" if CODE.fullmatch(code) else "refused")
        found = TOKEN.fullmatch(short(inner(told.get("data"), "data").get("token"), "token", 8_000))
    except Unreadable as error:
        raise NotSignedIn(f"{error}, HTTP {answer.status}") from error
    if found is None:
        raise NotSignedIn("token is unreadable")
    return found[1]


def _good_until(token: str, now: datetime) -> datetime:
    """Return until when to keep it: its `exp`, which nobody has verified and which costs a login at worst."""
    try:
        _, payload, _ = token.split(".")
        told = object_of(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lasts = timedelta(seconds=float(told["exp"]) - now.timestamp())
    except (ValueError, KeyError, TypeError, OverflowError, binascii.Error):
        return now + KEPT
    if lasts <= timedelta():  # by our clock, which may be wrong
        return now + KEPT
    return now + min(max(lasts - MARGIN, lasts / 2), LONGEST_KEPT)
