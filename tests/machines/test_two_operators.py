"""Over two operators, whatever they say and whoever dies: the books are the operators' ledger, to the franc."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.commotion import HISTORIES
from tests.machines.fixtures import lives
from tests.machines.stage import Stage
from tests.machines.two_operators import TwoOperators

REACHED = {"paid", "double_payment", "refunded"}
"""What each run must meet, or it shows nothing; how often it met what else there is, is printed."""


def lives_once_after_each_history(machine: type[TwoOperators]) -> None:
    """Leave to no chance whether the rarer things were met: a few dozen lives may do without a refund."""
    for history in HISTORIES:
        life = machine()
        life.begins(verify="on", amount=500, history=history)
        life.all_is_well()
        life.teardown()


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_books_are_the_operators_ledger(two_operators: Stage, record_property: Any) -> None:
    counted: Counter[str] = Counter()

    class OnThisDatabase(TwoOperators):
        stage = two_operators
        seen = counted

    lives_once_after_each_history(OnThisDatabase)
    run_state_machine_as_test(OnThisDatabase, settings=lives(36, steps=40))
    record_property(
        "shown", "two operators: " + ", ".join(f"{counted[one]} {one}" for one in sorted(counted))
    )
    assert counted.keys() >= REACHED
