"""The room of load: many keep-alive connections from one process, each with one request under way, exactly timed."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

CONNECTIONS = 16
GIVE_UP_SECONDS = 30.0


@dataclass
class Round:
    """What one round measured: answers with the expected status, others, seconds for each, and the whole time."""

    seconds: float = 0.0
    errors: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the latency in seconds that the share of all answers stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass
class _Wire:
    """One connection: what was sent when, and what has come back so far."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def get(path: str) -> bytes:
    """Return a GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def post(path: str, body: str, headers: dict[str, str]) -> bytes:
    """Return a POST with a JSON body as it goes over the wire."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    content = f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: bench\r\n{content}{lines}\r\n{body}".encode()


def drive(
    port: int, requests: Iterator[bytes], *, seconds: float, expect: int = 200, connections: int = CONNECTIONS
) -> Round:
    """Keep every connection busy for that long, or until the requests are used up."""
    measured = Round()
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            wire = _Wire(socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_SECONDS))
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if _send(wire, requests):
                selector.register(wire.socket, selectors.EVENT_READ, wire)
            else:
                wire.socket.close()
        while selector.get_map():
            for key, _events in selector.select(GIVE_UP_SECONDS):
                _read(key.data, selector, requests, measured, until=began + seconds, expect=expect)
    measured.seconds = time.perf_counter() - began
    return measured


def _send(wire: _Wire, requests: Iterator[bytes]) -> bool:
    """Send the next request on the connection; False where there is none."""
    request = next(requests, None)
    if request is None:
        return False
    wire.received.clear()
    wire.sent_at = time.perf_counter()
    wire.socket.sendall(request)
    return True


def _read(
    wire: _Wire,
    selector: selectors.BaseSelector,
    requests: Iterator[bytes],
    measured: Round,
    *,
    until: float,
    expect: int,
) -> None:
    chunk = wire.socket.recv(65536)
    wire.received += chunk
    if chunk and not _complete(wire.received):
        return
    now = time.perf_counter()
    if wire.received.startswith(f"HTTP/1.1 {expect} ".encode()):
        measured.latencies.append(now - wire.sent_at)
    else:
        measured.errors += 1
    if not chunk or now >= until or not _send(wire, requests):
        selector.unregister(wire.socket)
        wire.socket.close()


def _complete(received: bytearray) -> bool:
    head, separator, body = bytes(received).partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return True
