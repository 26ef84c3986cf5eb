"""These tests stand on the stage, beside processes that are killed over the same database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.kills.teller import AMOUNT
from tests.machines.clocks import NOON
from tests.machines.fixtures import house, stage
from tests.machines.stage import Stage

__all__ = ["house", "processes", "stage"]


@dataclass(frozen=True)
class Ended:
    """How a process ended: `status` of its answer (None: it was killed before), `points` it passed."""

    status: int | None
    points: int | None
    killed: bool


@dataclass(frozen=True)
class Processes:
    """Processes over the stage's database; `folder` holds what outlives them."""

    zygote: subprocess.Popen[str]
    folder: Path

    def call(self, path: str, *, method: str = "GET", kill_at: int = 0) -> Ended:
        """Let a process of its own serve the call at noon, and die at that point (0: not at all)."""
        return self.ask("serve", NOON, kill_at, path=path, method=method)

    def look(self, at: datetime, kill_at: int = 0) -> Ended:
        """Let a worker of its own look, once."""
        return self.ask("look", at, kill_at)

    def decide(self, at: datetime, item: int, reference: str, kill_at: int = 0) -> Ended:
        """Let a person say that the payment of that reference was received."""
        return self.ask("decide", at, kill_at, item=item, reference=reference, amount=AMOUNT)

    def ask(self, do: str, at: datetime, kill_at: int, **given: Any) -> Ended:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        wanted = {"do": do, "at": at.isoformat(), "kill_at": kill_at, **given}
        self.zygote.stdin.write(json.dumps(wanted) + "\n")
        self.zygote.stdin.flush()
        return Ended(**json.loads(self.zygote.stdout.readline()))

    def taken(self, reference: str) -> int:
        """Return how often the operator was asked to pay a refund."""
        return (self.folder / "taken").read_text().split().count(reference)


@pytest.fixture(scope="session")
def processes(house: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder: Path = tmp_path_factory.mktemp("processes")
    with house.app.app_context():
        url = house.database_url
    command = [sys.executable, "-m", "tests.kills.zygote", url, str(folder)]
    errors = (folder / "errors").open("w")
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
    ) as zygote:
        yield Processes(zygote, folder)
        assert zygote.stdin is not None
        zygote.stdin.close()
        zygote.wait(timeout=20)
    errors.close()
