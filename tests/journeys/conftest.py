"""What whole payments need: both sides joined, and a store with its link."""

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
