"""These tests stand on the stage: the whole portal, a hand-wound clock, an obedient operator."""

from __future__ import annotations

import pytest

from tests.machines.fixtures import house, stage, stage_with
from tests.machines.stage import Stage
from tests.providers.accounts import PaymentOf
from tests.providers.payment import Payment, connected, leave_alone, opened
from tests.providers.tmoney_desk import desk

__all__ = ["desk", "house", "payment_of", "stage", "stage_with"]


@pytest.fixture
def payment_of(stage: Stage) -> PaymentOf:
    leave_alone(stage)

    def open_one(slug: str, option: str = "") -> Payment:
        account = connected(stage, slug, stage.merchant, option)
        return Payment(stage, slug, account, opened(stage, slug), option)

    return open_one
