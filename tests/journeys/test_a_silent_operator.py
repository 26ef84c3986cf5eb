"""An operator that hangs keeps nobody but its own shoppers waiting: no page, no other operator, no connection."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing

import psycopg
import pytest
import requests

from tests.databases import Databases
from tests.journeys.cells import Cell
from tests.servers import PostgreSQL
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.xdist_group("silent-operator")

SHOPPERS = 40
"""More than a process has threads for requests."""
HANGS_SECONDS = 60


@pytest.fixture
def stack(
    postgresql_server: PostgreSQL, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with databases.fresh("postgresql") as url, running_stack(url, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def _start(checkout: str) -> int:
    typed = {"phone": "90 00 00 00"}
    return requests.post(f"{checkout}/moneyfusion", data=typed, timeout=60, allow_redirects=False).status_code


def _busy_connections(stack: Stack) -> list[str]:
    """Return what connections of the portal's database do that are in a transaction or run a statement."""
    url = stack.environment["DATABASE_URL"].replace("+psycopg", "")
    query = (
        "SELECT state || ': ' || query FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE '%transaction%'"
    )
    with closing(psycopg.connect(url)) as connection:
        return [row[0] for row in connection.execute(query)]


def test_it_slows_no_page_no_other_operator_and_holds_no_connection(stack: Stack) -> None:
    stack.set("moneyfusion", reply_delay=HANGS_SECONDS)
    stack.set("tmoney", prompt_seconds=0)
    held_up = [stack.open_order() for _ in range(SHOPPERS)]
    with ThreadPoolExecutor(SHOPPERS) as street:
        starts = [street.submit(_start, str(order["checkout_url"])) for order in held_up]
        # Everyone is answered long before their operator speaks: they look at a page that waits.
        done, _ = wait(starts, timeout=HANGS_SECONDS)
        assert len(done) == SHOPPERS
        assert {start.result() for start in starts} == {303}
        assert _busy_connections(stack) == []
        paid = Cell(stack, "tmoney", "00").run()
        pages = [requests.get(str(order["checkout_url"]), timeout=60) for order in held_up]
        tries = [stack.order(str(order["id"]))["attempts"][-1]["status"] for order in held_up]
    assert paid.order["status"] == "paid"
    assert {page.status_code for page in pages} == {200}
    # All this happened while the operator was still silent about every one of them.
    assert set(tries) == {"starting"}
