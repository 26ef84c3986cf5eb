"""The room of an operator that takes its time: TMoney's push service, a process whose replies take 200 ms."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LATENCY_SECONDS = 0.2
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one kept-alive connection: a login at once, anything else after the latency."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        length = LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b"{}"
        if b"/login" in head.partition(b"\r\n")[0]:
            said: dict[str, object] = {"statut": {"code": "2000"}, "data": {"token": "opaque"}}
        else:
            await asyncio.sleep(LATENCY_SECONDS)
            said = {"code": "2000", "message": "en cours", "idRequete": json.loads(body).get("idRequete")}
        content = json.dumps(said).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
        )
        writer.write(content)


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextmanager
def slow_operator() -> Iterator[int]:
    """Run it during the body; give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.operator"], stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve())
