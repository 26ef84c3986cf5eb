"""The room of the stage as a fixture: the folders whose tests stand on it name both in their conftest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.databases import Databases, Kind
from tests.machines.honest import Honest
from tests.machines.stage import Stage, on_stage
from tests.machines.store import Store


@pytest.fixture(scope="session")
def house(
    database_kind: Kind, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Build the portal once on each kind of database: a database of its own costs each test half a second."""
    folder = tmp_path_factory.mktemp("house")
    with databases.fresh(database_kind) as url, on_stage(settings_for(url, folder)) as stage:
        yield stage


@pytest.fixture
def stage(house: Stage) -> Stage:
    """Give the portal to one test: noon again, a store nobody knows, an operator that remembers nothing."""
    return house.anew()


@pytest.fixture
def stage_with(house: Stage, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Build another portal over the same database: `stage_with(TRUSTED_PROXIES="10.0.0.1")`."""
    with ExitStack() as built:

        def build(**changes: str) -> Stage:
            settings = settings_for(house.database_url, tmp_path, **changes)
            return built.enter_context(on_stage(settings)).anew()

        yield build


@pytest.fixture(scope="session")
def two_operators(
    database_kind: Kind, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Build the portal with TMoney push and MoneyFusion behind its HTTP client, each with a ledger of its own."""
    folder, honest = tmp_path_factory.mktemp("two"), Honest()
    with (
        databases.fresh(database_kind) as url,
        on_stage(settings_for(url, folder), honest) as stage,
    ):
        honest.clock = stage.clock
        yield stage


@pytest.fixture
def store(two_operators: Stage) -> Store:
    """Give a store that takes both, at noon again, with operators that remember nothing."""
    opened = Store(two_operators.anew())
    opened.opens()
    return opened
