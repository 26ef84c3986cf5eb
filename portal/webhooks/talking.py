"""The room of one request and its answer on one connection, which never waits: it says for what, and goes on later.

The connection goes to the address that was checked; over TLS it must be the host's by its certificate. One that an
answer left whole is kept for the next request to the same place.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from certifi import where

from portal.security.outbound import Target
from portal.webhooks.answers import Reading

AT_ONCE = 65536
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Place = tuple[str, str, str, int]
"""What a kept connection leads to: scheme, host (the certificate's), checked address, port."""


def place(target: Target) -> Place:
    """Return what a connection for that target leads to."""
    return (target.scheme, target.host, target.address, target.port)


@cache
def _trusted() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=where())
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(slots=True, eq=False)
class Line:
    """A connection to one place. `events`: what it waits for; `used`: how many requests it has borne."""

    place: Place
    sock: socket.socket = field(init=False)
    events: int = WRITE
    used: int = 0

    def __post_init__(self) -> None:
        """Begin to connect; raise OSError."""
        address = self.place[2]
        self.sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(0)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(BlockingIOError):
                self.sock.connect((address, self.place[3]))
        except OSError:
            self.close()
            raise

    def is_quiet(self) -> bool:
        """Say whether the other side has neither ended a kept connection nor said anything on it."""
        try:
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def talk(self, request: bytes, reading: Reading) -> Iterator[int]:
        """Send the request and read its answer; yield what is waited for. Raises OSError and Unreadable."""
        if not self.used:
            yield from self._connect()
        self.used += 1
        yield from self._send(request)
        wanted = READ
        while not reading.over:
            yield wanted
            try:
                data = self.sock.recv(AT_ONCE)
            except (BlockingIOError, ssl.SSLWantReadError):
                wanted = READ
            except ssl.SSLWantWriteError:
                wanted = WRITE
            else:
                wanted = READ
                if data:
                    reading.feed(data)
                else:
                    reading.cut()

    def close(self) -> None:
        """End it, whatever is under way."""
        self.sock.close()

    def _connect(self) -> Iterator[int]:
        yield WRITE
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        scheme, host, *_ = self.place
        if scheme != "https":
            return
        tls = _trusted().wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
        self.sock = tls
        while True:
            try:
                return tls.do_handshake()
            except ssl.SSLWantReadError:
                yield READ
            except ssl.SSLWantWriteError:
                yield WRITE

    def _send(self, request: bytes) -> Iterator[int]:
        left = memoryview(request)
        while left:
            try:
                left = left[self.sock.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                yield WRITE
            except ssl.SSLWantReadError:
                yield READ
