"""The room of shops' answers as they arrive: HTTP/1.1 read piece by piece, strictly, and no more kept than is shown.

A status counts once the whole head is there. What is wrong after that costs the connection, not the status: the shop
has said whether it took the event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

KEPT = 2048
"""Bytes of the shop's answer."""
LONGEST_HEAD = 16 * 1024
LONGEST_LINE = 1024
"""Of those between chunks."""
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n\0]*)?")
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LENGTH = re.compile(rb"[0-9]{1,15}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
FINAL, SWITCHING, NO_CONTENT, NOT_MODIFIED = 200, 101, 204, 304


class Unreadable(Exception):
    """What came is no HTTP/1.1 answer."""


class _Next(Enum):
    """What follows in a body of chunks."""

    SIZE = 1
    LINE_END = 2
    TRAILER = 3


class Reading:
    """One answer. `status` is None until its head is whole; `over`: all of it, or all that we want, has come.

    `reusable`: it ended where it said it would, so that the connection can bear another request.
    """

    def __init__(self) -> None:
        """Wait for a head."""
        self.status: int | None = None
        self.body = b""
        self.over = self.reusable = self.begun = False
        self._received = b""
        self._interim = 0
        self._stays = False
        self._left: int | None = (
            None  # bytes to come, of the body or of a chunk; None: until the connection ends
        )
        self._next: _Next | None = None

    def feed(self, data: bytes) -> None:
        """Take what came; raise Unreadable where it is no answer."""
        self.begun = True
        self._received += data
        while self.status is None:
            if not self._head():
                return
        if self._next is not None:
            self._chunks()
        else:
            self._plain()

    def cut(self) -> None:
        """Learn that nothing more comes; raise Unreadable where the head was not whole."""
        if self.status is None:
            raise Unreadable
        self.over, self.reusable = True, False

    def _head(self) -> bool:
        """Read a head, or one that comes before it (1xx); False where it is not whole yet."""
        end = self._received.find(b"\r\n\r\n")
        if self._interim + (len(self._received) if end < 0 else end) > LONGEST_HEAD:
            raise Unreadable
        if end < 0:
            return False
        first, *lines = self._received[:end].split(b"\r\n")
        self._received = self._received[end + 4 :]
        said, headers = STATUS_LINE.fullmatch(first), _headers(lines)
        if said is None or int(said[2]) == SWITCHING:
            raise Unreadable
        if int(said[2]) < FINAL:
            self._interim += end + 4
            return True
        self.status = int(said[2])
        self._frame(self.status, headers)
        self._stays = said[1] == b"1" and b"close" not in b",".join(headers.get(b"connection", ()))
        return True

    def _frame(self, status: int, headers: Mapping[bytes, list[bytes]]) -> None:
        """Find out where the body ends (RFC 9112, 6.3); where that cannot be told, with the connection."""
        coding, lengths = headers.get(b"transfer-encoding"), headers.get(b"content-length", [])
        if status in (NO_CONTENT, NOT_MODIFIED):
            self._left = 0
        elif coding is not None:
            # With a length beside it, somebody on the way may have read it differently.
            if coding == [b"chunked"] and not lengths:
                self._left, self._next = 0, _Next.SIZE
        elif len(set(lengths)) == 1 and LENGTH.fullmatch(lengths[0]):
            self._left = int(lengths[0])

    def _plain(self) -> None:
        self._take()
        if self._left == 0:
            self.over, self.reusable = True, self._stays and not self._received
        elif len(self.body) == KEPT:
            self.over = True

    def _chunks(self) -> None:
        while not self.over:
            if self._left:
                self._take()
                if len(self.body) == KEPT:
                    self.over = True  # whatever else there is, is not waited for
                if self._left:
                    return
            line, found, rest = self._received.partition(b"\r\n")
            if not found and len(line) <= LONGEST_LINE:
                return
            self._received = rest
            self._line(line, is_whole=bool(found))

    def _line(self, line: bytes, *, is_whole: bool) -> None:
        """Read a line between chunks; one that cannot be read ends what is known of the body."""
        size = CHUNK.fullmatch(line) if self._next is _Next.SIZE else None
        if (
            not is_whole
            or (self._next is _Next.SIZE and size is None)
            or (self._next is _Next.LINE_END and line)
        ):
            self.over = True
        elif self._next is _Next.TRAILER:
            if not line:
                self.over, self.reusable = True, self._stays and not self._received
        elif size is None:
            self._next = _Next.SIZE
        else:
            self._left = int(size[1], 16)
            self._next = _Next.LINE_END if self._left else _Next.TRAILER

    def _take(self) -> None:
        """Take of what came what belongs to the body, or to the chunk; keep of it what is shown."""
        taken = self._received if self._left is None else self._received[: self._left]
        self._received = self._received[len(taken) :]
        if self._left is not None:
            self._left -= len(taken)
        self.body += taken[: KEPT - len(self.body)]


def _headers(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    """Return the values by name, in small letters; raise Unreadable."""
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not NAME.fullmatch(name) or any(one in value for one in b"\r\n\0"):
            raise Unreadable
        found.setdefault(name.lower(), []).append(value.strip(b" \t").lower())
    return found
