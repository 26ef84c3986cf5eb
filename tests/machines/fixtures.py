"""The room of the stage as a fixture, which folders name in their conftest, and of how many lives a machine leads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
            changed = settings_for(house.database_url, tmp_path, **changes)
            return built.enter_context(on_stage(changed)).anew()

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


def lives(most: int, *, steps: int) -> settings:
    """Return how a machine is run: that many lives of that many steps, or all that a night has room for."""
    is_long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    return settings(
        max_examples=2_000 if is_long else most,
        stateful_step_count=80 if is_long else steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
