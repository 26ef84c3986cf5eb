"""The room of the contract with operators: what a provider is asked, and the closed set of its answers.

A provider turns our intent into its operator's request and the operator's words into our events. It knows no
rows, no pages, no Flask. There is no "paid" among the outcomes of `start`: only an authentic word settles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from portal.domain.events import AttemptEvent, FailureCode, RefundEvent
from portal.domain.money import Money


class Mode(StrEnum):
    """Test money or real money; nothing passes from one to the other."""

    TEST = "test"
    LIVE = "live"


class PhoneUse(StrEnum):
    """What the operator must be told of the shopper's number: nothing, a wallet of Togo, or any number."""

    NONE = "none"
    TOGO = "togo"
    ANY = "any"


# ---- what a provider declares, as data


@dataclass(frozen=True, slots=True)
class Credential:
    """One field of the credentials form: its name, its label in French, a pattern it must match in full.

    `test`: how a value for test mode is made, `#` standing for a random digit and `*` for a random letter or
    digit; empty: the sandbox takes none that we could make up. `choices`: the values that there are, with their
    labels, the first being the usual one. `hosts`: the value is an address that we call, and this names the
    platform's setting that lists the hosts where it may lead; `test` is then its path under the sandbox.
    """

    name: str
    label: str
    pattern: str
    hint: str = ""
    secret: bool = True
    test: str = ""
    choices: Sequence[tuple[str, str]] = ()
    hosts: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operator address: the platform's setting that holds it live, and its path under the sandbox in test."""

    setting: str
    path: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the greatest amount the operator takes, in whole units."""

    least: int
    most: int

    def allow(self, money: Money) -> bool:
        """Say whether the amount is within both, inclusive."""
        return self.least <= money.amount <= self.most


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the shopper's handset shows, in French with `%(price)s` and `%(name)s`, and for how long."""

    says: str
    lasts: timedelta


# ---- what a provider is given


class Account(Protocol):
    """A merchant's account with one operator, as a provider sees it."""

    @property
    def public_id(self) -> str:
        """The unguessable id that the notification address carries."""

    @property
    def mode(self) -> Mode:
        """Test or live."""

    @property
    def credentials(self) -> Mapping[str, str]:
        """The opened credentials, by the names that the provider declared."""

    def url(self, setting: str) -> str:
        """Return the operator's address for the named setting in this account's mode; raise NotConfigured."""

    def trusted(self, url: str, hosts: str) -> str:
        """Return the address, quoted, if it leads where the setting `hosts` allows; raise NotConfigured.

        In live that is https on a listed host, in test the sandbox.
        """

    def next_index(self) -> int:
        """Return the next number of this account's counter: it only grows, over all processes and hosts.

        Opens a writing step of its own, so never call it inside one.
        """


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """Where the browser comes back to."""

    accept: str
    decline: str
    cancel: str


@dataclass(frozen=True, slots=True)
class Charge:
    """Our intent: collect `money` under our own unique `reference`. `phone` is E.164 where the operator wants one.

    `notify_url` is where the operator's word is awaited, for those that are told with each charge.
    `description` is for the shopper's own records, `text` for the operator's page; empty: nothing to say.
    """

    reference: str
    money: Money
    account: Account
    brand: str
    description: str
    language: str
    returns: ReturnUrls
    phone: str | None = None
    text: str = ""
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Our question about an attempt or a payout. `handle`: the operator's own name for it, where it gave one."""

    reference: str
    money: Money
    account: Account
    handle: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """Our intent: send `money` to a wallet under our own unique `reference`.

    `phone` is E.164, `rail` the kind of wallet as the operator named it. `notify_url` carries a secret of this
    payout alone, for operators whose word about it could not be believed otherwise.
    """

    reference: str
    money: Money
    account: Account
    phone: str
    rail: str | None
    description: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification as received: nothing parsed but the query's pairs."""

    method: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


# ---- what a provider answers


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the shopper's browser there; `opens_within`: how long the page may still be opened (None: not known).

    `handle`: the operator's own name for the payment, by which it is asked later.
    """

    url: str
    opens_within: timedelta | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class PostForm:
    """Have the shopper's browser post these fields there, while the page may still be opened."""

    url: str
    fields: Mapping[str, str]
    opens_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AwaitApproval:
    """The shopper is asked on the handset. `handle`: the operator's own name for the payment."""

    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The operator read our request and said no: nothing was debited."""

    code: FailureCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NeverOffered:
    """The shopper never got a page on which to pay: nothing can be debited."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Our call itself can debit, and we do not know whether it did."""

    detail: str = ""


