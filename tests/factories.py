"""The room of ready-made rows: stores, accounts, orders, attempts and keys, written by the portal's code.

Every factory wants an application context and opens a writing step of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import insert, select

from portal import db
from portal.domain.events import Accepted, AttemptEvent
from portal.domain.money import XOF, Money
from portal.domain.provider import Mode
from portal.merchants import accounts, keys
from portal.merchants.accounts import Connected
from portal.merchants.keys import Scope
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments import lifecycle
from portal.payments.intents import NewAttempt, NewOrder
from portal.payments.ledger import Source
from portal.payments.lifecycle_writes import Brought
from portal.security import tokens
from portal.web.services import services


@dataclass(frozen=True)
class AMerchant:
    """A store that was just written."""

    id: int
    public_id: str
    name: str
    live: bool
    return_hosts: tuple[str, ...]


@dataclass(frozen=True)
class AnApiKey:
    """A key with its secret; `headers` call the API with it."""

    public_id: str
    secret: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def a_merchant(
    *,
    name: str = "Boutique Akofa",
    contact_email: str = "akofa@boutique.example",
    contact_phone: str | None = "+22890112233",
    live: bool = False,
    return_hosts: Sequence[str] = ("boutique.example",),
    sites: Sequence[str] = (),
) -> AMerchant:
    public_id = tokens.public_id("mer")
    row = {
        "public_id": public_id,
        "name": name,
        "contact_email": contact_email,
        "contact_phone": contact_phone,
        "return_hosts": list(return_hosts),
        "sites": list(sites),
        "live": live,
    }
    with db.writing() as tx:
        made = insert(Merchant).values(**row, created_at=db.now(services().clock)).returning(Merchant.id)
        return AMerchant(tx.execute(made).scalar_one(), public_id, name, live, tuple(return_hosts))


def an_account(
    merchant: AMerchant,
    *,
    operator: str = "tmoney-online",
    mode: str = "test",
    credentials: Mapping[str, str] | None = None,
    networks: Sequence[str] = (),
) -> Connected:
    """Connect the store; the default credentials are those of TMoney Online."""
    at = services()
    with db.writing() as tx:
        public_id = accounts.connect(
            tx,
            at.clock,
            at.vault,
            merchant_id=merchant.id,
            operator=operator,
            mode=Mode(mode),
            credentials=credentials or {"merchantid": "1234567890123456"},
            networks=networks,
        )
        query = select(*OperatorAccount.__table__.columns).where(OperatorAccount.public_id == public_id)
        return at.directory.account(dict(tx.execute(query).mappings().one()))


def an_order(
    merchant: AMerchant,
    *,
    amount: int = 500,
    currency: str = XOF,
    mode: str = "test",
    reference: str = "CMD-1001",
    source: str = "api",
    lasts: timedelta = timedelta(hours=24),
    description: str = "Deux pagnes",
    customer: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    return_url: str | None = None,
    cancel_url: str | None = None,
    site: str | None = None,
    link_id: int | None = None,
    once: str | None = None,
    reference_verified: bool = True,
) -> SimpleNamespace:
    """Open an order; the result has its columns as attributes."""
    new = NewOrder(
        merchant_id=merchant.id,
        mode=mode,
        money=Money(amount, currency),
        reference=reference,
        source=source,
        lasts=lasts,
        description=description,
        customer=customer,
        metadata=metadata,
        return_url=return_url,
        cancel_url=cancel_url,
        site=site,
        link_id=link_id,
        once=once,
        reference_verified=reference_verified,
    )
    with db.writing() as tx:
        return SimpleNamespace(**lifecycle.open_order(tx, services().clock, new))


def an_attempt(
    order: SimpleNamespace,
    account: Connected,
    *,
    phone: str | None = None,
    language: str = "fr",
    then: Sequence[AttemptEvent] = (),
    source: str = "notification",
    hosted: Brought | None = None,
) -> SimpleNamespace:
    """Start an attempt; `then` happens to it, step by step. The result has its columns as first written.

    `hosted` is the page that comes with an Accepted.
    """
    clock = services().clock
    new = NewAttempt(account_id=account.id, operator=account.operator, language=language, phone=phone)
    with db.writing() as tx:
        attempt, _ = lifecycle.start(tx, clock, order.id, new)
    for event in then:
        with db.writing() as tx:
            lifecycle.apply(
                tx,
                clock,
                account.id,
                attempt["reference"],
                event,
                source=Source(source),
                brought=hosted if isinstance(event, Accepted) else None,
            )
    return SimpleNamespace(**attempt)


def an_api_key(
    merchant: AMerchant,
    *,
    mode: str = "test",
    name: str = "Site",
    scopes: Sequence[str] = tuple(Scope),
) -> AnApiKey:
    with db.writing() as tx:
        made = keys.create(tx, services().clock, merchant_id=merchant.id, mode=mode, name=name, scopes=scopes)
    return AnApiKey(*made)
