"""The room of what the measured requests are about: one merchant, and as many waiting attempts as are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import insert, text

from portal import db
from portal.payments.models import Attempt, Order
from portal.security import tokens
from tests.bench.load import get
from tests.factories import a_merchant, an_account, an_api_key, an_order

AMOUNT = 500
AT_ONCE = 1000


@dataclass(frozen=True)
class Seeded:
    """What requests name: the account, the open order's token, the API key and the attempts' references."""

    account: str
    token: str
    api_headers: dict[str, str]
    references: list[str]

    def notifications(self) -> Iterator[bytes]:
        """Yield one first "paid" notification for every attempt."""
        for number, reference in enumerate(self.references):
            query = {
                "purchaseref": reference,
                "amount": AMOUNT,
                "currency": "952",
                "status": "OK",
                "clientid": "1234567890",
                "cname": "Akofa Mensah",
                "mobile": "22890112233",
                "paymentref": f"P{number:012d}",
                "payid": number,
                "timestamp": 1469024554,
                "error": "",
            }
            yield get(f"/notify/tmoney-online/{self.account}?{urlencode(query)}")


def seed(app: Flask, attempts: int) -> Seeded:
    """Write the rows, in bulk: how they came is not what is measured."""
    with app.app_context():
        with db.writing() as tx:
            kind = "SERIAL" if tx.dialect.name == "postgresql" else "INTEGER"
            tx.execute(text(f"CREATE TABLE bench_anchor (id {kind} PRIMARY KEY, body TEXT)"))
        merchant = a_merchant()
        account = an_account(merchant)
        order = an_order(merchant, amount=AMOUNT)
        key = an_api_key(merchant)
        references = [tokens.text(20).upper() for _ in range(attempts)]
        for start in range(0, attempts, AT_ONCE):
            _write(merchant.id, account.id, references[start : start + AT_ONCE])
    return Seeded(account.public_id, order.token, key.headers, references)


def analyse(app: Flask) -> None:
    """Let the database learn how large its tables are, as it does by itself within minutes of real life."""
    with app.app_context(), db.writing() as tx:
        tx.execute(text("ANALYZE"))


def an_open_order(merchant_id: int, now: datetime) -> dict[str, object]:
    """Return the row of an order that nobody has tried to pay."""
    return _order(merchant_id, now) | {"status": "open", "attempts": 0}


def _write(merchant_id: int, account_id: int, references: list[str]) -> None:
    now = datetime.now(UTC)
    with db.writing() as tx:
        orders = [_order(merchant_id, now) for _ in references]
        ids = tx.scalars(insert(Order).returning(Order.id, sort_by_parameter_order=True), orders).all()
        tx.execute(
            insert(Attempt),
            [_attempt(account_id, order, ref, now) for order, ref in zip(ids, references, strict=True)],
        )


def _order(merchant_id: int, now: datetime) -> dict[str, object]:
    return {
        "public_id": tokens.public_id("ord"),
        "token": tokens.capability(),
        "merchant_id": merchant_id,
        "mode": "test",
        "status": "processing",
        "amount": AMOUNT,
        "currency": "XOF",
        "source": "api",
        "reference": "bench",
        "attempts": 1,
        "receipt_code": tokens.receipt_code(),
        "created_at": now,
        "expires_at": now + timedelta(days=1),
    }


def _attempt(account_id: int, order_id: int, reference: str, now: datetime) -> dict[str, object]:
    return {
        "public_id": tokens.public_id("att"),
        "order_id": order_id,
        "account_id": account_id,
        "operator": "tmoney-online",
        "reference": reference,
        "token": tokens.capability(),
        "status": "waiting",
        "amount": AMOUNT,
        "currency": "XOF",
        "language": "fr",
        "guard_until": now + timedelta(days=1),
        "created_at": now,
    }
