"""The room of what an operator declares of itself, as data: its form of credentials, addresses, limits, prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

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
