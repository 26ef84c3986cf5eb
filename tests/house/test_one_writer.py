"""Only the lifecycle, with its ledger, writes what is true about money."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from tests.house.tree import PORTAL, modules, name, parsed

MODELS = {"portal.payments.models", "portal.payments.refund_models"}
MONEY = {"Order": "orders", "Attempt": "attempts", "Refund": "refunds", "JournalLine": "journal"}
STATEMENTS = {"insert", "update", "delete"}
LEDGER_WRITES = {"line", "changed", "opened", "decided", "settled"}

WRITERS = {*PORTAL.glob("payments/lifecycle*.py"), PORTAL / "payments" / "ledger.py"}
OTHERS = [path for path in modules() if path not in WRITERS and PORTAL / "sandbox" not in path.parents]


def money_names(tree: ast.Module) -> set[str]:
    """Return the names under which this file knows the tables of money."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODELS
        for alias in node.names
        if alias.name in MONEY
    }


def is_money(node: ast.expr, names: set[str]) -> bool:
    """Say whether the expression is a table of money: `Order`, `models.Order`, `Order.__table__`."""
    match node:
        case ast.Name(id=called):
            return called in names
        case ast.Attribute(value=owner, attr="__table__"):
            return is_money(owner, names)
        case ast.Attribute(value=ast.Name(id="models"), attr=called):
            return called in MONEY
    return False


def statement_writes(node: ast.AST, names: set[str]) -> bool:
    """Say whether this is a row being made (`Order(...)`) or a statement being built (`update(Order)`)."""
    match node:
        case ast.Call(func=made) if is_money(made, names):
            return True
        case ast.Call(func=ast.Name(id=verb) | ast.Attribute(attr=verb), args=[table, *_]) if (
            verb in STATEMENTS or verb == "Write"
        ):
            return is_money(table, names)
        case ast.Call(func=ast.Attribute(value=table, attr=verb)) if verb in STATEMENTS:
            return is_money(table, names)
        case ast.Call(func=ast.Attribute(attr="write_new"), args=[_, table, *_]):
            return is_money(table, names)
    return False


def text_writes(node: ast.AST) -> bool:
    """Say whether this is SQL text that writes a table of money."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    words = [word.strip('"`;(') for word in node.value.lower().split()]
    named = {table for verb, table in pairwise(words) if verb in {"into", "update", "from"}}
    return bool(STATEMENTS & {*words[:1]}) and not named.isdisjoint(MONEY.values())


def assigns_status(node: ast.AST) -> bool:
    """Say whether this sets `.status` of something called an order, an attempt or a refund."""
    match node:
        case ast.Attribute(
            value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr="status", ctx=ast.Store()
        ):
            return any(word in owner.lower() for word in ("order", "attempt", "refund"))
    return False


def borrows_from_the_ledger(node: ast.AST) -> bool:
    """Say whether this reaches for what the ledger writes with."""
    match node:
        case ast.Attribute(value=ast.Name(id="ledger"), attr=called):
            return called in LEDGER_WRITES
        case ast.ImportFrom(module="portal.payments.ledger", names=names):
            return any(alias.name in LEDGER_WRITES for alias in names)
    return False


def writes_of(tree: ast.Module) -> Iterator[int]:
    """Give the lines of a file that write about money."""
    names = money_names(tree)
    for node in ast.walk(tree):
        if (
            statement_writes(node, names)
            or text_writes(node)
            or assigns_status(node)
            or borrows_from_the_ledger(node)
        ):
            yield node.lineno  # type: ignore[attr-defined]


def test_nobody_else_writes_about_money() -> None:
    assert {name(path): found for path in OTHERS if (found := sorted(writes_of(parsed(path))))} == {}


def test_the_lifecycle_itself_would_be_found_out() -> None:
    assert any(list(writes_of(parsed(path))) for path in WRITERS)


def test_every_way_of_writing_is_known() -> None:
    source = """
from portal.payments.models import Attempt, Order as Sale
Sale(amount=1)
update(Sale).values(status="paid")
sa.insert(Attempt)
Attempt.__table__.delete()
text("UPDATE orders SET status = 'paid'")
attempt.status = "paid"
self.order.status = "paid"
ledger.changed(row)
Write(Attempt, {"status": "paid"}, 1)
db.write_new(tx, Sale, {})
from portal.payments.refund_models import Refund
Write(Refund, {"status": "succeeded"}, 1)
ledger.settled(page, 1, "unconfirmed", source)
"""
    assert sorted(writes_of(ast.parse(source))) == [*range(3, 13), 14, 15]


def test_reading_and_other_statuses_are_free() -> None:
    source = """
from portal.payments.models import Order
select(Order).where(Order.status == "paid")
delivery.status = "sent"
update(Delivery).values(status="sent")
query.update({"page": 2})
"""
    assert list(writes_of(ast.parse(source))) == []
