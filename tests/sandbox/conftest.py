"""The sandbox's fixtures."""

import pytest

from tests.sandbox.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """Return a fresh sandbox with frozen time and a silent portal."""
    return Stage()
