"""How a twin calls the portal: over HTTP, from a chosen address, again until it is heard, all journalled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from portal.sandbox.alarm import Later
from portal.sandbox.journal import Entry, Journal, showable_body, showable_url

ANSWER_CHARACTERS = 4_000


@dataclass(frozen=True)
class Call:
    """One request of a twin. `source` is the TCP address to bind to; empty lets the system choose."""

    operator: str
    method: str
    url: str
    reference: str
    body: str = ""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    source: str = ""
    timeout: float = 10.0


@dataclass(frozen=True)
class Answer:
    """What came back; `status` is None when nothing did, and `note` says why."""

    status: int | None
    content_type: str = ""
    body: str = ""
    note: str = ""

    @property
    def heard(self) -> bool:
        """Tell whether the other side has taken note: any 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the 2xx themselves


class Caller(Protocol):
    """Makes one call and returns its answer; never raises for the other side's or the network's fault."""

    def __call__(self, call: Call) -> Answer:
        """Send it."""


def any_2xx(answer: Answer) -> bool:
    """Be the usual rule for when the other side has taken note."""
    return answer.heard


@dataclass(frozen=True)
class Step:
    """A call and the seconds to wait before each of its tries; an answer that is `heard` ends them."""

    call: Call
    waits: tuple[float, ...] = field(default=(0.0,))
    # A 2xx is not enough for every operator: TMoney wants to read that the callback was executed.
    heard: Callable[[Answer], bool] = any_2xx


class Outgoing:
    """Sends steps one after another; what failed is tried again beside the next ones."""

    def __init__(self, caller: Caller, later: Later, journal: Journal) -> None:
        """Use these to call, to wait and to write down."""
        self._caller = caller
        self._later = later
        self._journal = journal

    def send(self, steps: Sequence[Step]) -> None:
        """Send in the background: each step waits for the first try of the one before it."""
        if not steps:
            return
        first, rest = steps[0], steps[1:]

        def run() -> None:
            self._attempt(first, 0)
            self.send(rest)

        self._later(first.waits[0], run)

    def send_at_once(self, steps: Sequence[Step]) -> None:
        """Send in the caller's thread, without the first waits; only second tries go to the background."""
        for step in steps:
            self._attempt(step, 0)

    def _attempt(self, step: Step, tried: int) -> None:
        answer = self._caller(step.call)
        self._journal.record(_entry(step.call, answer))
        following = tried + 1
        if step.heard(answer) or following == len(step.waits):
            return
        self._later(step.waits[following], _task(self._attempt, step, following))


def _task(attempt: Callable[[Step, int], None], step: Step, tried: int) -> Callable[[], None]:
    return lambda: attempt(step, tried)


def _entry(call: Call, answer: Answer) -> Entry:
    return Entry(
        operator=call.operator,
        direction="out",
        method=call.method,
        url=showable_url(call.url),
        address=call.source,
        status=answer.status,
        body=showable_body(call.content_type, call.body),
        reply=showable_body(answer.content_type, answer.body),
        reference=call.reference,
        note=answer.note,
    )


class _BoundTo(HTTPAdapter):
    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


def call_over_http(call: Call) -> Answer:
    """Be the real `Caller`: no proxy, no redirects, no cookies."""
    with requests.Session() as session:
        session.trust_env = False
        if call.source:
            session.mount(f"{urlsplit(call.url).scheme}://", _BoundTo(call.source))
        headers = dict(call.headers) | ({"Content-Type": call.content_type} if call.content_type else {})
        try:
            response = session.request(
                call.method,
                call.url,
                data=call.body.encode() or None,
                headers=headers,
                timeout=call.timeout,
                allow_redirects=False,
            )
        except (OSError, ValueError) as problem:
            return Answer(None, note=f"no answer: {type(problem).__name__}")
        kind = response.headers.get("Content-Type", "")
        return Answer(response.status_code, kind, response.text[:ANSWER_CHARACTERS])
