from typing import get_args

import pytest

from portal.domain.events import (
    OURS,
    Accepted,
    AttemptEvent,
    Cancelled,
    Failed,
    FailureCode,
    Lapsed,
    Paid,
    Unheard,
    is_final_word,
)
from portal.domain.money import Money

ENDINGS = (Failed, Cancelled, Lapsed)


@pytest.mark.parametrize(
    ("event", "final"),
    [
        (Accepted(), False),
        (Unheard(), False),
        (Paid(Money(500)), True),
        (Failed(FailureCode.INSUFFICIENT_FUNDS), True),
        (Failed(FailureCode.NOT_STARTED), True),
        (Failed(FailureCode.REVERSED), True),
        (Cancelled(FailureCode.CUSTOMER), True),
        (Cancelled(FailureCode.LEFT), False),
        (Lapsed(FailureCode.SESSION_EXPIRED), True),
        (Lapsed(FailureCode.NO_ANSWER), False),
    ],
)
def test_a_final_word_is_the_operators_not_our_own_deduction(event: AttemptEvent, final: bool) -> None:  # noqa: FBT001
    assert is_final_word(event) is final


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("code", FailureCode)
def test_an_end_is_final_unless_its_code_is_ours(ending: type[Failed], code: FailureCode) -> None:
    assert is_final_word(ending(code)) is (code not in OURS)


def test_there_are_no_other_events() -> None:
    assert set(get_args(AttemptEvent)) == {Accepted, Paid, Unheard, *ENDINGS}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Paid(Money(500), "T1"), True),
        (Paid(Money(500), "T1", fee=5, payer="90112233"), True),
        (Paid(Money(501), "T1"), False),
        (Paid(Money(500, "952"), "T1"), False),
        (Paid(Money(500), "T2"), False),
        (Paid(Money(500)), False),
    ],
)
def test_one_payment_is_amount_currency_and_the_operators_reference(other: Paid, same: bool) -> None:  # noqa: FBT001
    assert Paid(Money(500), "T1").same_fact(other) is same
