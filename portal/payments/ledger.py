"""The room of the locked page: reads an order with its attempts under lock, and turns a decision into writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from portal import db
from portal.clock import Clock
from portal.db import Write
from portal.domain.events import AttemptEvent, Paid
from portal.domain.money import Money
from portal.domain.states import LIVE, AttemptStatus, OrderStatus
from portal.payments.decisions import Standing
from portal.payments.models import Attempt, JournalLine, Order, PaymentLink, ReviewItem
from portal.payments.refund_models import Refund
from portal.payments.snapshot import order_object, refund_object
from portal.security import tokens
from portal.webhooks.models import Event

Columns = Mapping[Any, Any]

_ORDER_COLUMNS = [column.label(key) for key, column in Order.__mapper__.columns.items()]
_ATTEMPT_COLUMNS = [column.label(key) for key, column in Attempt.__mapper__.columns.items()]
_OTHER = aliased(JournalLine)
_DISPUTES = ("duplicate_reference", "contradiction")
# One statement: every attempt of the order, and beside each the Paid words known about it; a payment reference
# that another attempt of the account already owns is looked for in the same breath.
_ATTEMPTS = (
    select(
        *_ATTEMPT_COLUMNS,
        JournalLine.fact.label("fact"),
        JournalLine.amount.label("fact_amount"),
        JournalLine.currency.label("fact_currency"),
        JournalLine.payment_reference.label("fact_reference"),
        select(_OTHER.attempt_id)
        .where(
            _OTHER.account_id == Attempt.account_id,
            _OTHER.payment_reference == bindparam("payment_reference"),
            _OTHER.fact == "paid",
        )
        .scalar_subquery()
        .label("owner"),
    )
    .select_from(Attempt)
    .outerjoin(
        JournalLine,
        and_(
            JournalLine.attempt_id == Attempt.id,
            or_(JournalLine.fact == "paid", JournalLine.fact.in_(_DISPUTES)),
        ),
    )
    .where(Attempt.order_id == bindparam("order_id"))
    .order_by(Attempt.id)
)


_OF_REFERENCE = select(Attempt.order_id).where(
    Attempt.account_id == bindparam("account_id"), Attempt.reference == bindparam("reference")
)
_OF_ATTEMPT = select(Attempt.order_id).where(Attempt.id == bindparam("attempt_id"))
_OF_REFUND = select(Refund.order_id).where(Refund.id == bindparam("refund_id"))
_OF_REVIEW = select(ReviewItem.order_id).where(ReviewItem.id == bindparam("review_id"))
_FOUND_BY = {
    "order_id": Order.id == bindparam("order_id"),
    "attempt_id": Order.id == _OF_ATTEMPT.scalar_subquery(),
    "reference": Order.id == _OF_REFERENCE.scalar_subquery(),
    "refund_id": Order.id == _OF_REFUND.scalar_subquery(),
    "review_id": Order.id == _OF_REVIEW.scalar_subquery(),
}


class NotFound(LookupError):
    """There is no such order, or the account has no attempt of that reference."""


@dataclass(frozen=True)
class Source:
    """Whose word a fact is: `notification`, `answer`, `reply`, `person`, `shopper`, `clock`; and its row or name."""

    kind: str
    id: str | None = None

    @property
    def name(self) -> str:
        """Return both in one text, as rows keep whose doing something was."""
        return f"{self.kind} {self.id or ''}".strip()[:80]


@dataclass
class Page:
    """One order under its lock, its attempts as read after the lock was held, and the database's time.

    `owners`: by attempt, which attempt of its account already owns the event's payment reference.
    """

    order: dict[str, Any]
    attempts: list[dict[str, Any]]
    facts: list[tuple[int, str, Paid]]
    owners: Mapping[int, int | None]
    now: datetime
    reviews: list[Columns] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)

    def attempt(self, **wanted: Any) -> dict[str, Any] | None:
        """Return the first attempt whose columns equal the wanted values."""
        return next((a for a in self.attempts if all(a[k] == v for k, v in wanted.items())), None)

    def refund(self, refund_id: int) -> dict[str, Any]:
        """Return the order's refund of that id, by which it was locked."""
        return next(refund for refund in self.refunds if refund["id"] == refund_id)

    def live(self) -> dict[str, Any] | None:
        """Return the attempt that holds the single-debit guard."""
        return next((a for a in self.attempts if AttemptStatus(a["status"]) in LIVE), None)

    def standing(self, attempt: Columns) -> Standing:
        """Return what judgement needs to know."""
        own = [(fact, paid) for attempt_id, fact, paid in self.facts if attempt_id == attempt["id"]]
        before = self.order["before_review"]
        return Standing(
            order_status=OrderStatus(self.order["status"]),
            before_review=OrderStatus(before) if before else None,
            money=Money(self.order["amount"], self.order["currency"]),
            attempt_status=AttemptStatus(attempt["status"]),
            confirmed=attempt["confirmed"],
            payments=tuple(paid for fact, paid in own if fact == "paid"),
            disputed=tuple(paid for fact, paid in own if fact in _DISPUTES),
            taken=self.is_taken(attempt["id"]),
        )

    def is_taken(self, attempt_id: int) -> bool:
        """Say whether the event's payment reference belongs to another attempt of the account already."""
        return self.owners.get(attempt_id) not in {None, attempt_id}


