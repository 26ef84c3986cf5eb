"""What becomes of one request: it ends once, and every payment has a name of its own."""

from dataclasses import replace

from portal.sandbox.operators._handset_push import (
    Failure,
    Push,
    State,
    ended,
    fresh_payment,
    seconds_until_end,
)
from portal.sandbox.operators._handset_settings import HandsetSettings

PUSH = Push("payment", "acc_demo", "att_1", "22890000000", 2500, "P1", 100.0)
SETTINGS = HandsetSettings()


def of(ending: str) -> Push:
    return replace(PUSH, phone=f"228900000{ending}")


def test_what_has_ended_stays_as_it_is() -> None:
    done = ended(PUSH, 103.0)
    assert (done.state, done.moved, done.ended_at) == (State.DONE, 2500, 103.0)
    assert ended(replace(done, refused=True), 200.0) == replace(done, refused=True)


def test_half_a_franc_is_a_franc() -> None:
    assert ended(replace(of("08"), amount=1), 0.0).moved == 1


def test_a_refusal_of_the_operator_goes_before_the_phone() -> None:
    assert ended(replace(PUSH, refused=True), 0.0).failure is Failure.REFUSED


def test_only_a_payment_waits_for_somebody_who_does_not_act() -> None:
    assert seconds_until_end(of("04"), SETTINGS) == 120
    assert seconds_until_end(replace(of("04"), kind="payout"), SETTINGS) == 3
    assert seconds_until_end(of("05"), SETTINGS) == 20


def test_no_payment_has_the_name_of_another() -> None:
    names = {fresh_payment(1_469_024_554.0) for _ in range(10_000)}
    assert len(names) == 10_000
    assert {len(name) for name in names} == {15}
