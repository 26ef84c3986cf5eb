"""The room of lookups: where a claimed delivery leads now, asked once for all that wait for the same answer.

A name is looked up in a thread of its own: DNS may take its time, and only those who asked for that name wait for it.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from portal.security.outbound import Refused, Target
from portal.webhooks.claiming import Parcel

log = structlog.get_logger("webhooks")

AT_ONCE = 32
Check = Callable[[str, str], Target]
"""Gives the checked address of a URL in a mode; raises Refused."""
Sign = Callable[[Parcel, bytes], Mapping[str, str]]
"""Gives the headers of a try that begins now."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claim with what is posted."""

    parcel: Parcel
    body: bytes
    sign: Sign


class Lookups:
    """Used by one thread; `ring` is called by others when there is something to be found."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """Ask nobody yet."""
        self.threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup")
        self._ring = ring
        self._waiting: dict[tuple[str, str], list[Letter]] = {}
        self._answers: deque[tuple[tuple[str, str], Target | Refused]] = deque()

    def ask(self, letter: Letter, check: Check) -> None:
        """Find out where the letter leads."""
        place = letter.parcel.url, letter.parcel.mode
        if place in self._waiting:
            self._waiting[place].append(letter)
            return
        self._waiting[place] = [letter]
        if _is_address(place[0]):
            self._answers.append((place, _answer(check, place)))
        else:
            self.threads.submit(self._look_up, check, place)

    def found(self) -> Iterator[tuple[Letter, Target | Refused]]:
        """Give the letters of which it is known now."""
        while self._answers:
            place, answer = self._answers.popleft()
            for letter in self._waiting.pop(place):
                yield letter, answer

    def _look_up(self, check: Check, place: tuple[str, str]) -> None:
        self._answers.append((place, _answer(check, place)))
        self._ring()


def _answer(check: Check, place: tuple[str, str]) -> Target | Refused:
    try:
        return check(*place)
    except Refused as refused:
        return refused
    except Exception:  # whatever a resolver does must not keep those waiting who asked it
        log.exception("lookup failed")
        return Refused("unresolved")


def _is_address(url: str) -> bool:
    """Say whether the URL names an address, which nobody needs to be asked about."""
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True