@lru_cache(maxsize=64)
def _locking(pinned: datetime | None, by: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that locks one order, found `by` one of the names in _FOUND_BY."""
    limit = select(PaymentLink.max_uses).where(PaymentLink.id == Order.link_id).scalar_subquery()
    query = select(*_ORDER_COLUMNS, limit.label("link_max_uses"), db.told(pinned).label("now"))
    return query.where(_FOUND_BY[by]).with_for_update(of=Order)


def lock(
    tx: Connection, clock: Clock, by: str, wanted: Mapping[str, Any], event: AttemptEvent | None = None
) -> Page:
    """Lock the one order found `by` what is wanted (see _FOUND_BY), then read its attempts; raise NotFound."""
    # The order row first, everywhere; attempts only once it is held, for they may change while we wait.
    row = tx.execute(_locking(clock.pinned, by), wanted).mappings().first()
    if row is None:
        raise NotFound(by)
    order = dict(row)
    reference = event.payment_reference if isinstance(event, Paid) else None
    wanted = {"order_id": order["id"], "payment_reference": reference}
    found = tx.execute(_ATTEMPTS, wanted).mappings() if order["attempts"] else ()
    page = _page(order, [dict(one) for one in found])
    if order["reviews"]:
        page.reviews.extend(read_reviews(tx, order["id"]))
    if order["refunds"]:
        page.refunds.extend(_read_refunds(tx, order["id"]))
    return page


def _page(order: dict[str, Any], rows: list[dict[str, Any]]) -> Page:
    now = order.pop("now")
    attempts: dict[int, dict[str, Any]] = {}
    facts = []
    owners: dict[int, int | None] = {}
    for row in rows:
        fact, amount, currency = row.pop("fact"), row.pop("fact_amount"), row.pop("fact_currency")
        reference = row.pop("fact_reference")
        owners[row["id"]] = row.pop("owner")
        attempts[row["id"]] = row
        if fact is not None and amount is not None:
            facts.append((row["id"], fact, Paid(Money(amount, currency), reference)))
    return Page(order, list(attempts.values()), facts, owners, now)


def line(page: Page, fact: str, source: Source, **values: Any) -> Write:
    """Return the journal line of a fact about this order."""
    common = {
        "at": page.now,
        "order_id": page.order["id"],
        "fact": fact,
        "source": source.kind,
        "source_id": source.id,
    }
    return Write(JournalLine, common | values)


def changed(table: type[Order | Attempt | Refund], row: dict[str, Any], **values: Any) -> Write:
    """Apply the new values to the row in hand and return the write that keeps them."""
    row.update(values)
    return Write(table, values, row["id"])


def opened(page: Page, reason: str, attempt: Columns, facts: dict[str, Any]) -> Write:
    """Open a review item on the page and return its write."""
    item = {
        "public_id": tokens.public_id("rev"),
        "order_id": page.order["id"],
        "attempt_id": attempt["id"],
        "reason": reason,
        "facts": facts,
        "opened_at": page.now,
    }
    page.reviews.append(item | {"decision": None})
    return Write(ReviewItem, item)


def settled(page: Page, attempt_id: int, reason: str, source: Source) -> list[Write]:
    """Close the attempt's open review items of that reason: the question has found its answer without a person."""
    found = []
    for place, item in enumerate(page.reviews):
        if (item["attempt_id"], item["reason"], item["decision"]) == (attempt_id, reason, None):
            found.append(decided(page, place, "settled", source))
    return found


def decided(page: Page, place: int, decision: str, source: Source, evidence: str | None = None) -> Write:
    """Close the review item at that place of the page, and return the write that keeps it."""
    item = page.reviews[place]
    values = {
        "decision": decision,
        "decided_by": source.name,
        "decided_at": page.now,
        "evidence": evidence,
    }
    page.reviews[place] = {**item, **values}
    return Write(ReviewItem, values, item["id"])


def announcement(page: Page, kind: str, refund: Columns | None = None) -> Write:
    """Return the outgoing event: the order, or the refund, as it stands after this step."""
    order = page.order
    event = {
        "public_id": tokens.public_id("evt"),
        "merchant_id": order["merchant_id"],
        "mode": order["mode"],
        "type": kind,
        "order_id": order["id"],
        "created_at": page.now,
        "payload": refund_object(order, page.attempts, refund)
        if refund
        else order_object(order, page.attempts, page.reviews),
    }
    return Write(Event, event)


def read_reviews(tx: Connection, order_id: int) -> list[Columns]:
    """Return the order's review items, oldest first."""
    query = (
        select(*ReviewItem.__table__.columns).where(ReviewItem.order_id == order_id).order_by(ReviewItem.id)
    )
    return list(tx.execute(query).mappings())


def _read_refunds(tx: Connection, order_id: int) -> list[dict[str, Any]]:
    query = select(*Refund.__table__.columns).where(Refund.order_id == order_id).order_by(Refund.id)
    return [dict(row) for row in tx.execute(query).mappings()]
