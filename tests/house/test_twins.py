"""Every operator is one file here, its twin in the sandbox, and what the protocol says in vectors."""

import json
from pathlib import Path

import pytest

from config import ROOT
from tests.house.tree import PORTAL, modules, name

PROVIDERS = [path for path in modules(PORTAL / "providers") if not path.name.startswith("_")]


@pytest.mark.parametrize("provider", PROVIDERS, ids=name)
def test_a_provider_has_its_twin_in_the_sandbox(provider: Path) -> None:
    operators = PORTAL / "sandbox" / "operators"
    assert (operators / provider.name).exists() or (operators / provider.stem / "__init__.py").exists()


@pytest.mark.parametrize("provider", PROVIDERS, ids=name)
def test_a_provider_has_vectors_that_can_be_read(provider: Path) -> None:
    vectors = sorted((ROOT / "tests" / "vectors" / provider.stem).glob("*.json"))
    assert vectors, f"tests/vectors/{provider.stem} holds none"
    assert all(json.loads(vector.read_text(encoding="utf-8")) for vector in vectors)
