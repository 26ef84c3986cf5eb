"""The page as a state machine: what is not on the table changes nothing."""

from dataclasses import replace

import pytest

from portal.sandbox.operators import _tmoney_online_flow as flow
from portal.sandbox.operators._tmoney_online_form import read_order

ORDER = read_order(
    {"sessionid": "1", "merchantid": "1" * 16, "amount": "100", "purchaseref": "r", "brand": "b"}
)
PAGE = flow.opened(ORDER, "acc", "127.0.0.1")
ENDED = [flow.Stage.SUCCESS, flow.Stage.CANCELLED, flow.Stage.DECLINED, flow.Stage.LAPSED]


def at(stage: flow.Stage) -> flow.Page:
    return replace(PAGE, stage=stage, phone="22890000000")


def test_nobody_who_has_not_begun_lapses() -> None:
    assert flow.lapse(PAGE) == flow.Turn(PAGE)


@pytest.mark.parametrize("stage", [flow.Stage.CODE, flow.Stage.AWAY])
def test_whoever_has_begun_lapses(stage: flow.Stage) -> None:
    turn = flow.lapse(at(stage))
    assert (turn.page.stage, turn.outcome) == (flow.Stage.LAPSED, flow.Outcome.EXPIRED_SESSION)


@pytest.mark.parametrize(
    "act", [flow.identify("90000000", "1234"), flow.enter_code("123456"), flow.cancel, flow.lapse]
)
@pytest.mark.parametrize("stage", ENDED)
def test_an_ended_page_stays_as_it_is(stage: flow.Stage, act: flow.Act) -> None:
    assert act(at(stage)) == flow.Turn(at(stage))


def test_a_code_is_nothing_before_the_pin() -> None:
    assert flow.enter_code("123456")(PAGE) == flow.Turn(PAGE)


def test_a_second_pin_is_nothing_at_the_code() -> None:
    page = at(flow.Stage.CODE)
    assert flow.identify("90000002", "0000")(page) == flow.Turn(page)


@pytest.mark.parametrize("act", [flow.cancel, flow.enter_code("123456")])
def test_nobody_acts_where_the_customer_has_walked_away(act: flow.Act) -> None:
    page = at(flow.Stage.AWAY)
    assert act(page) == flow.Turn(page)
