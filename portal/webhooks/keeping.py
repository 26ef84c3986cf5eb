"""The room of kept connections: each leads to an address that was checked, and waits for the next request to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from selectors import BaseSelector

from portal.webhooks.talking import READ, Line, Place

MOST = 256


@dataclass
class Kept:
    """Connections that bear no request just now; those whose place was used longest ago go first."""

    selector: BaseSelector
    _lines: dict[Place, list[Line]] = field(default_factory=dict)
    _number: int = 0

    def take(self, place: Place) -> Line | None:
        """Return one that leads there and is still open, if there is one."""
        lines = self._lines.get(place)
        while lines:
            line = lines[-1]
            self._remove(line)
            if line.is_quiet():
                return line
            self._end(line)
        return None

    def keep(self, line: Line) -> None:
        """Keep it; it is listened to, so that we learn when the other side ends it."""
        if line.events != READ:
            self.selector.modify(line.sock, READ, line)
            line.events = READ
        # Taken out and put in again: the dictionary's order is that of use.
        self._lines[line.place] = [*self._lines.pop(line.place, ()), line]
        self._number += 1
        if self._number > MOST:
            oldest = next(iter(self._lines.values()))[0]
            self._remove(oldest)
            self._end(oldest)

    def hears(self, line: Line) -> None:
        """Let go of one whose other side has ended it, or speaks unasked."""
        if not line.is_quiet() and line in self._lines.get(line.place, ()):
            self._remove(line)
            self._end(line)

    def end(self) -> None:
        """End them all."""
        for line in [line for lines in self._lines.values() for line in lines]:
            self._remove(line)
            self._end(line)

    def _remove(self, line: Line) -> None:
        lines = self._lines[line.place]
        lines.remove(line)
        self._number -= 1
        if not lines:
            del self._lines[line.place]

    def _end(self, line: Line) -> None:
        with suppress(KeyError, ValueError):
            self.selector.unregister(line.sock)
        line.close()
