"""A new operator is two files and its vectors: in a copy of the tree that gets nothing else, it is found and pays."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from portal.merchants.onboarding import made_up
from portal.providers import discover
from portal.providers._http import Http
from tests.house.tree import project_files

TOY = ROOT / "tests" / "providers" / "toy"
ADDED = {
    TOY / "provider.py": "portal/providers/toy.py",
    TOY / "twin.py": "portal/sandbox/operators/toy.py",
    **{path: f"tests/vectors/toy/{path.name}" for path in sorted((TOY / "vectors").glob("*.json"))},
}
OTHERS = [
    slug for slug, other in discover(Http()).items() if made_up(other.credentials, "http://127.0.0.1:8001")
]
"""Operators whose sandbox takes credentials that we can make up: every new store is connected to them."""
CACHES = {"__pycache__", ".hypothesis", ".pytest_cache"}


@dataclass(frozen=True)
class Copy:
    """The project's files in another folder, with the operator; `before`: the project's own, with their digests."""

    root: Path
    before: Mapping[str, str]

    def run(self, *words: str) -> str:
        """Run Python there, see that it went well, and return what it printed."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment = outside | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-W", "error", *words]
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def files(self) -> dict[str, str]:
        """Return what lies there now, with its digest; caches and compiled catalogues are made, not written."""
        found = (path for path in self.root.rglob("*") if path.is_file() and not CACHES & {*path.parts})
        return {name(path, self.root): digest(path) for path in found if path.suffix != ".mo"}


def name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    root = tmp_path_factory.mktemp("copy")
    ours = {name(path, ROOT): path for path in project_files()}
    # The portal reads compiled catalogues where they are.
    made = {name(path, ROOT): path for path in ROOT.glob("portal/translations/**/*.mo")}
    added = {there: here for here, there in ADDED.items()}
    assert not ours.keys() & added.keys()
    for there, here in (ours | made | added).items():
        (root / there).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(here, root / there)
    return Copy(root, {there: digest(root / there) for there in ours})


@pytest.fixture(scope="module")
def first_day(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Let a store sign up there and a shopper pay with the operator."""
    told: dict[str, Any] = json.loads(
        copy.run("-m", "tests.providers.toy.shopper", str(tmp_path_factory.mktemp("first_day")))
    )
    return told


def test_it_keeps_the_contract_and_has_its_twin_without_a_line_of_test_code(copy: Copy) -> None:
    # One kind of database is enough to see that the tests find it; their own run has both.
    chosen = ["-k", "toy and not postgresql", "-p", "no:cacheprovider"]
    held = copy.run("-m", "pytest", "-q", *chosen, "tests/providers", "tests/house/test_twins.py")
    [passed] = re.findall(r"^(\d+) passed, \d+ deselected in", held, re.MULTILINE)
    assert int(passed) > 50, held


def test_a_store_that_signs_up_is_connected_to_it(first_day: dict[str, Any]) -> None:
    assert first_day["signed up"] == 303
    assert first_day["connected"] == sorted([*OTHERS, "toy"])


def test_the_checkout_offers_it_beside_the_others(first_day: dict[str, Any]) -> None:
    assert set(first_day["offered"]) == {*OTHERS, "toy"}


def test_a_payment_through_it_settles_through_its_twin(first_day: dict[str, Any]) -> None:
    assert first_day["led to"].startswith("http://127.0.0.1:8001/toy/acct_")
    assert first_day["attempts with"] == ["toy"]
    assert first_day["answers"] == [200]
    assert (first_day["order"], first_day["amount paid"]) == ("paid", 500)
    assert "Payé" in first_day["reads"]


def test_nothing_else_was_touched(copy: Copy, first_day: dict[str, Any]) -> None:
    now = copy.files()
    assert {file: now.get(file) for file in copy.before} == copy.before
    assert now.keys() - copy.before.keys() == set(ADDED.values())
