"""What a test with npm's packages may ask for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PACKAGES = ("fusionpay", "standardwebhooks")
MISSING = (
    f"needs Node.js, and {' and '.join(PACKAGES)}, which make test installs where npm is: they were not run"
)


@pytest.fixture(scope="session")
def node() -> str:
    """Give the way to Node.js; where it is missing say so, and on a build server fail."""
    found = shutil.which("node")
    if found and all((FOLDER / "node_modules" / package).is_dir() for package in PACKAGES):
        return found
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(MISSING)
    pytest.skip(MISSING)
