"""The watch looks at the stage's house, one of its own for each test: its measures are of everything there is."""

from collections.abc import Iterator

import pytest

from config import Settings
from tests.machines.stage import Stage, on_stage


@pytest.fixture
def stage(settings: Settings) -> Iterator[Stage]:
    with on_stage(settings) as stage:
        yield stage
