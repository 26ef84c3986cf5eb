"""The room of posting to shops: many at once in one thread, each to its checked address, within ten seconds.

A shop that is slow keeps nobody waiting: no call here waits for one. Names are looked up in threads of their own, once
for all that is handed over together; redirects lead nowhere.
"""

from __future__ import annotations

import selectors
import socket
import time
import weakref
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from ssl import SSLError

import structlog

from portal.domain.declared import Mode
from portal.security import outbound
from portal.security.outbound import Refused, Resolver, Target, system_resolver
from portal.webhooks.answers import Reading, Unreadable
from portal.webhooks.claiming import LEASE, Parcel
from portal.webhooks.keeping import Kept
from portal.webhooks.looking_up import Letter, Lookups
from portal.webhooks.talking import READ, Line, place

log = structlog.get_logger("webhooks")

WHOLE_SECONDS = 10.0
MARGIN_SECONDS = 5.0
"""Of a lease: a try that could not be recorded within it is not begun (DNS and our own queue may take their time)."""
OF_ONE = 16
"""Connections to one endpoint at once."""
REFUSALS = {
    "malformed": "the address cannot be read",
    "not_https": "the address must begin with https://",
    "user_info": "the address holds a user name",
    "unresolved": "the host name has no address",
    "private": "the address is not a public one",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: the HTTP status, or None and why there is none (`error`)."""

    status: int | None
    error: str | None
    milliseconds: int
    body: bytes = b""


Finished = tuple[Parcel, Answer | None]
"""A claim, and what came of it; None where nothing was tried, and its lease is to end."""


@dataclass(slots=True, eq=False)
class _Try:
    """One try under way."""

    parcel: Parcel
    request: bytes
    began: float
    line: Line
    reading: Reading = field(default_factory=Reading)
    talk: Iterator[int] = field(init=False)
    over: bool = False

    def __post_init__(self) -> None:
        """Make ready to talk."""
        self.talk = self.line.talk(self.request, self.reading)


@dataclass
class Poster:
    """Posts what it is given; `finished` holds what came of it. One thread steps, any thread gives.

    `resolver` asks DNS. In test mode http is allowed beside https; `allow_private`: addresses that are not public too.
    """

    allow_private: bool = False
    resolver: Resolver = system_resolver
    whole_seconds: float = WHOLE_SECONDS
    finished: SimpleQueue[Finished] = field(default_factory=SimpleQueue, repr=False)

    def __post_init__(self) -> None:
        """Make ready to step."""
        self._selector = selectors.DefaultSelector()
        self._bell, self._waker = socket.socketpair()
        for end in (self._bell, self._waker):
            end.settimeout(0)
        self._selector.register(self._bell, READ)
        self._given: deque[Letter] = deque()
        self._lookups = Lookups(self._ring)
        self._waiting: defaultdict[int, deque[tuple[Letter, Target]]] = defaultdict(deque)
        self._busy: Counter[int] = Counter()
        self._on: dict[Line, _Try] = {}
        self._oldest: deque[_Try] = deque()
        self._kept = Kept(self._selector)
        self._closing = False
        held = self._lookups.threads, self._kept, self._selector, (self._bell, self._waker)
        self._let_go = weakref.finalize(self, _let_go, *held)

    def give(self, letters: Sequence[Letter]) -> None:
        """Hand over what is to be tried."""
        if letters:
            self._given.extend(letters)
            self._ring()

    def close(self) -> None:
        """Begin nothing more; what is under way may end."""
        self._closing = True
        self._ring()

    def end(self) -> None:
        """Let go of everything; to be called when nothing is under way. Forgotten, it does so by itself."""
        self._let_go()

    def step(self, most_seconds: float) -> None:
        """Do what can be done without waiting; wait up to that long for something to do."""
        while self._given:
            self._lookups.ask(self._given.popleft(), self._target)
        self._begin_found()
        left = most_seconds
        if self._oldest:
            left = min(left, max(0.0, self._oldest[0].began + self.whole_seconds - time.monotonic()))
        for key, _ in self._selector.select(left):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._bell.recv(4096)
            elif (under_way := self._on.get(key.data)) is not None:
                self._go_on(under_way)
            else:
                self._kept.hears(key.data)
        self._cut_late()

    def _ring(self) -> None:
        with suppress(BlockingIOError):
            self._waker.send(b"\0")

    def _target(self, url: str, mode: str) -> Target:
        return outbound.target(
            url, plain=mode == Mode.TEST, allow_private=self.allow_private, resolver=self.resolver
        )

    def _begin_found(self) -> None:
        for letter, target in self._lookups.found():
            endpoint = letter.parcel.endpoint_id
            if isinstance(target, Refused):
                self.finished.put((letter.parcel, Answer(None, REFUSALS[target.code], 0)))
            elif self._busy[endpoint] < OF_ONE:
                self._begin(letter, target)
            else:
                self._waiting[endpoint].append((letter, target))

    def _begin(self, letter: Letter, target: Target) -> None:
        parcel, now = letter.parcel, time.monotonic()
        left = LEASE.total_seconds() - (now - parcel.claimed)
        if self._closing or left < self.whole_seconds + MARGIN_SECONDS:
            self.finished.put((parcel, None))
            return
        try:
            request = _request(target, letter.body, letter.sign(parcel, letter.body))
            line = self._kept.take(place(target)) or Line(place(target))
        except OSError as error:
            self.finished.put((parcel, Answer(None, _why(error), _since(now))))
        except Exception:  # its lease ends, and it is tried again
            log.exception("delivery failed on our side", delivery=parcel.delivery_id)
            self.finished.put((parcel, None))
        else:
            self._busy[parcel.endpoint_id] += 1
            under_way = _Try(parcel, request, now, line)
            self._oldest.append(under_way)
            self._go_on(under_way)

    # ---- a try

    def _go_on(self, one: _Try) -> None:
        try:
            events = next(one.talk)
        except StopIteration:
            self._end(one, Answer(one.reading.status, None, _since(one.began), one.reading.body))
        except (OSError, Unreadable) as error:
            self._broke(one, error)
        else:
            line = one.line
            if line not in self._on:
                self._on[line] = one
                if line.used <= 1:
                    self._selector.register(line.sock, events, line)
            if line.events != events:
                self._selector.modify(line.sock, events, line)
            line.events = events

    def _broke(self, one: _Try, error: Exception) -> None:
        if one.reading.status is not None:  # it has said whether it took the event
            self._end(one, Answer(one.reading.status, None, _since(one.began), one.reading.body))
        elif one.line.used > 1 and not one.reading.begun:
            self._again(one)
        else:
            self._end(one, Answer(None, _why(error), _since(one.began)))

    def _again(self, one: _Try) -> None:
        """Try on a new connection: the one that was kept ended, as it may at any time, before a word was said."""
        self._drop(one.line)
        try:
            one.line = Line(one.line.place)
        except OSError as error:
            self._end(one, Answer(None, _why(error), _since(one.began)))
            return
        one.talk = one.line.talk(one.request, one.reading)
        self._go_on(one)

    def _cut_late(self) -> None:
        now = time.monotonic()
        while self._oldest and (self._oldest[0].over or self._oldest[0].began + self.whole_seconds <= now):
            one = self._oldest.popleft()
            if not one.over:
                status = one.reading.status
                error = None if status is not None else f"no answer within {self.whole_seconds:g} seconds"
                self._end(one, Answer(status, error, _since(one.began), one.reading.body))

    def _end(self, one: _Try, answer: Answer) -> None:
        one.over = True
        if one.reading.reusable:
            self._on.pop(one.line, None)
            self._kept.keep(one.line)
        else:
            self._drop(one.line)
        self.finished.put((one.parcel, answer))
        endpoint = one.parcel.endpoint_id
        self._busy[endpoint] -= 1
        waiting = self._waiting[endpoint]
        while waiting and self._busy[endpoint] < OF_ONE:
            self._begin(*waiting.popleft())
        if not waiting:
            self._waiting.pop(endpoint, None)
        if not self._busy[endpoint]:
            del self._busy[endpoint]

    def _drop(self, line: Line) -> None:
        self._on.pop(line, None)
        with suppress(KeyError, ValueError):
            self._selector.unregister(line.sock)
        line.close()


def _let_go(
    resolvers: ThreadPoolExecutor, kept: Kept, selector: selectors.BaseSelector, ends: Sequence[socket.socket]
) -> None:
    resolvers.shutdown(wait=False, cancel_futures=True)
    kept.end()
    selector.close()
    for end in ends:
        end.close()


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {target.path} HTTP/1.1\r\nHost: {target.authority}\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode("ascii") + body


def _why(error: Exception) -> str:
    """Return in a few words why there is no answer; nothing of the request stands in it."""
    if isinstance(error, SSLError):
        return "no trusted TLS connection"
    return f"no answer: {type(error).__name__}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
