"""An operator with too many calls under way: nothing is begun, and the shopper is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from portal.domain.events import Accepted, Cancelled, FailureCode
from portal.payments.calls import Calls
from portal.web.services import EXTENSION
from tests.machines.stage import Stage
from tests.web.shop import HOSTED, Shop, read, words

NUMBER = "+22890112233"


@contextmanager
def all_lines_full(shop: Shop) -> Iterator[None]:
    """Let every operator have one call at most under way, and that one hang."""
    free = threading.Event()

    def hang() -> None:
        assert free.wait(10)

    calls = Calls(shop.stage.app.app_context, at_once=1)
    shop.stage.app.extensions[EXTENSION] = replace(shop.services, calls=calls)
    for operator in shop.services.providers:
        assert calls.hand_over(operator, hang)
    try:
        yield
    finally:
        free.set()
        calls.close()


def test_an_operator_with_too_many_calls_under_way_begins_nothing_and_says_so(
    stage_with: Callable[..., Stage],
) -> None:
    shop = Shop(stage_with()).opens()
    order = shop.order()
    with all_lines_full(shop):
        answer = shop.presses(order, "flooz", "90 11 22 33")
    assert answer.status_code == 200
    assert "Moov Money est très lent en ce moment. Aucun montant n'a été débité." in words(read(answer))
    assert 'value="90 11 22 33"' in answer.text
    assert shop.stage.attempts(order) == []
    assert shop.stage.operator.calls == []


def test_after_a_try_that_may_have_debited_it_does_not_say_that_nothing_was(
    stage_with: Callable[..., Stage],
) -> None:
    shop = Shop(stage_with()).opens()
    order = shop.order()
    shop.tried(order, HOSTED, Accepted(), Cancelled(FailureCode.LEFT), source="shopper")
    with all_lines_full(shop):
        said = words(read(shop.presses(order, "flooz", "90112233")))
    assert "ce paiement n'a pas commencé" in said
    assert "ne payez pas une seconde fois" in said
    assert "Aucun montant" not in said


def test_a_click_on_a_full_line_shows_the_payment_that_is_under_way(stage_with: Callable[..., Stage]) -> None:
    shop = Shop(stage_with()).opens()
    order = shop.order()
    shop.tried(order, "flooz", Accepted(), phone=NUMBER)
    with all_lines_full(shop):
        assert shop.presses(order, "flooz", "90112233").location == f"/pay/{order.token}"
