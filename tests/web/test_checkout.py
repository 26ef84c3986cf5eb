"""The shopper's page: it always shows exactly where things stand, and forwards by a page of our own."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from portal import db
from portal.payments.models import Order
from tests.counting import counting
from tests.machines.stage import Row, Stage

SANDBOX = "http://127.0.0.1:8001"


class Forms(HTMLParser):
    """Every form of a page: its action and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        if tag == "input" and self.found:
            self.found[-1][1][given["name"]] = given.get("value", "")


def puts(stage: Stage, order: Row, **values: object) -> None:
    with stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Order).where(Order.id == order["id"]).values(values))


def test_an_open_order_shows_price_store_and_wallets(stage: Stage) -> None:
    page = stage.looks(stage.order(amount=12_500)).text
    for seen in ("12\u00a0500\u00a0F\u00a0CFA", "Boutique Akofa", "Deux pagnes", "Mixx by Yas", "TMoney"):
        assert seen in page


def test_a_test_order_says_that_no_real_money_flows(stage: Stage) -> None:
    assert "Mode test" in stage.looks(stage.order()).text


def test_looking_writes_nothing(stage: Stage) -> None:
    order = stage.order()
    with stage.app.app_context(), counting(db.db.engine) as seen:
        for _ in range(3):
            assert stage.looks(order).status_code == 200
    assert seen.writes == []


def test_the_page_costs_at_most_three_statements(stage: Stage) -> None:
    order = stage.order()
    for prepare in (lambda: None, lambda: stage.clicks(order)):
        prepare()
        with stage.app.app_context(), counting(db.db.engine) as seen:
            stage.looks(order)
        assert 1 <= seen.statements <= 3


@pytest.mark.parametrize("path", ["", "/go", "/leave", "/cancel", "/tmoney-online"])
def test_a_token_that_is_nobodys_finds_nothing(stage: Stage, path: str) -> None:
    method = stage.client.get if path in {"", "/go"} else stage.client.post
    assert method(f"/pay/nobody{path}").status_code == 404


def test_a_click_leads_to_our_own_forwarding_page_and_never_off_site(stage: Stage) -> None:
    order = stage.order()
    answer = stage.clicks(order)
    assert (answer.status_code, answer.location) == (303, f"/pay/{order.token}/go")


