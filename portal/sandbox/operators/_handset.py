"""What the push operators share: they ask on the handset, the customer acts, the merchant is called back."""

from collections.abc import Callable
from enum import Enum, auto
from threading import Lock
from typing import Generic

from portal.sandbox.bounded import Bounded
from portal.sandbox.journal import Entry
from portal.sandbox.ledger import Movement
from portal.sandbox.operators._handset_callbacks import Heard, forged_steps, true_steps
from portal.sandbox.operators._handset_push import Push, State, ended, seconds_until_end
from portal.sandbox.operators._handset_settings import AnyHandset
from portal.sandbox.outgoing import Call
from portal.sandbox.recording import lose_reply
from portal.sandbox.scenarios import Ending
from portal.sandbox.settings import Section
from portal.sandbox.world import World

PUSHES_KEPT = 20_000

Writing = Callable[[Push, str, AnyHandset], Call]


class Taken(Enum):
    """Whether a request was accepted."""

    ACCEPTED = auto()
    KNOWN = auto()
    BUSY = auto()


class Handset(Generic[AnyHandset]):
    """An operator's memory of its requests, and its hands."""

    def __init__(
        self, name: str, world: World, settings: Section[AnyHandset], write: Writing[AnyHandset], heard: Heard
    ) -> None:
        """Start with an empty memory; `write` makes the callback (push, URL, settings) in which a push is told."""
        self._name = name
        self._world = world
        self._settings = settings
        self._write = write
        self._heard = heard
        self._lock = Lock()
        self._pushes: Bounded[Push] = Bounded(PUSHES_KEPT)
        self._latest: Bounded[str] = Bounded(PUSHES_KEPT)

    def find(self, account: str, reference: str) -> Push | None:
        """Return an account's request as it stands."""
        return self._pushes.get(_key(account, reference))

    def take(self, push: Push, *, one_at_a_time: bool = False, at_once: bool = False) -> Taken:
        """Accept a request and set going what its phone decides.

        Only the first of a reference is accepted and, with `one_at_a_time`, none while the account's last
        one to that phone waits. `at_once` ends it before returning.
        """
        taken = self._remember(push, one_at_a_time=one_at_a_time)
        if taken is Taken.ACCEPTED:
            self._begin(push, at_once=at_once)
        return taken

    def _remember(self, push: Push, *, one_at_a_time: bool) -> Taken:
        key, phone = _key(push.account, push.reference), _key(push.account, push.phone)
        with self._lock:
            if self._pushes.get(key):
                return Taken.KNOWN
            before = self._pushes.get(self._latest.get(phone) or "")
            if one_at_a_time and before and before.state is State.WAITING:
                return Taken.BUSY
            self._pushes.put(key, push)
            self._latest.put(phone, key)
            return Taken.ACCEPTED

    def _begin(self, push: Push, *, at_once: bool) -> None:
        settings, now = self._settings.now, self._world.clock()
        if push.ending is Ending.REPLY_LOST:
            lose_reply()
        if push.ending is Ending.FORGED_FIRST and self._url(push):
            self._world.outgoing.send(forged_steps(push, self._letter, now, settings))
        if at_once or push.ending is Ending.EARLY:
            self._end(push)
        else:
            self._world.later(seconds_until_end(push, settings), lambda: self._end(push))

    def _end(self, push: Push) -> None:
        now = self._world.clock()

        def step(before: Push) -> tuple[Push, tuple[Push, bool]]:
            after = ended(before, now)
            return after, (after, after is not before)

        after, changed = self._pushes.change(_key(push.account, push.reference), step) or (push, False)
        if not changed:
            return
        if after.state is State.DONE:
            self._world.ledger.record(self._movement(after))
        self._tell(after)

    def _tell(self, push: Push) -> None:
        if not self._url(push):
            self._world.journal.record(self._unsent(push))
            return
        steps = true_steps(push, self._letter, self._heard, self._settings.now)
        if push.ending is Ending.EARLY:
            self._world.outgoing.send_at_once(steps)
        else:
            self._world.outgoing.send(steps)

    def _letter(self, push: Push) -> Call:
        return self._write(push, self._url(push), self._settings.now)

    def _url(self, push: Push) -> str:
        if push.account:
            return f"{self._world.config.portal_url}/notify/{self._name}/{push.account}"
        return self._settings.now.notify_url

    def _movement(self, push: Push) -> Movement:
        return Movement(
            operator=self._name,
            account=push.account,
            reference=push.reference,
            kind=push.kind,
            amount=push.moved,
            fee=self._settings.now.fee,
            payer=push.phone,
            payment_reference=push.payment,
        )

    def _unsent(self, push: Push) -> Entry:
        note = "not sent: the bare path has no account, and the setting notify_url is empty"
        return Entry(self._name, "out", "POST", "", "", None, reference=push.reference, note=note)


def _key(account: str, reference: str) -> str:
    return f"{account}/{reference}"
