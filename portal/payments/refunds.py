"""The room of money on its way back: requested, sent at most once with no transaction open, asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from portal import db, leases
from portal.clock import Clock
from portal.domain.events import NotSent, Unheard
from portal.domain.money import Money
from portal.domain.provider import (
    CanAskAboutPayout,
    CanDisburse,
    Disbursed,
    Inquiry,
    NothingKnown,
    NoWord,
    Payout,
    RefundAnswered,
    RefundWord,
)
from portal.domain.states import RefundStatus
from portal.leases import Claim
from portal.merchants import accounts
from portal.merchants.accounts import Connected, Directory
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments import last_words, lifecycle_refunds
from portal.payments.calls import OUR_FAULT, heard
from portal.payments.intents import NewRefund
from portal.payments.ledger import Source
from portal.payments.models import Order
from portal.payments.refund_models import Refund
from portal.payments.schedule import LEASE
from portal.security import tokens

log = structlog.get_logger("refunds")

GIVEN_UP = timedelta(hours=24)
"""How long after a refund was sent its operator's word is awaited; then a person decides."""


def request(
    tx: Connection, clock: Clock, directory: Directory, order_id: int, new: NewRefund, *, source: Source
) -> dict[str, Any]:
    """Reserve the amount and return the new refund's columns; raise refundable.NotRefundable.

    It is sent by the worker where the operator can send it to the wallet that paid; else it is by hand.
    """

    def sends(attempt: Mapping[str, Any], money: Money) -> bool:
        provider: object = directory.providers.get(attempt["operator"])
        phone = attempt["phone"]
        return (
            isinstance(provider, CanDisburse)
            and bool(phone)
            and provider.reaches(phone, attempt["rail"], money)
        )

    return lifecycle_refunds.request(tx, clock, order_id, new, source=source, sends=sends)


def due(clock: Clock, most: int) -> list[Claim]:
    """Claim refunds that are to be sent, or asked about, now."""
    return leases.claim(clock, Refund, most=most, lasts=LEASE, whose=Refund.operator)


def go_on(clock: Clock, directory: Directory, claim: Claim) -> None:
    """Do what is next for the claimed refund: send it, conclude what a crash left behind, or ask about it."""
    row, account = _read(directory, claim.id)
    match RefundStatus(row["status"]):
        case RefundStatus.REQUESTED:
            _send(clock, directory, claim, row, account)
        case RefundStatus.SENDING if not row["answered"]:
            db.repeated_once(lambda: _apply(clock, claim.id, Disbursed(Unheard()), Source("clock")))
        case _:
            _ask(clock, directory, claim, row, account)


def _read(directory: Directory, refund_id: int) -> tuple[Mapping[Any, Any], Connected]:
    own = [column for name, column in Refund.__table__.columns.items() if name != "account_id"]
    query = (
        select(
            *own,
            *accounts.BESIDE,
            Order.reference.label("order_reference"),
            Merchant.name.label("merchant_name"),
        )
        .join(OperatorAccount, OperatorAccount.id == Refund.account_id)
        .join(Order, Order.id == Refund.order_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(Refund.id == refund_id)
    )
    with db.reading() as connection:
        row = connection.execute(query).mappings().one()
    return row, directory.account_beside(row)


def _send(
    clock: Clock, directory: Directory, claim: Claim, row: Mapping[Any, Any], account: Connected
) -> None:
    """Commit the intent, then ask the operator to pay, once: whatever becomes of us, nobody sends it again."""
    secret = tokens.capability()

    def begin() -> bool:
        with db.writing() as tx:
            return lifecycle_refunds.begin_sending(tx, clock, claim, secret) is not None

    if not db.repeated_once(begin):
        return
    provider: object = directory.providers.get(row["operator"])
    payout = Payout(
        reference=row["reference"],
        money=Money(row["amount"], row["currency"]),
        account=account,
        phone=row["phone"],
        rail=row["rail"],
        description=f"{row['merchant_name']} · {row['order_reference']}",
        notify_url=f"{account.notify_url}?refund={secret}",
    )
    came = Disbursed(NotSent())
    if isinstance(provider, CanDisburse):
        came = heard(row["operator"], lambda: provider.disburse(payout), Disbursed(Unheard()))
    log.info("refund sent", operator=row["operator"], refund=claim.id, came=type(came.event).__name__)
    source = Source("reply", came.detail[:80] or None)
    db.insisted(lambda: _apply(clock, claim.id, came, source))


def _apply(clock: Clock, refund_id: int, came: Disbursed, source: Source) -> None:
    more: dict[str, Any] = {"answered": True, "lease_until": None}
    if came.handle:
        more["handle"] = came.handle
    if came.detail:
        more["last_word"] = came.detail[: last_words.LONGEST]
    with db.writing() as tx:
        lifecycle_refunds.apply(tx, clock, refund_id, came.event, source=source, more=more)


def _ask(
    clock: Clock, directory: Directory, claim: Claim, row: Mapping[Any, Any], account: Connected
) -> None:
    provider: object = directory.providers.get(row["operator"])
    over = _is_over(clock, row)
    if not isinstance(provider, CanAskAboutPayout):
        _wait_or_give_up(clock, claim, row, over=over)
        return
    money = Money(row["amount"], row["currency"])
    inquiry = Inquiry(row["reference"], money, account, row["handle"], row["phone"])
    word: RefundWord = heard(row["operator"], lambda: provider.ask_payout(inquiry), OUR_FAULT)
    log.info("asked about refund", operator=row["operator"], refund=claim.id, word=type(word).__name__)
    db.repeated_once(lambda: _hear(clock, claim, word, over=over))


def _is_over(clock: Clock, row: Mapping[Any, Any]) -> bool:
    """Say whether the refund was sent so long ago that a person must decide."""
    with db.reading() as connection:
        return bool(db.moment(connection, clock) >= (row["sent_at"] or row["created_at"]) + GIVEN_UP)


def _hear(clock: Clock, claim: Claim, word: RefundWord, *, over: bool) -> None:
    with db.writing() as tx:
        match word:
            case RefundAnswered(event):
                lifecycle_refunds.apply(tx, clock, claim.id, event, source=Source("answer"))
                said = None
            case NothingKnown() | NoWord():
                said = last_words.kept(word)
        if over:
            lifecycle_refunds.apply(tx, clock, claim.id, Unheard(), source=Source("clock"))
        lifecycle_refunds.note_answer(tx, clock, claim, said, over=over)


def _wait_or_give_up(clock: Clock, claim: Claim, row: Mapping[Any, Any], *, over: bool) -> None:
    """Wait for the operator's word where it cannot be asked; after a day leave it to a person."""
    with db.writing() as tx:
        if over:
            lifecycle_refunds.apply(tx, clock, claim.id, Unheard(), source=Source("clock"))
        lifecycle_refunds.note_answer(tx, clock, claim, row["last_word"], over=over)
