"""The room of an operator's server as our HTTP client meets it: it answers, refuses, rambles, is cut or is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from portal.providers._http import Http

Reply = Callable[[requests.PreparedRequest], requests.Response]


def says(body: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with these words."""
    content = body.encode() if isinstance(body, str) else body
    return lambda request: _response(request, status, headers or {}, HTTPResponse(**_raw(content)))


def promises(length: int, body: bytes) -> Reply:
    """Announce so many bytes, and cut the connection after these."""
    headers = {"Content-Length": str(length)}
    cut = _raw(body) | {"headers": headers, "enforce_content_length": True}
    return lambda request: _response(request, 200, headers, HTTPResponse(**cut))


def silence(_request: requests.PreparedRequest) -> requests.Response:
    """Never answer: the client gives up."""
    raise requests.ReadTimeout


def cut(_request: requests.PreparedRequest) -> requests.Response:
    """Close the connection after the request was taken."""
    raise requests.ConnectionError


def _raw(content: bytes) -> dict[str, Any]:
    return {"body": BytesIO(content), "preload_content": False}


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], raw: HTTPResponse
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.raw, response.request = status, raw, request
    response.url = request.url or ""
    response.headers.update(headers)
    return response


@dataclass
class FakeOperator(BaseAdapter):
    """Answers as it is told for once, and otherwise with a new session id of TMoney Online.

    `calls`: what it was asked; `sessions`: the ids that it gave. `meanwhile` happens once, while the portal waits
    for the next answer.
    """

    calls: list[requests.PreparedRequest] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    once: list[Reply] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None
    _numbers: Any = field(default_factory=lambda: count(1))

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Be asked."""
        self.calls.append(request)
        if (happens := self.meanwhile) is not None:
            self.meanwhile = None
            happens()
        if self.once:
            return self.once.pop(0)(request)
        self.sessions.append(f"{next(self._numbers):032}")
        return says(f"OK:{self.sessions[-1]}")(request)

    def close(self) -> None:
        """Have nothing to close."""

    def forget(self) -> None:
        """Remember nothing, but never give a session id twice."""
        self.calls.clear()
        self.sessions.clear()
        self.once.clear()
        self.meanwhile = None

    def client(self) -> Http:
        """Return the portal's own client, wired to this operator."""
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", self)
        session.mount("https://", self)
        return Http(session)
