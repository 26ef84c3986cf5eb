"""The way back from an operator: the visit is kept as evidence, and no browser ever moves money."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal import db
from portal.domain.events import Accepted
from portal.payments.models import Attempt, JournalLine, Order, Visit
from portal.webhooks.models import Event
from tests.counting import counting
from tests.machines.stage import Stage
from tests.web.shop import Shop


@pytest.mark.parametrize("way", ["accept", "decline", "cancel"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_browser_that_comes_back_leaves_a_visit_and_sees_the_order(
    stage: Stage, way: str, method: str
) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    before = [stage.of(table) for table in (Order, Attempt, JournalLine, Event)]
    answer = stage.client.open(f"/return/{attempt['token']}/{way}", method=method)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}")
    [visit] = stage.of(Visit, Visit.attempt_id == attempt["id"])
    assert (visit["way"], visit["at"]) == (way, stage.clock.now())
    assert [stage.of(table) for table in (Order, Attempt, JournalLine, Event)] == before


def test_only_the_visit_is_written(stage: Stage) -> None:
    attempt = stage.starts(stage.order())
    with stage.app.app_context(), counting(db.db.engine) as seen:
        stage.client.get(f"/return/{attempt['token']}/accept")
    assert [text.split("(")[0].strip() for text in seen.writes] == ["INSERT INTO visits"]


def test_a_browser_from_an_operator_that_can_be_asked_makes_us_ask_whatever_it_carries(stage: Stage) -> None:
    """MoneyFusion adds a token of its own to the address; what a browser carries is not read."""
    shop = Shop(stage)
    order = shop.order()
    attempt = shop.tried(order, "moneyfusion", Accepted())
    answer = stage.client.get(f"/return/{attempt.token}/accept?token={order.token}x&statut=paid")
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}")
    [now] = stage.attempts(order)
    assert (now["status"], now["handle"], now["due_at"]) == ("waiting", None, stage.clock.now())
    assert "Nous attendons la confirmation de MoneyFusion" in stage.looks(order).text


@pytest.mark.parametrize("path", ["nobody/accept", "nobody/paid"])
def test_a_token_or_a_way_that_does_not_exist_finds_nothing(stage: Stage, path: str) -> None:
    assert stage.client.get(f"/return/{path}").status_code == 404


def test_after_accept_the_page_waits_and_asks_for_the_operators_sms(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.client.get(f"/return/{attempt['token']}/accept")
    page = stage.looks(order).text
    assert "Nous attendons la confirmation" in page
    assert "SMS de confirmation" in page
    assert f"/pay/{order.token}/go" not in page


def test_after_decline_nothing_is_said_to_have_failed(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.client.get(f"/return/{attempt['token']}/decline")
    assert "Nous vérifions auprès de" in stage.looks(order).text
    assert stage.now(order)["status"] == "processing"


def test_a_visit_may_come_after_the_notification(stage: Stage) -> None:
    order = stage.order()
    attempt = stage.starts(order)
    stage.notifies(attempt["reference"])
    stage.client.get(f"/return/{attempt['token']}/cancel")
    assert stage.now(order)["status"] == "paid"
    assert "a bien reçu votre paiement" in stage.looks(order).text


def test_the_whole_way_back_is_shorter_than_what_operators_take(stage: Stage) -> None:
    order = stage.order()
    fields = stage.starts(order)["continuation"]["fields"]
    assert all(len(fields[name]) < 150 for name in ("accepturl", "declineurl", "cancelurl"))


def test_a_browser_that_reloads_on_and_on_sees_its_order_and_writes_no_more(
    stage_with: Callable[..., Stage],
) -> None:
    stage = stage_with(RATE_LIMITS="1")
    order = stage.order()
    attempt = stage.starts(order)
    answers = [stage.client.get(f"/return/{attempt['token']}/accept") for _ in range(35)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"/pay/{order.token}")}
    assert len(stage.of(Visit, Visit.attempt_id == attempt["id"])) == 30