Outcome = Redirect | PostForm | AwaitApproval | Refused | NeverOffered | Unanswered


@dataclass(frozen=True, slots=True)
class Notice:
    """An authentic statement about the attempt of that reference: it may settle."""

    reference: str
    event: AttemptEvent


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """An authentic statement about the refund of that reference: it may settle."""

    reference: str
    event: RefundEvent


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about a refund, authentic if both the secret and the operator's handle are that refund's own."""

    secret: str
    handle: str
    event: RefundEvent


@dataclass(frozen=True, slots=True)
class Hearsay:
    """Anything else that names an attempt or a refund: it can only make us ask.

    Named by our `reference`, or by the operator's own `handle`, which it may tell before its reply tells us.
    """

    reference: str | None = None
    handle: str | None = None


Said = Notice | RefundNotice | Claim | Hearsay


@dataclass(frozen=True, slots=True)
class Answered:
    """What the operator says about the attempt we asked about."""

    event: AttemptEvent


@dataclass(frozen=True, slots=True)
class RefundAnswered:
    """What the operator says about the refund we asked about."""

    event: RefundEvent


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """The operator knows nothing of it (yet): no failure. `detail` for a person, without secrets."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class NoWord:
    """We were not answered, or not readably: nothing is known. `detail` for a person, without secrets."""

    detail: str = ""


Word = Answered | NothingKnown | NoWord
RefundWord = RefundAnswered | NothingKnown | NoWord


@dataclass(frozen=True, slots=True)
class Disbursed:
    """What came of sending a payout: Accepted, Refunded, RefundFailed, NotSent, or Unheard."""

    event: RefundEvent
    handle: str | None = None
    detail: str = ""


class NotificationRejected(Exception):
    """The notification cannot be read. The text says why, for the inbox; it holds no secret."""


class NotConfigured(Exception):
    """The platform has no (or a forbidden) address for this operator in this mode."""


class Verdict(StrEnum):
    """What became of a notification."""

    APPLIED = "applied"
    REPEATED = "repeated"
    STALE = "stale"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN_REFERENCE = "unknown_reference"
    HEARSAY = "hearsay"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer that the operator expects."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


@runtime_checkable
class Provider(Protocol):
    """One operator. Everything is declared; there is no default and no boolean to forget."""

    slug: str
    """In our addresses: `tmoney-online`."""
    name: str
    """As people know it today."""
    also_known_as: str
    """The name people may search for."""
    notify_method: str
    """The HTTP method of its notifications."""
    phone: PhoneUse
    """What it must be told of the shopper's number."""
    prompt: Prompt | None
    """What the shopper's handset shows, where the shopper is asked there."""
    by_hand: Sequence[str]
    """How a merchant sends money back without us, step by step, in French."""
    credentials: Sequence[Credential]
    endpoints: Sequence[Endpoint]
    currencies: frozenset[str]
    limits: Limits
    guard: timedelta | None
    """How long a hosted page may still be open after it was last handed out; None: until a final word."""
    when_silent: NeverOffered | Unanswered
    """What it means when our own process died before the operator's answer was recorded."""
    form_action: Sequence[str]
    """Names of the endpoints whose host the shopper's browser posts a form to."""

    def settles_by_notification(self, account: Account) -> bool:
        """Say whether a notification can settle by itself: then a list of addresses is mandatory."""

    def start(self, charge: Charge) -> Outcome:
        """Ask the operator to collect. Never raises for what the network or the operator does."""

    def read(self, raw: RawNotification, account: Account) -> Sequence[Said]:
        """Read a notification, purely; raise NotificationRejected where it cannot be read."""

    def acknowledge(self, verdict: Verdict, reason: str) -> Acknowledgement:
        """Return the answer that the operator expects for this verdict (`reason` where it was refused)."""


@runtime_checkable
class CanAsk(Protocol):
    """An operator that can be asked about a payment: the capability is the method."""

    def ask(self, inquiry: Inquiry) -> Word:
        """Ask what became of an attempt. Never raises for what the network or the operator does."""


@runtime_checkable
class CanDisburse(Protocol):
    """An operator through which money goes back to a wallet."""

    def reaches(self, phone: str, rail: str | None, money: Money) -> bool:
        """Say whether that sum can go to that wallet (E.164; the kind as the operator named it)."""

    def disburse(self, payout: Payout) -> Disbursed:
        """Send it, once. Never raises for what the network or the operator does."""


@runtime_checkable
class CanAskAboutPayout(Protocol):
    """An operator that can be asked about a payout."""

    def ask_payout(self, inquiry: Inquiry) -> RefundWord:
        """Ask what became of a payout. Never raises for what the network or the operator does."""
