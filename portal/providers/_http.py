"""The room of calls to operators: bounded in time and size, never redirected, every failure one exception."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

LARGEST_ANSWER = 64 * 1024
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_SECONDS = 30.0  # a start left behind by a crash is given up after 60 s
CONNECTIONS = 64


class NoAnswer(Exception):
    """The operator was not heard: refused, slow, cut, redirecting or talking without end. The text says which."""


@dataclass(frozen=True)
class Answer:
    """What the operator said."""

    status: int
    text: str


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy or .netrc of this machine has a say in where credentials go
    # What an operator remembers about one merchant's call is not told with another merchant's.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@dataclass
class Http:
    """A client for operators' servers."""

    session: requests.Session = field(default_factory=_session)
    whole_seconds: float = WHOLE_SECONDS

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, **params: str) -> Answer:
        """Fetch the URL with the query parameters; raise NoAnswer."""
        return self._call("GET", url, headers or {}, params=params)

    def post(self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send the body as JSON; raise NoAnswer."""
        return self._call("POST", url, headers or {}, json=body)

    def _call(self, method: str, url: str, headers: Mapping[str, str], **content: Any) -> Answer:
        deadline = time.monotonic() + self.whole_seconds
        try:
            with self.session.request(
                method,
                url,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                headers={"User-Agent": "Cross", **headers},
                **content,
            ) as response:
                return Answer(response.status_code, _text(response, deadline))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise NoAnswer(type(error).__name__) from error


def _text(response: requests.Response, deadline: float) -> str:
    if response.is_redirect:
        msg = "redirect"
        raise NoAnswer(msg)
    body = bytearray()
    # What has arrived, as it arrives: `iter_content` would wait for a full buffer, however slowly it fills.
    while piece := response.raw.read1(8192, decode_content=True):
        body += piece
        if len(body) > LARGEST_ANSWER:
            msg = "answer too large"
            raise NoAnswer(msg)
        if time.monotonic() > deadline:
            msg = "answer too slow"
            raise NoAnswer(msg)
    return body.decode("utf-8", errors="replace")
