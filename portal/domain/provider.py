"""The room of the contract with operators: what a provider is asked, and the closed set of its answers.

A provider turns our intent into its operator's request and the operator's words into our events. It knows no
rows, no pages, no Flask. There is no "paid" among the outcomes of `start`: only an authentic word settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from portal.domain.charge import (
    Account,
    Charge,
    Inquiry,
    Payout,
    RawNotification,
    ReturnUrls,
)
from portal.domain.declared import (
    Credential,
    Endpoint,
    Limits,
    Mode,
    PhoneUse,
    Prompt,
)
from portal.domain.money import Money
from portal.domain.outcome import (
    Acknowledgement,
    Answered,
    AwaitApproval,
    Claim,
    Disbursed,
    Hearsay,
    NeverOffered,
    NotConfigured,
    NothingKnown,
    Notice,
    NotificationRejected,
    NoWord,
    Outcome,
    PostForm,
    Redirect,
    RefundAnswered,
    RefundNotice,
    RefundWord,
    Refused,
    Said,
    Unanswered,
    Verdict,
    Word,
)

__all__ = [
    "Account",
    "Acknowledgement",
    "Answered",
    "AwaitApproval",
    "CanAsk",
    "CanAskAboutPayout",
    "CanDisburse",
    "Charge",
    "Claim",
    "Credential",
    "Disbursed",
    "Endpoint",
    "Hearsay",
    "Inquiry",
    "Limits",
    "Mode",
    "NeverOffered",
    "NoWord",
    "NotConfigured",
    "NothingKnown",
    "Notice",
    "NotificationRejected",
    "Outcome",
    "Payout",
    "PhoneUse",
    "PostForm",
    "Prompt",
    "Provider",
    "RawNotification",
    "Redirect",
    "RefundAnswered",
    "RefundNotice",
    "RefundWord",
    "Refused",
    "ReturnUrls",
    "Said",
    "Unanswered",
    "Verdict",
    "Word",
]


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
