"""The room of what a provider is given: the merchant's account, our intent, our question, a raw notification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.declared import Mode
from portal.domain.money import Money


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
