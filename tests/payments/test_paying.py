"""Starting a payment: intent committed first, the operator asked with nothing locked, and one attempt per click."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Insert, Update, insert, update
from sqlalchemy.exc import IntegrityError

from portal import db
from portal.domain.states import LIVE
from portal.merchants.models import Merchant, OperatorAccount
from portal.payments import links
from portal.payments.links import NewLink
from portal.payments.models import Attempt, Order, PaymentLink
from portal.web.services import services
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.machines.stage import Stage

NOT_HEARD: dict[str, Reply] = {
    "refused": says("NOK:UNKNOWN_MERCHANT"),
    "html": says("<html><body>Service indisponible</body></html>", 503),
    "html as success": says("<html>OK</html>"),
    "empty": says(""),
    "silence": silence,
    "cut": cut,
    "cut in the middle": promises(35, b"OK:1234"),
    "three megabytes": says(b"OK:" + b"1" * 3_000_000),
    "redirected": says("", 302, {"Location": "https://elsewhere.example/"}),
    "server error with a session": says("OK:12345678901234567890123456789012", 500),
}


def test_the_intent_is_committed_before_the_operator_is_called(stage: Stage) -> None:
    order = stage.order()
    seen: list[list[str]] = []
    stage.operator.meanwhile = lambda: seen.append([a["status"] for a in stage.attempts(order)])
    stage.clicks(order)
    assert seen == [["starting"]]
    assert stage.facts(order) == ["started", "accepted"]


def test_no_transaction_is_open_while_the_operator_is_asked(stage: Stage) -> None:
    order, other = stage.order(), stage.order()
    stage.operator.meanwhile = lambda: stage.cancels(other)  # would wait for ever behind an open one
    stage.clicks(order)
    assert stage.now(other)["status"] == "cancelled"


def test_every_attempt_has_a_reference_of_its_own(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    stage.leaves(order)
    stage.clicks(order)
    first, second = stage.attempts(order)
    assert first["reference"] != second["reference"]
    assert (second["amount"], second["currency"], second["account_id"]) == (500, "XOF", stage.account.id)


@pytest.mark.parametrize("reply", NOT_HEARD.values(), ids=NOT_HEARD)
def test_a_page_that_was_never_offered_debits_nothing_and_may_be_tried_again(
    stage: Stage, reply: Reply
) -> None:
    order = stage.order()
    stage.operator.once.append(reply)
    stage.clicks(order)
    assert stage.now(order)["status"] == "open"
    [attempt] = stage.attempts(order)
    assert (attempt["status"], attempt["failure_code"], attempt["confirmed"]) == (
        "failed",
        "not_started",
        True,
    )
    assert "Aucun montant n&#39;a été débité" in stage.looks(order).text
    stage.clicks(order)
    assert [a["status"] for a in stage.attempts(order)] == ["failed", "waiting"]


def test_money_for_a_page_that_we_thought_was_never_offered_is_honoured(stage: Stage) -> None:
    order = stage.order()
    stage.operator.once.append(silence)
    stage.clicks(order)
    assert stage.notifies(stage.attempts(order)[0]["reference"]).status_code == 200
    assert stage.now(order)["status"] == "paid"


def test_a_second_click_meets_the_same_attempt_and_its_same_page(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    first = stage.looks(order, "/go").text
    stage.clicks(order)
    assert stage.looks(order, "/go").text == first
    assert len(stage.attempts(order)) == len(stage.operator.calls) == 1


def test_a_second_click_while_the_operator_is_asked_asks_nothing(stage: Stage) -> None:
    order = stage.order()
    stage.operator.meanwhile = lambda: stage.clicks(order)
    stage.clicks(order)
    assert len(stage.attempts(order)) == len(stage.operator.calls) == 1


def test_eight_clicks_at_once_make_one_attempt(stage: Stage) -> None:
    order = stage.order()

    def click(_number: int) -> int:
        return stage.app.test_client().post(f"/pay/{order.token}/tmoney-online").status_code

    with ThreadPoolExecutor(8) as tabs:
        assert set(tabs.map(click, range(8))) == {303}
    assert [a["status"] for a in stage.attempts(order)] == ["waiting"]
    assert len(stage.operator.calls) == 1


def test_a_payment_that_comes_before_the_reply_stands(stage: Stage) -> None:
    order = stage.order()
    stage.operator.meanwhile = lambda: stage.notifies(stage.attempts(order)[0]["reference"])
    stage.clicks(order)
    assert stage.now(order)["status"] == "paid"
    assert stage.facts(order) == ["started", "paid", "stale"]
    assert stage.attempts(order)[0]["status"] == "paid"


def test_a_reply_after_the_worker_gave_up_offers_no_page(stage: Stage) -> None:
    order = stage.order()

    def gives_up() -> None:
        stage.passes(seconds=61)
        stage.tick()

    stage.operator.meanwhile = gives_up
    stage.clicks(order)
    assert stage.looks(order, "/go").status_code == 303
    assert stage.attempts(order)[0]["failure_code"] == "not_started"
    assert stage.now(order)["status"] == "open"


def test_an_operator_that_is_not_connected_is_not_offered(stage: Stage) -> None:
    order = stage.order()
    assert stage.clicks(order, "flooz-of-nobody").status_code == 404
    assert stage.attempts(order) == []


@pytest.mark.parametrize(("amount", "answer"), [(99, 404), (100, 303), (9_999_999_999, 303)])
def test_an_amount_outside_the_operators_limits_is_not_offered(
    stage: Stage, amount: int, answer: int
) -> None:
    order = stage.order(amount=amount)
    assert ("Mixx by Yas" in stage.looks(order).text) is (answer == 303)
    assert stage.clicks(order).status_code == answer


def test_a_disabled_account_starts_nothing_new_and_hears_what_was_started(stage: Stage) -> None:
    order, later = stage.order(), stage.order()
    attempt = stage.starts(order)
    _change(stage, update(OperatorAccount).values(enabled=False))
    assert stage.clicks(later).status_code == 404
    assert stage.notifies(attempt["reference"]).status_code == 200
    assert stage.now(order)["status"] == "paid"


def test_a_store_that_may_not_take_real_money_starts_nothing_live(stage: Stage) -> None:
    live = stage.an_account(stage.merchant, mode="live", networks=["127.0.0.1"])
    order, later = stage.order(mode="live"), stage.order(mode="live")
    for may, answer in ((True, 303), (False, 404)):
        _change(stage, update(Merchant).where(Merchant.id == stage.merchant.id).values(live=may))
        assert ("Mixx by Yas" in stage.looks(later).text) is may
        assert stage.clicks(order if may else later).status_code == answer
    assert stage.attempts(later) == []
    # What was started goes on.
    reference = stage.attempts(order)[0]["reference"]
    assert stage.notifies(reference, account=live.public_id).status_code == 200
    assert stage.now(order)["status"] == "paid"


def test_a_link_that_was_switched_off_starts_nothing_new(stage: Stage) -> None:
    new = NewLink(merchant_id=stage.merchant.id, mode="test", title="Pagne", amount=500)
    with stage.app.app_context(), db.writing() as tx:
        link = links.create(tx, stage.clock, services().vault, new)
    started, later = stage.order(source="link", link_id=link["id"]), stage.order(link_id=link["id"])
    reference = stage.starts(started)["reference"]
    _change(stage, update(PaymentLink).where(PaymentLink.id == link["id"]).values(enabled=False))
    assert "Mixx by Yas" not in stage.looks(later).text
    assert stage.clicks(later).status_code == 404
    assert stage.attempts(later) == []
    # What was started goes on.
    assert stage.notifies(reference).status_code == 200
    assert stage.now(started)["status"] == "paid"


@pytest.mark.parametrize("status", ["paid", "cancelled", "expired", "review", "closed"])
def test_an_order_that_is_over_or_in_review_takes_no_new_attempt(stage: Stage, status: str) -> None:
    order = stage.order()
    _change(stage, update(Order).where(Order.id == order.id).values(status=status))
    assert stage.clicks(order).status_code == 303
    assert stage.attempts(order) == []
    assert stage.operator.calls == []


def test_an_order_whose_time_has_passed_takes_no_attempt_even_before_the_worker_looks(stage: Stage) -> None:
    order = stage.order()
    stage.passes(hours=24)
    stage.clicks(order)
    assert stage.attempts(order) == []


def test_what_the_operator_is_told_is_bound_to_the_attempt(stage: Stage) -> None:
    order = stage.order(description="", reference="CMD-7")
    fields = _form(stage, stage.starts(order))
    assert fields["purchaseref"] == stage.attempts(order)[0]["reference"]
    assert (fields["amount"], fields["currency"]) == ("500", "952")
    assert (fields["brand"], fields["description"]) == ("Boutique Akofa", "CMD-7")
    assert len(fields["accepturl"]) < 150


def test_at_most_one_live_attempt_is_held_by_the_database_itself(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    live = [a for a in stage.attempts(order) if a["status"] in LIVE]
    other = {"public_id": "att_2", "reference": "R2", "token": "t2"}
    copy = {name: value for name, value in live[0].items() if name != "id"} | other
    with pytest.raises(IntegrityError):
        _change(stage, insert(Attempt).values(copy))


def _form(stage: Stage, attempt: dict[str, object]) -> dict[str, str]:
    page = attempt["continuation"]
    assert isinstance(page, dict)
    return dict(page["fields"])


def _change(stage: Stage, statement: Insert | Update) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(statement)
