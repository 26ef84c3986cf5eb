"""The room of what a provider answers: a closed set of outcomes, statements and words, and none of them is a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from portal.domain.events import AttemptEvent, FailureCode, RefundEvent


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
