"""The room of shops that are told: one process, a path for every way to answer, and a line for everything that came."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from config import ROOT
from tests.kills.crew import a_process

SLOW_SECONDS = 3.0
NEVER = 3600.0
ANSWERS: Mapping[str, tuple[float, bytes]] = {
    "healthy": (0.0, b"200 OK"),
    "hangs": (NEVER, b"200 OK"),
    "fails": (0.0, b"500 Internal Server Error"),
    "is slow": (SLOW_SECONDS, b"200 OK"),
    "is gone": (0.0, b"410 Gone"),
    "redirects": (0.0, b"302 Found\r\nLocation: /healthy"),
}
"""By the first part of the path: how long it takes, and what is said then."""
SICK = tuple(name for name in ANSWERS if name != "healthy")


@dataclass(frozen=True)
class Arrival:
    """What came at a shop, and when (seconds since 1970)."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def event(self) -> str:
        return self.headers["webhook-id"]

    def require_signed_by(self, secret: str) -> None:
        """Raise WebhookVerificationError where it is not."""
        Webhook(secret).verify(self.body, dict(self.headers))


@dataclass
class Shops:
    """The shops' address, and what came there so far."""

    url: str
    lines: Path
    _arrivals: list[Arrival] = field(default_factory=list)
    _read: int = 0

    def arrivals(self, path: str = "") -> list[Arrival]:
        """Return what came, to that path or anywhere."""
        with self.lines.open() as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._arrivals.append(Arrival(**json.loads(line)))
                self._read = file.tell()
        return [one for one in self._arrivals if one.path == path or not path]


@contextmanager
def open_shops(folder: Path) -> Iterator[Shops]:
    """Run them during the body."""
    lines, said = folder / "arrivals", folder / "shops.log"
    lines.touch()
    with a_process(["-m", "tests.kills.shops", str(lines)], {"PYTHONPATH": str(ROOT)}, said) as process:
        port = process.await_line("listening on ")
        yield Shops(f"http://127.0.0.1:{port}", lines)


async def _serve(lines: Any) -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *rest = head.strip().split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
                }
                body = (await reader.readexactly(int(headers["content-length"]))).decode()
                path = first.split(" ")[1]
                came = {"at": time.time(), "path": path, "headers": headers, "body": body}
                lines.write(json.dumps(came) + "\n")
                lines.flush()
                seconds, said = ANSWERS[path.split("/")[1].replace("-", " ")]
                await asyncio.sleep(seconds)
                writer.write(b"HTTP/1.1 " + said + b"\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0, backlog=512)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - to whoever started us
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a") as file:
        asyncio.run(_serve(file))
