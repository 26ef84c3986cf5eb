"""The room of names: which attempt or refund of an account a word is about, by our name for it or the operator's."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Row, select

from portal.domain.provider import Hearsay
from portal.payments.ledger import NotFound
from portal.payments.models import Attempt
from portal.payments.refund_models import Refund
from portal.security import tokens


class NotYetKnown(LookupError):
    """Nothing bears that name of the operator's yet: its reply to our own call may still be on its way."""


def attempt_of(tx: Connection, account_id: int, word: Hearsay) -> int | None:
    """Return the id of the account's attempt that the hearsay is about."""
    return _of(tx, Attempt, account_id, word)


def refund_of(tx: Connection, account_id: int, word: Hearsay) -> int | None:
    """Return the id of the account's refund that the hearsay is about."""
    return _of(tx, Refund, account_id, word)


def _of(tx: Connection, table: type[Attempt | Refund], account_id: int, word: Hearsay) -> int | None:
    names: list[ColumnElement[bool]] = []
    if word.reference:
        names.append(table.reference == word.reference)
    if word.handle:
        names.append(table.handle == word.handle)
    for name in names:
        found = tx.scalar(select(table.id).where(table.account_id == account_id, name).limit(1))
        if found is not None:
            return found
    return None


def refund_by_reference(tx: Connection, account_id: int, reference: str) -> int:
    """Return the id of the account's refund of that reference; raise NotFound."""
    found = refund_of(tx, account_id, Hearsay(reference))
    if found is None:
        raise NotFound(reference)
    return found


def refund_by_secret(tx: Connection, account_id: int, secret: str) -> Row[int, str | None, str]:
    """Return id, handle and status of the account's refund whose own secret this is; raise NotFound."""
    query = select(Refund.id, Refund.handle, Refund.status).where(
        Refund.account_id == account_id, Refund.secret_digest == tokens.digest(secret)
    )
    found = tx.execute(query).first()
    if found is None:
        raise NotFound("secret")
    return found
