"""The room of intents: what a merchant wants paid, and how a shopper wants to pay it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """What a merchant wants paid. Amounts in whole units; `lasts`: how long it may be paid.

    `site`: the origin of the store's site that opens the checkout in a window and is told of the end.
    """

    merchant_id: int
    mode: str
    money: Money
    reference: str
    source: str
    lasts: timedelta
    description: str = ""
    customer: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    site: str | None = None
    link_id: int | None = None
    once: str | None = None
    reference_verified: bool = True


@dataclass(frozen=True, kw_only=True)
class NewAttempt:
    """One try: with which account, by which operator, in which language the shopper reads.

    `phone`: the wallet to ask, as E.164. `asks`: the operator can be asked what became of it.
    """

    account_id: int
    operator: str
    language: str
    phone: str | None = None
    asks: bool = False


@dataclass(frozen=True, kw_only=True)
class NewRefund:
    """Money to send back, in whole units of the payment's currency; `amount` None: all that is left of it.

    `attempt_id` None: the payment that the amount fits. `review_id`: the review item that it is to settle.
    `once`: hash of what makes a repeated form the same refund. `believed`: how much whoever asks believes may be sent
    back of the order.
    """

    amount: int | None = None
    attempt_id: int | None = None
    review_id: int | None = None
    reason: str = ""
    believed: int | None = None
    once: str | None = None
