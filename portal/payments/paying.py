"""The room of starting a payment: intent committed, operator asked with no transaction open, outcome applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy import Connection, select

from portal import db
from portal.clock import Clock
from portal.domain.events import Accepted, AttemptEvent, Failed, FailureCode, Unheard
from portal.domain.money import Money
from portal.domain.provider import (
    AwaitApproval,
    Charge,
    NeverOffered,
    Outcome,
    PostForm,
    Provider,
    Redirect,
    Refused,
    ReturnUrls,
    Unanswered,
)
from portal.merchants.accounts import Connected, Directory, enabled
from portal.merchants.models import Merchant
from portal.payments import lifecycle
from portal.payments.checkout import may_start
from portal.payments.intents import NewAttempt
from portal.payments.ledger import Source
from portal.payments.lifecycle_writes import HostedPage
from portal.payments.models import Order

log = structlog.get_logger("paying")


class NotOffered(Exception):
    """The merchant does not offer that operator for this order."""


def takes(provider: Provider, money: Money) -> bool:
    """Say whether the operator takes that amount of that currency."""
    return money.currency in provider.currencies and provider.limits.allow(money)


def pay(clock: Clock, directory: Directory, token: str, operator: str, language: str) -> dict[str, Any]:
    """Start a payment of the order with the operator, or meet the one under way; return the attempt's columns.

    Raises lifecycle.UnknownOrder, lifecycle.NotPossible, NotOffered. No transaction is open while the operator is
    asked: our connections must not wait on an operator's speed.
    """
    provider = directory.providers.get(operator)
    if provider is None:
        raise NotOffered(operator)
    order, account, attempt, is_new = db.repeated_once(
        lambda: _begin(clock, directory, token, provider, language)
    )
    if not is_new:
        return attempt
    outcome = _ask(provider, _charge(directory, order, account, attempt))
    event, hosted = read_outcome(outcome, provider)
    reference = attempt["reference"]

    def conclude() -> None:
        with db.writing() as tx:
            lifecycle.apply(
                tx,
                clock,
                account.id,
                reference,
                event,
                source=Source("reply", _detail(outcome)),
                hosted=hosted,
            )

    db.repeated_once(conclude)
    return attempt


def _begin(
    clock: Clock, directory: Directory, token: str, provider: Provider, language: str
) -> tuple[Mapping[Any, Any], Connected, dict[str, Any], bool]:
    with db.writing() as tx:
        order = _order(tx, token)
        if not order["may_start"]:
            raise NotOffered(provider.slug)
        account = next(
            (
                a
                for a in enabled(tx, directory, order["merchant_id"], order["mode"])
                if a.operator == provider.slug
            ),
            None,
        )
        if account is None or not takes(provider, Money(order["amount"], order["currency"])):
            raise NotOffered(provider.slug)
        new = NewAttempt(account_id=account.id, operator=provider.slug, language=language)
        attempt, is_new = lifecycle.start(tx, clock, order["id"], new)
    return order, account, attempt, is_new


def _order(tx: Connection, token: str) -> Mapping[Any, Any]:
    """Return the order with its merchant's name, and whether anything new may be started for it."""
    query = select(
        *Order.__table__.columns, Merchant.name.label("merchant_name"), may_start().label("may_start")
    )
    joined = query.join(Merchant, Merchant.id == Order.merchant_id).where(Order.token == token)
    order = tx.execute(joined).mappings().first()
    if order is None:
        raise lifecycle.UnknownOrder(token)
    return order


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
        text=f"{order['merchant_name']} · {order['public_id']}",
    )


def _ask(provider: Provider, charge: Charge) -> Outcome:
    """Ask the operator; a provider that crashes is as silent as an operator that does."""
    try:
        return provider.start(charge)
    except Exception:
        log.exception("provider crashed", operator=provider.slug)
        return provider.when_silent


def read_outcome(outcome: Outcome, provider: Provider) -> tuple[AttemptEvent, HostedPage | None]:
    """Return the event that an outcome is, and the page to hand out with it."""
    match outcome:
        case PostForm(url, fields, opens):
            page = {"kind": "post_form", "url": url, "fields": dict(fields)}
            return Accepted(), HostedPage(page | _lifetime(opens), provider.guard)
        case Redirect(url, opens):
            return Accepted(), HostedPage({"kind": "redirect", "url": url} | _lifetime(opens), provider.guard)
        case AwaitApproval():
            return Accepted(), None
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
