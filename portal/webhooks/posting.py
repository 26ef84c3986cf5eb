"""The room of posting to shops: to the address that was checked, within ten seconds in all, led nowhere else."""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from certifi import where
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError

from portal.domain.declared import Mode
from portal.security import outbound
from portal.security.outbound import Refused, Resolver, Target, system_resolver

WHOLE_SECONDS = 10.0
KEPT = 2048
"""Bytes of the shop's answer."""
HOSTS = 500
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: the HTTP status, or None and why there is none (`error`)."""

    status: int | None
    error: str | None
    milliseconds: int
    body: bytes = b""


class _Watched:
    """The connection that each thread is using now, so that the watch can cut one that takes too long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[int, tuple[float, Any]] = {}

    def begin(self, deadline: float) -> None:
        with self._lock:
            self._used[threading.get_ident()] = (deadline, None)

    def uses(self, connection: Any) -> None:
        with self._lock:
            deadline, _ = self._used.get(threading.get_ident(), (float("inf"), None))
            self._used[threading.get_ident()] = (deadline, connection)

    def end(self) -> None:
        with self._lock:
            self._used.pop(threading.get_ident(), None)

    def cut(self, now: float) -> None:
        """Close the connections of those whose time is over: a shop may send its headers a letter at a time."""
        with self._lock:
            late = [connection for deadline, connection in self._used.values() if deadline <= now]
        for connection in late:
            sock = getattr(connection, "sock", None)
            if sock is not None:
                with suppress(OSError):
                    # Not the method of an SSL socket: that would pull the rug from under the thread that reads.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


_watched = _Watched()


class _Plain(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _watched.uses(self)
        super().request(*args, **kwargs)


class _Secure(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        _watched.uses(self)
        super().request(*args, **kwargs)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


Key = tuple[str, str, str, int]


@dataclass
class Poster:
    """Posts to shops over connections that are kept. `resolver` asks DNS, once for each try."""

    allow_private: bool = False
    resolver: Resolver = system_resolver
    whole_seconds: float = WHOLE_SECONDS
    _pools: OrderedDict[Key, HTTPConnectionPool] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def target(self, url: str, mode: str) -> Target:
        """Return where the URL leads now; raise Refused. In test mode http is allowed."""
        return outbound.target(
            url, plain=mode == Mode.TEST, allow_private=self.allow_private, resolver=self.resolver
        )

    def post(self, target: Target, body: str, headers: Mapping[str, str]) -> Answer:
        """Post the body; never raises for what the network or the shop does."""
        began = time.monotonic()
        _watched.begin(began + self.whole_seconds)
        try:
            response = self._pool(target).urlopen(
                "POST",
                target.path,
                body=body.encode(),
                headers={"Host": target.authority, "Connection": "keep-alive", **headers},
                redirect=False,
                retries=False,
                timeout=Timeout(total=self.whole_seconds),
                preload_content=False,
                decode_content=False,
            )
            try:
                read = self._read(response, began + self.whole_seconds)
            except (HTTPError, OSError, ValueError):
                read = b""  # it has said by its status whether it took the event
            return Answer(response.status, None, _since(began), read)
        except (HTTPError, OSError, ValueError) as error:
            late = time.monotonic() - began >= self.whole_seconds
            return Answer(None, "no answer within 10 seconds" if late else _why(error), _since(began))
        finally:
            _watched.end()

    def watch(self) -> None:
        """Cut what takes longer than its time; to be called now and then."""
        _watched.cut(time.monotonic())

    def _read(self, response: Any, deadline: float) -> bytes:
        found = b""
        while len(found) < KEPT and time.monotonic() < deadline:
            more = response.read1(KEPT - len(found))
            if not more:
                response.release_conn()
                return found
            found += more
        _finish(response, found)
        return found

    def _pool(self, target: Target) -> HTTPConnectionPool:
        key = (target.scheme, target.host, target.address, target.port)
        with self._lock:
            pool = self._pools.pop(key, None) or _new_pool(target)
            self._pools[key] = pool
            if len(self._pools) > HOSTS:
                _, oldest = self._pools.popitem(last=False)
                oldest.close()
        return pool


def _finish(response: HTTPResponse, found: bytes) -> None:
    """Keep the connection where the answer is over, and close it where more would come."""
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) == len(found):
        response.release_conn()
    else:
        response.close()


def _new_pool(target: Target) -> HTTPConnectionPool:
    if target.scheme == "https":
        return _SecurePool(
            target.address,
            target.port,
            maxsize=CONNECTIONS,
            ca_certs=where(),
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    return _PlainPool(target.address, target.port, maxsize=CONNECTIONS)


REFUSALS = {
    "malformed": "the address cannot be read",
    "not_https": "the address must begin with https://",
    "user_info": "the address holds a user name",
    "unresolved": "the host name has no address",
    "private": "the address is not a public one",
}


def refused(refusal: Refused) -> Answer:
    """Return what came of a try that was not made."""
    return Answer(None, REFUSALS[refusal.code], 0)


def _why(error: Exception) -> str:
    """Return in a few words why there is no answer; nothing of the request stands in it."""
    if isinstance(error, SSLError):
        return "no trusted TLS connection"
    return f"no answer: {type(error).__name__}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
