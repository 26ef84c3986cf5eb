"""The room of shops that answer byte by byte as they are told, and of claims on deliveries to them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from portal.webhooks.claiming import Parcel
from portal.webhooks.looking_up import Letter
from portal.webhooks.posting import Answer, Poster

Answers = Callable[[socket.socket], None]
"""Is given a connection on which a request has come."""

_numbers = count(1)


@dataclass
class Listening:
    """A shop's port. `requests`: what came; `connections`: over how many; `most`: open requests at once."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counts(self, change: int) -> None:
        with self.lock:
            self.open += change
            self.most = max(self.most, self.open)


@contextmanager
def listening(answers: Answers) -> Iterator[Listening]:
    """Serve every request on every connection by `answers` during the body."""
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    found = Listening(server.getsockname()[1])
    wires: list[socket.socket] = []

    def serve(wire: socket.socket) -> None:
        with suppress(OSError):
            while request := _request(wire):
                found.requests.append(request)
                found.counts(+1)
                try:
                    answers(wire)
                finally:
                    found.counts(-1)
        wire.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                wire, _ = server.accept()
                wires.append(wire)
                found.connections += 1
                threading.Thread(target=serve, args=(wire,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield found
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()
    for wire in wires:
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        wire.close()
    thread.join(timeout=5)


def _request(wire: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        more = wire.recv(65536)
        if not more:
            return b""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += wire.recv(65536)
    return head + b"\r\n\r\n" + body


def says(data: bytes) -> Answers:
    return lambda wire: wire.sendall(data)


def parcel(url: str, *, endpoint: int = 1, mode: str = "test", claimed: float | None = None) -> Parcel:
    return Parcel(
        delivery_id=next(_numbers),
        fence=1,
        tries=0,
        endpoint_id=endpoint,
        merchant_id=1,
        mode=mode,
        url=url,
        format="standard",
        secret="",
        old_secret=None,
        event_id="evt_1",
        kind="order.paid",
        created_at=datetime(2026, 3, 4, tzinfo=UTC),
        payload={},
        claimed=time.monotonic() if claimed is None else claimed,
    )


def letter(one: Parcel) -> Letter:
    def sign(_parcel: Parcel, _body: bytes) -> Mapping[str, str]:
        return {"webhook-id": "evt_1"}

    return Letter(one, b'{"a":1}', sign)


def outcomes(poster: Poster, *parcels: Parcel) -> dict[int, Answer | None]:
    """Post to them all; return what came of each, or of one that was given before, by the delivery's id."""
    poster.give([letter(one) for one in parcels])
    found: dict[int, Answer | None] = {}
    until = time.monotonic() + 30
    while len(found) < max(1, len(parcels)):
        assert time.monotonic() < until
        poster.step(0.05)
        while not poster.finished.empty():
            one, answer = poster.finished.get()
            found[one.delivery_id] = answer
    return found


def outcome(poster: Poster, one: Parcel) -> Answer:
    answer = outcomes(poster, one)[one.delivery_id]
    assert answer is not None
    return answer
