"""Whatever shoppers, operators, merchants, time, workers and accidents do: the rules of money hold after every step."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.machine import Everybody
from tests.machines.stage import Stage

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
MANNER = settings(
    max_examples=2_000 if LONG else 30,
    stateful_step_count=80 if LONG else 30,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_money_is_safe_from_everybody(house: Stage) -> None:
    class OnThisDatabase(Everybody):
        stage = house

    run_state_machine_as_test(OnThisDatabase, settings=MANNER)
