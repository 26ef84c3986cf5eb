"""The dependency audit never takes silence for good news."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from config import ROOT

UNSEEN = {"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited"}
SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
FLAWED = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


def audit(tmp_path: Path, answer: str) -> tuple[int, str]:
    """Run the audit with a pip-audit that prints `answer`."""
    (tmp_path / "pip_audit.py").write_text(f"print({answer!r})", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )
    return ran.returncode, ran.stdout.splitlines()[-1]


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


def test_where_nothing_could_be_looked_up_nothing_was_audited(tmp_path: Path) -> None:
    silence = "dependencies: not audited (the database answered for none of 2 packages)"
    assert audit(tmp_path, report(UNSEEN, UNSEEN)) == (0, silence)


def test_a_tool_without_an_answer_audited_nothing(tmp_path: Path) -> None:
    assert audit(tmp_path, "") == (0, "dependencies: not audited (no answer)")


def test_sound_packages_pass(tmp_path: Path) -> None:
    assert audit(tmp_path, report(SOUND, UNSEEN)) == (
        0,
        "dependencies: 1 of 2 audited, 0 known vulnerabilities",
    )


def test_a_known_vulnerability_fails(tmp_path: Path) -> None:
    assert audit(tmp_path, report(SOUND, FLAWED)) == (
        1,
        "dependencies: 2 of 2 audited, 1 known vulnerabilities",
    )
