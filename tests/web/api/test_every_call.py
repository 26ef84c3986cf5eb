"""Calls that nobody would think of: Schemathesis over every operation of a running portal finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import migrate
from tests.stack import running_stack
from tests.web.api.fuzzing import LEAST, explore, seed


@pytest.mark.longest
@pytest.mark.xdist_group("fuzzing")
def test_no_call_finds_the_api_other_than_its_document_says(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    url = f"sqlite:///{tmp_path / 'fuzzing.db'}"
    migrate(url, tmp_path)
    keys = seed(url, tmp_path)
    with running_stack(url, tmp_path) as stack:
        found = explore(stack.portal_url, keys, tmp_path)
    calls = {name: sum(statuses.values()) for name, statuses in found.calls.items()}
    table = "\n".join(
        f"  {sum(s.values()):5} {name} {dict(sorted(s.items()))}" for name, s in sorted(found.calls.items())
    )
    record_property("shown", f"calls by Schemathesis: {sum(calls.values())}\n{table}")
    assert found.content, found.words
    assert min(calls.values()) >= LEAST, calls
