"""A module opens with a docstring that says whose room it is; only a package's `__init__` may be empty."""

import ast
from pathlib import Path

import pytest

from config import ROOT
from tests.house.tree import modules, name, parsed

ROOMS = [
    path
    for path in [ROOT / "config.py", ROOT / "wsgi.py", *modules(), *modules(ROOT / "migrations")]
    if path.name != "__init__.py" or path.stat().st_size
]


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_it_opens_with_a_sentence(room: Path) -> None:
    opening = (ast.get_docstring(parsed(room)) or "").split("\n\n")[0]
    assert opening.endswith("."), f"{name(room)} opens with {opening!r}"
    assert opening[0].isupper() or opening[0] == "`", f"{name(room)} opens with {opening!r}"
