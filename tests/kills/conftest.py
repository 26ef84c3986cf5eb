"""These tests stand on the stage, beside web processes that are killed over the same database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.machines.fixtures import house, stage
from tests.machines.stage import Stage

__all__ = ["house", "processes", "stage"]


@dataclass(frozen=True)
class Ended:
    """How a web process ended: `status` of its answer (None: it was killed before), `points` it passed."""

    status: int | None
    points: int | None
    killed: bool


@dataclass(frozen=True)
class Processes:
    """Web processes over the stage's database."""

    zygote: subprocess.Popen[str]

    def call(self, path: str, *, method: str = "GET", kill_at: int = 0) -> Ended:
        """Let a process of its own serve the call, and die at that point (0: not at all)."""
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        wanted: dict[str, Any] = {"path": path, "method": method, "kill_at": kill_at}
        self.zygote.stdin.write(json.dumps(wanted) + "\n")
        self.zygote.stdin.flush()
        return Ended(**json.loads(self.zygote.stdout.readline()))


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
        yield Processes(zygote)
        assert zygote.stdin is not None
        zygote.stdin.close()
        zygote.wait(timeout=20)
    errors.close()
