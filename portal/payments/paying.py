"""The room of starting a payment: intent committed, operator asked with no transaction open, outcome applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from sqlalchemy import and_, bindparam, select

from portal import db
from portal.clock import Clock
from portal.domain.events import Accepted, AttemptEvent, Failed, FailureCode, Unheard
from portal.domain.money import Money
from portal.domain.provider import (
    AwaitApproval,
    CanAsk,
    Charge,
    NeverOffered,
    Outcome,
    PhoneUse,
    PostForm,
    Provider,
    Redirect,
    Refused,
    ReturnUrls,
    Unanswered,
)
from portal.merchants.accounts import BESIDE, Connected, Directory
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments import lifecycle
from portal.payments.calls import Calls, heard
from portal.payments.checkout import may_start
from portal.payments.intents import NewAttempt
from portal.payments.ledger import Source
from portal.payments.lifecycle_writes import Brought
from portal.payments.models import Order

_CHOSEN = (
    select(
        Order.id, Order.public_id, Order.amount, Order.currency, Order.reference, Order.description,
        Merchant.name.label("merchant_name"), may_start().label("may_start"), *BESIDE,
    )
    .join(Merchant, Merchant.id == Order.merchant_id)
    .outerjoin(
        OperatorAccount,
        and_(
            OperatorAccount.merchant_id == Order.merchant_id,
            OperatorAccount.mode == Order.mode,
            OperatorAccount.operator == bindparam("operator"),
            OperatorAccount.enabled,
        ),
    )
    .where(Order.token == bindparam("token"))
)  # fmt: skip
"""The order with its merchant's name, whether anything new may be started, and the account with the chosen operator."""


class NotOffered(Exception):
    """The merchant does not offer that operator for this order."""


def takes(provider: Provider, money: Money) -> bool:
    """Say whether the operator takes that amount of that currency."""
    return money.currency in provider.currencies and provider.limits.allow(money)


@dataclass(frozen=True)
class Choice:
    """What a shopper chose: by which operator to pay the order of that token.

    `phone` is E.164, for an operator that wants one.
    """

    token: str
    operator: str
    language: str
    phone: str | None = None


def pay(clock: Clock, directory: Directory, calls: Calls, choice: Choice) -> dict[str, Any]:
    """Start a payment of the order with the operator, or meet the one under way; return the attempt's columns.

    Raises lifecycle.UnknownOrder, lifecycle.NotPossible, NotOffered, and calls.Busy. No transaction is open while the
    operator is asked: our connections must not wait on its speed. Of a slow one the reply may come after this returns.
    """
    provider = directory.providers.get(choice.operator)
    if provider is None:
        raise NotOffered(choice.operator)
    met: list[dict[str, Any]] = []

    def begin() -> Callable[[], None] | None:
        order, account, attempt, is_new = db.repeated_once(lambda: _begin(clock, directory, provider, choice))
        met.append(attempt)
        if not is_new:
            return None
        return lambda: _call(clock, provider, account.id, _charge(directory, order, account, attempt))

    calls.run(choice.operator, begin)
    return met[0]


def _call(clock: Clock, provider: Provider, account_id: int, charge: Charge) -> None:
    """Ask the operator, and apply its outcome."""
    outcome: Outcome = heard(provider.slug, lambda: provider.start(charge), provider.when_silent)
    event, brought = read_outcome(outcome, provider)
    source = Source("reply", _detail(outcome))

    def conclude() -> None:
        with db.writing() as tx:
            lifecycle.apply(tx, clock, account_id, charge.reference, event, source=source, brought=brought)

    db.insisted(conclude)


def _begin(
    clock: Clock, directory: Directory, provider: Provider, choice: Choice
) -> tuple[Mapping[Any, Any], Connected, dict[str, Any], bool]:
    with db.writing() as tx:
        order = tx.execute(_CHOSEN, {"token": choice.token, "operator": provider.slug}).mappings().first()
        if order is None:
            raise lifecycle.UnknownOrder(choice.token)
        is_taken = takes(provider, Money(order["amount"], order["currency"]))
        if not order["may_start"] or order["account_id"] is None or not is_taken:
            raise NotOffered(provider.slug)
        account = directory.account_beside(order)
        new = NewAttempt(
            account_id=account.id,
            operator=provider.slug,
            language=choice.language,
            phone=choice.phone if provider.phone is not PhoneUse.NONE else None,
            asks=isinstance(provider, CanAsk),
        )
        attempt, is_new = lifecycle.start(tx, clock, order["id"], new)
    return order, account, attempt, is_new


def _charge(
    directory: Directory, order: Mapping[Any, Any], account: Connected, attempt: dict[str, Any]
) -> Charge:
    back = f"{directory.settings.public_url}/return/{attempt['token']}"
    return Charge(
        reference=attempt["reference"],
        money=Money(attempt["amount"], attempt["currency"]),
        account=account,
        brand=order["merchant_name"],
        description=order["description"] or order["reference"],
        language=attempt["language"],
        returns=ReturnUrls(f"{back}/accept", f"{back}/decline", f"{back}/cancel"),
        phone=attempt["phone"],
        notify_url=account.notify_url,
        text=f"{order['merchant_name']} · {order['public_id']}",
    )


def read_outcome(outcome: Outcome, provider: Provider) -> tuple[AttemptEvent, Brought | None]:
    """Return the event that an outcome is, and what it brings with it."""
    match outcome:
        case PostForm(url, fields, opens):
            page = {"kind": "post_form", "url": url, "fields": dict(fields)}
            return Accepted(), Brought(None, page | _lifetime(opens), provider.guard)
        case Redirect(url, opens, handle):
            page = {"kind": "redirect", "url": url}
            return Accepted(), Brought(handle, page | _lifetime(opens), provider.guard)
        case AwaitApproval(handle):
            return Accepted(), Brought(handle)
        case Refused(code, _):
            return Failed(code), None
        case NeverOffered():
            return Failed(FailureCode.NOT_STARTED), None
        case Unanswered():
            return Unheard(), None
        case _:
            assert_never(outcome)


def _lifetime(opens: timedelta | None) -> dict[str, int]:
    return {"opens_seconds": int(opens.total_seconds())} if opens else {}


def _detail(outcome: Outcome) -> str | None:
    detail = getattr(outcome, "detail", None)
    return detail[:80] if detail else None
