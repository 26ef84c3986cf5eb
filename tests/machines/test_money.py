"""Whatever shoppers, operators, merchants, time, workers and accidents do: the rules of money hold after every step."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.machines.fixtures import lives
from tests.machines.machine import Everybody
from tests.machines.stage import Stage


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_money_is_safe_from_everybody(house: Stage) -> None:
    class OnThisDatabase(Everybody):
        stage = house

    run_state_machine_as_test(OnThisDatabase, settings=lives(30, steps=30))
