"""What whole payments need: both sides joined, a store with its link, and the table that they end in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal import demonstration
from portal.web.services import services
from tests.conftest import settings_for
from tests.databases import Databases, Kind
from tests.wire import Wire, joined

HEADINGS = ("database", "ending", "the shopper finally reads", "order", "money moved")
ROW = "journey"


@dataclass(frozen=True)
class Shop:
    """The demo's store, joined to the operators' sandbox."""

    wire: Wire
    link: str
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


@pytest.fixture(scope="session")
def house(
    database_kind: Kind, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with databases.fresh(database_kind) as url:
        yield url


@pytest.fixture
def shop(house: str, tmp_path: Path) -> Iterator[Shop]:
    """Give the store and a sandbox that remembers nothing."""
    with joined(settings_for(house, tmp_path)) as wire:
        with wire.app.app_context():
            at = services()
            demo = demonstration.prepare(at.settings, at.clock, at.directory)
        yield Shop(wire, demo["payment_link"], demo["api_key"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what became of every payment; the rows come with the tests' reports, from whichever process."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    rows = sorted(value for one in reports for name, value in one.user_properties if name == ROW)
    if not rows:
        return
    terminalreporter.section("whole payments")
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    for row in (HEADINGS, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line("  ".join(cells).rstrip())
