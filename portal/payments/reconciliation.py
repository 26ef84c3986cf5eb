"""The room of asking: the operator is asked about an attempt with no transaction open, and its answer applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import select

from portal import db, leases
from portal.clock import Clock
from portal.domain.money import Money
from portal.domain.provider import CanAsk, Inquiry, Word
from portal.leases import Claim
from portal.merchants import accounts
from portal.merchants.accounts import Connected, Directory
from portal.merchants.models import OperatorAccount
from portal.payments import lifecycle_asking
from portal.payments.calls import OUR_FAULT, heard
from portal.payments.models import Attempt
from portal.payments.schedule import LEASE

log = structlog.get_logger("reconciliation")


def due(clock: Clock, most: int) -> list[Claim]:
    """Claim attempts whose operator is to be asked now."""
    return leases.claim(clock, Attempt, most=most, lasts=LEASE, whose=Attempt.operator)


def ask(clock: Clock, directory: Directory, claim: Claim) -> None:
    """Ask about the claimed attempt and apply the answer; see whether to give up where nobody can be asked."""
    row, account = _read(directory, claim.id)
    provider: object = directory.providers.get(row["operator"])
    if not isinstance(provider, CanAsk):
        db.repeated_once(lambda: _give_up(clock, claim))
        return
    inquiry = _inquiry(row, account)
    word: Word = heard(row["operator"], lambda: provider.ask(inquiry), OUR_FAULT)
    log.info("asked", operator=row["operator"], attempt=claim.id, word=type(word).__name__)
    db.repeated_once(lambda: _hear(clock, claim, word))


def _read(directory: Directory, attempt_id: int) -> tuple[Mapping[Any, Any], Connected]:
    own = [column for name, column in Attempt.__table__.columns.items() if name != "account_id"]
    query = (
        select(*own, *accounts.BESIDE)
        .join(OperatorAccount, OperatorAccount.id == Attempt.account_id)
        .where(Attempt.id == attempt_id)
    )
    with db.reading() as connection:
        row = connection.execute(query).mappings().one()
    return row, directory.account_beside(row)


def _inquiry(row: Mapping[Any, Any], account: Connected) -> Inquiry:
    money = Money(row["amount"], row["currency"])
    return Inquiry(row["reference"], money, account, row["handle"], row["phone"])


def _hear(clock: Clock, claim: Claim, word: Word) -> None:
    with db.writing() as tx:
        lifecycle_asking.hear(tx, clock, claim, word)


def _give_up(clock: Clock, claim: Claim) -> None:
    with db.writing() as tx:
        lifecycle_asking.give_up(tx, clock, claim)
