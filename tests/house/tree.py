"""What the tests that read the code read: the files of this tree, and Python as a syntax tree."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

from config import ROOT

PORTAL = ROOT / "portal"
TEMPLATES = ROOT / "templates"


def name(path: Path) -> str:
    """Return the path as the reader of a failure knows it."""
    return path.relative_to(ROOT).as_posix()


def modules(folder: Path = PORTAL) -> list[Path]:
    """Return the Python files below the folder, in order; a folder without any is a mistake of the test."""
    found = sorted(folder.rglob("*.py"))
    assert found, f"no Python in {folder}"
    return found


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def pages() -> list[Path]:
    """Return every template of the portal and of the sandbox."""
    found = sorted(path for folder in (TEMPLATES, PORTAL / "sandbox") for path in folder.rglob("*.html"))
    assert found, "no templates"
    return found


def project_files() -> Iterator[Path]:
    """Give every file of the project: what git tracks or would track."""
    # safe.directory: a clone may belong to someone else than whoever runs its tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout
    for entry in filter(None, listed.decode().split("\0")):
        if (path := ROOT / entry).is_file():
            yield path
