"""The ledger: every franc that moved, once, and no other."""

import pytest

from portal.sandbox.ledger import Ledger, Movement
from tests.sandbox.stage import Stage

STRANGER = {"REMOTE_ADDR": "192.0.2.7"}


def movement(reference: str = "att_1", operator: str = "flooz") -> Movement:
    return Movement(operator, "acc_demo", reference, "payment", 2500, 25, "22896000000", "P1")


def test_the_newest_movement_is_the_last_and_the_oldest_is_forgotten() -> None:
    ledger = Ledger(lambda: 0.0, kept=3)
    for number in range(5):
        ledger.record(movement(str(number)))
    assert [one["reference"] for one in ledger.movements()] == ["2", "3", "4"]


def test_a_movement_is_shown_whole_with_its_time_and_a_masked_payer() -> None:
    ledger = Ledger(lambda: 1_469_024_554.25)
    ledger.record(movement())
    assert ledger.movements() == [
        {
            "time": "2016-07-20T14:22:34.250Z",
            "operator": "flooz",
            "account": "acc_demo",
            "reference": "att_1",
            "kind": "payment",
            "amount": 2500,
            "fee": 25,
            "payer": "•••••••••00",
            "payment_reference": "P1",
        }
    ]


def test_movements_are_found_by_operator_and_reference() -> None:
    ledger = Ledger(lambda: 0.0)
    for operator, reference in (("tmoney", "a"), ("flooz", "a"), ("flooz", "b")):
        ledger.record(movement(reference, operator))
    assert len(ledger.movements(operator="flooz")) == 2
    assert len(ledger.movements(reference="a")) == 2
    assert len(ledger.movements("flooz", "a")) == 1
    assert ledger.movements("moneyfusion") == []


def test_a_stranger_may_not_look(stage: Stage) -> None:
    assert stage.browser.get("/ledger", environ_overrides=STRANGER).status_code == 403


def test_an_approved_page_moves_the_money_once(stage: Stage) -> None:
    shopper = stage.open()
    shopper.pays()
    shopper.types_code()
    stage.time.passes()

    (moved,) = stage.ledger(operator="tmoney-online", reference="att_1")
    assert (moved["kind"], moved["amount"], moved["account"]) == ("payment", 2500, "acc_demo")
    assert moved["payment_reference"] == stage.portal.notices[0]["paymentref"]


@pytest.mark.parametrize("ending", ["05", "06", "07", "09", "11", "12"])
def test_however_it_is_told_it_moved_once(stage: Stage, ending: str) -> None:
    stage.open().pays(f"90 00 00 {ending}")
    stage.time.passes(1_000)
    assert [moved["amount"] for moved in stage.ledger()] == [2500]


def test_a_smaller_amount_is_what_moved(stage: Stage) -> None:
    stage.open().pays("90 00 00 08")
    assert [moved["amount"] for moved in stage.ledger()] == [1250]


@pytest.mark.parametrize("ending", ["01", "02", "03", "04"])
def test_what_is_not_approved_moves_nothing(stage: Stage, ending: str) -> None:
    stage.open().pays(f"90 00 00 {ending}")
    stage.time.passes(1_000)
    assert stage.ledger() == []


def test_it_moved_even_where_nobody_is_to_be_told(stage: Stage) -> None:
    stage.open("/tmoney-online/online").pays()
    stage.time.passes()
    assert stage.portal.calls == []
    assert [(moved["account"], moved["amount"]) for moved in stage.ledger()] == [("", 2500)]
