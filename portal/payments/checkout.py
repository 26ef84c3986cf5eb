"""The room of what a shopper's page must know: one order, its merchant, its wallets, its tries. Read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, not_, or_, select

from portal import db
from portal.clock import Clock
from portal.domain.provider import Mode
from portal.domain.states import AttemptStatus, OrderStatus
from portal.merchants import stores
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments.models import Attempt, Order, PaymentLink, Visit
from portal.payments.snapshot import money_moved
from portal.payments.weather import Weather

_ORDER = [
    Order.id, Order.public_id, Order.token, Order.mode, Order.status, Order.amount, Order.currency, Order.reference,
    Order.description, Order.source, Order.attempts, Order.return_url, Order.cancel_url, Order.site,
    Order.receipt_code,
    Order.amount_paid, Order.amount_refunded, Order.created_at, Order.expires_at, Order.paid_at, Order.customer,
    Merchant.public_id.label("store"), Merchant.name.label("merchant_name"), Merchant.contact_email,
    Merchant.contact_phone, Merchant.sites,
    OperatorAccount.operator.label("offered"),
]  # fmt: skip
_WEATHER = {name: column.label(f"weather_{name}") for name, column in Weather.__table__.columns.items()}
_LAST_VISIT = (
    select(Visit.way)
    .where(Visit.attempt_id == Attempt.id)
    .order_by(Visit.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ATTEMPTS = (
    select(
        Attempt.id, Attempt.operator, Attempt.status, Attempt.confirmed, Attempt.failure_code, Attempt.language,
        Attempt.continuation, Attempt.handed_out_at, Attempt.created_at, Attempt.phone, Attempt.operator_reference,
        _LAST_VISIT.label("visit"),
    )
    .where(Attempt.order_id == bindparam("order_id"))
    .order_by(Attempt.id)
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """What the page shows. `offered`: slugs of the operators with an enabled account, in the merchant's order.

    `weather`: how those did lately whose doings were counted.
    """

    order: Mapping[Any, Any]
    offered: tuple[str, ...]
    now: datetime
    attempts: Sequence[Mapping[Any, Any]] = ()
    weather: Mapping[str, Weather] = field(default_factory=dict)

    @property
    def last(self) -> Mapping[Any, Any] | None:
        """Return the latest try."""
        return self.attempts[-1] if self.attempts else None

    @property
    def money_moved(self) -> str:
        """Return `yes`, `no` or `unknown` (see snapshot)."""
        return money_moved(self.attempts)

    @property
    def site(self) -> str | None:
        """Return the store's site whose page opened this one and may be told of the end; None where there is none."""
        site: str | None = self.order["site"]
        known = site and stores.may_open(site, self.order["sites"], self.order["mode"])
        return site if known else None

    @property
    def scene(self) -> str:
        """Return which page the shopper needs: the one place that turns states into pages."""
        order, last = self.order, self.last
        status = OrderStatus(order["status"])
        if status in {OrderStatus.OPEN, OrderStatus.PROCESSING} and order["expires_at"] <= self.now:
            status = OrderStatus.EXPIRED  # the worker will say so within a second
        if status is OrderStatus.OPEN:
            return "choose"
        if status is not OrderStatus.PROCESSING or last is None:
            return str(status)
        match AttemptStatus(last["status"]):
            case AttemptStatus.STARTING:
                return "starting"
            case AttemptStatus.WAITING:
                return "waiting"
            case _:
                return "unknown"

    @property
    def page_can_open(self) -> bool:
        """Say whether the waiting attempt's hosted page may still be opened."""
        last = self.last
        if last is None or not last["continuation"]:
            return False
        seconds = last["continuation"].get("opens_seconds")
        return seconds is None or bool(last["created_at"] + timedelta(seconds=seconds) > self.now)


def view(connection: Connection, clock: Clock, token: str) -> View | None:
    """Return what the order's page needs: one statement before the first try, two after it."""
    rows = connection.execute(_viewing(clock.pinned), {"token": token}).mappings().all()
    if not rows:
        return None
    order = rows[0]
    attempts = _attempts(connection, order["id"]) if order["attempts"] else ()
    offered = [row for row in rows if row["offered"]]
    news = (_weather(row) for row in offered if row["weather_operator"])
    weather = {one.operator: one for one in news if one.is_news(order["now"])}
    return View(order, tuple(row["offered"] for row in offered), order["now"], attempts, weather)


def _weather(row: Mapping[Any, Any]) -> Weather:
    return Weather(**{name: row[label.name] for name, label in _WEATHER.items()})


def may_start() -> ColumnElement[bool]:
    """Return whether anything new may be started for an order (joined with its merchant): a rule of money.

    A suspended merchant and a link that was switched off start nothing new; what was started goes on.
    """
    switched_off = exists().where(PaymentLink.id == Order.link_id, not_(PaymentLink.enabled))
    return and_(or_(Order.mode != Mode.LIVE, Merchant.live), not_(switched_off))


@lru_cache(maxsize=64)
def _viewing(pinned: datetime | None) -> Select[*tuple[Any, ...]]:
    """Return the statement that gives the order once for every operator that its merchant offers."""
    accounts = and_(
        OperatorAccount.merchant_id == Order.merchant_id,
        OperatorAccount.mode == Order.mode,
        OperatorAccount.enabled,
        may_start(),
    )
    weather = and_(Weather.operator == OperatorAccount.operator, Weather.mode == OperatorAccount.mode)
    return (
        select(*_ORDER, *_WEATHER.values(), db.told(pinned).label("now"))
        .join(Merchant, Merchant.id == Order.merchant_id)
        .outerjoin(OperatorAccount, accounts)
        .outerjoin(Weather, weather)
        .where(Order.token == bindparam("token"))
        .order_by(OperatorAccount.id)
    )


def _attempts(connection: Connection, order_id: int) -> Sequence[Mapping[Any, Any]]:
    return list(connection.execute(_ATTEMPTS, {"order_id": order_id}).mappings())