def test_the_forwarding_page_posts_the_order_form_to_the_operator(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    page = stage.looks(order, "/go")
    [(action, fields)] = [form for form in Forms(page.text).found if form[0].startswith("http")]
    assert action == f"{SANDBOX}/tmoney-online/{stage.account.public_id}/online/online.php"
    assert fields["sessionid"] == stage.operator.sessions[-1]
    assert (fields["amount"], fields["currency"]) == ("500", "952")
    assert fields["purchaseref"] == stage.attempts(order)[0]["reference"]


def test_form_action_is_opened_for_the_operators_host_on_that_page_alone(stage: Stage) -> None:
    order = stage.order()
    before = stage.looks(order)
    stage.clicks(order)
    policies = {
        path: stage.looks(order, path).headers["Content-Security-Policy"].split("form-action ")[1]
        for path in ("/go", "")
    }
    assert policies == {"/go": f"'self' {SANDBOX}", "": "'self'"}
    assert before.headers["Content-Security-Policy"].endswith("form-action 'self'")


def test_the_page_is_handed_out_while_its_session_can_be_used_and_not_after(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    stage.passes(seconds=179)
    assert stage.looks(order, "/go").status_code == 200
    stage.passes(seconds=1)
    assert stage.looks(order, "/go").status_code == 303
    assert "/go" not in stage.looks(order).text


def test_handing_the_page_out_again_begins_its_guard_time_again(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    stage.passes(seconds=100)
    stage.looks(order, "/go")
    [attempt] = stage.attempts(order)
    assert attempt["handed_out_at"] == stage.clock.now()
    assert (attempt["guard_until"] - attempt["handed_out_at"]).total_seconds() == 1200


def test_a_click_on_an_attempt_that_was_handed_out_leads_to_the_waiting_page(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    assert stage.clicks(order).location == f"/pay/{order.token}"
    assert "Terminez le paiement" in stage.looks(order).text


def test_the_waiting_page_looks_again_without_javascript_soon_and_then_patiently(stage: Stage) -> None:
    order = stage.order()
    stage.clicks(order)
    refreshes = [
        stage.looks(order, f"?n={n}").text.split('http-equiv="refresh" content="')[1].split('"')[0]
        for n in (0, 8, 9, -1, 10**9)
    ]
    assert [one.split(";")[0] for one in refreshes] == ["2", "30", "60", "60", "60"]
    assert refreshes[0] == f"2;url=/pay/{order.token}?n=1"


def test_leaving_the_page_offers_the_wallets_again_with_a_warning(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    assert stage.leaves(order).status_code == 303
    page = stage.looks(order).text
    assert "Choisissez comment payer" in page
    assert "ne payez pas une seconde fois" in page
    assert "Aucun montant" not in page


def test_leaving_while_the_operator_is_asked_is_refused(stage: Stage) -> None:
    order = stage.order()
    stage.operator.meanwhile = lambda: stage.leaves(order)
    stage.clicks(order)
    assert stage.attempts(order)[0]["status"] == "waiting"


def test_cancelling_while_a_page_may_be_open_is_answered_409_with_the_reason(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    answer = stage.cancels(order)
    assert answer.status_code == 409
    assert "ne peut pas être annulée maintenant" in answer.text


SCENES: list[tuple[str, str]] = [
    ("paid", "a bien reçu votre paiement"),
    ("expired", "Le délai pour payer est passé"),
    ("cancelled", "Commande annulée"),
    ("closed", "Commande remboursée"),
    ("review", "Le marchand vérifie votre paiement"),
]


@pytest.mark.parametrize(("status", "words"), SCENES)
def test_an_order_that_is_over_says_how(stage: Stage, status: str, words: str) -> None:
    order = stage.order()
    puts(stage, vars(order), status=status)
    answer = stage.looks(order)
    assert answer.status_code == 200
    assert words in answer.text
    assert "http-equiv" not in answer.text


def test_an_order_whose_time_has_passed_says_so_before_the_worker_does(stage: Stage) -> None:
    order = stage.order()
    stage.passes(hours=24)
    assert "Le délai pour payer est passé" in stage.looks(order).text


def test_an_expired_order_with_an_undecided_attempt_never_says_that_nothing_was_debited(stage: Stage) -> None:
    order = stage.order()
    stage.starts(order)
    stage.passes(hours=24)
    stage.tick()
    page = stage.looks(order).text
    assert "ne payez pas une seconde fois" in page
    assert "Aucun montant" not in page


def test_a_paid_order_leads_back_to_the_shop_with_its_query_kept(stage: Stage) -> None:
    order = stage.order(return_url="https://boutique.example/merci?panier=7&x=")
    stage.notifies(stage.starts(order)["reference"])
    back = f"https://boutique.example/merci?panier=7&amp;x=&amp;order_id={order.public_id}&amp;status=paid"
    assert f'href="{back}"' in stage.looks(order).text


def test_a_cancelled_order_leads_back_to_the_shops_own_page_for_that(stage: Stage) -> None:
    order = stage.order(
        return_url="https://boutique.example/merci", cancel_url="https://boutique.example/non"
    )
    stage.cancels(order)
    assert f"https://boutique.example/non?order_id={order.public_id}" in stage.looks(order).text


def test_clicking_is_slowed_down_per_order(stage_with: Callable[..., Stage]) -> None:
    stage = stage_with(RATE_LIMITS="1")
    order, other = stage.order(), stage.order()
    assert {stage.clicks(order).status_code for _ in range(20)} == {303}
    assert stage.clicks(order).status_code == 429
    assert stage.clicks(other).status_code == 303
