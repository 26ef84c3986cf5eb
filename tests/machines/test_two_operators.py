"""Over two operators, whatever they say and whoever dies: the books are the operators' ledger, to the franc."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.stage import Stage
from tests.machines.two_operators import TwoOperators

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
MANNER = settings(
    max_examples=2_000 if LONG else 36,
    stateful_step_count=80 if LONG else 40,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

REACHED = {"paid", "started", "asked"}
"""What each run must meet, or it shows nothing; the rarer facts are printed, for chance decides on them."""


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_books_are_the_operators_ledger(two_operators: Stage, record_property: Any) -> None:
    counted: Counter[str] = Counter()

    class OnThisDatabase(TwoOperators):
        stage = two_operators
        seen = counted

    run_state_machine_as_test(OnThisDatabase, settings=MANNER)
    record_property(
        "shown", "two operators: " + ", ".join(f"{counted[one]} {one}" for one in sorted(counted))
    )
    assert counted.keys() >= REACHED
