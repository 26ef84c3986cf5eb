"""The room of a shop that takes whatever it is told: a process that answers at once and remembers the events' ids."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import requests

LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
ID = re.compile(rb"webhook-id:\s*(\S+)", re.IGNORECASE)
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class _Answers(asyncio.Protocol):
    """One kept-alive connection."""

    ids: set[bytes] = set()  # noqa: RUF012 - one for all connections

    def __init__(self) -> None:
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < whole:
                return
            self.received = self.received[whole:]
            self.transport.write(self._answer(head))  # type: ignore[attr-defined] # a socket's

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b"GET "):
            said = str(len(self.ids)).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)
        found = ID.search(head)
        if found is None:
            return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        self.ids.add(found[1])
        return TAKEN


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextmanager
def quick_shop() -> Iterator[int]:
    """Run it during the body; give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.shop"], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


def taken(port: int) -> int:
    """Return how many different events the shop has been told of."""
    return int(requests.get(f"http://127.0.0.1:{port}/", timeout=10).text)


if __name__ == "__main__":
    asyncio.run(_serve())
