"""Thirteen endings by four operators, portal, sandbox and worker being processes of their own: one table of cells.

All cells run at once, for what they do is wait. A shopper without scripts and cookies pays; the twin's ledger says what
truly moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from textwrap import shorten

import pytest

from tests.databases import Databases
from tests.journeys.cells import AMOUNT, HOSTED, OPERATORS, PUSHED, SETTINGS, SHORTEST_LIFE, Cell, Seen
from tests.journeys.endings import BY_DIGITS, ENDINGS, PAID
from tests.stack import Stack, running_stack

pytestmark = pytest.mark.xdist_group("every-operator")

REFUSED = BY_DIGITS["02"].reads
LAPSED = BY_DIGITS["04"].reads
UNSURE = "Votre paiement n'est pas confirmé"
READS = {
    **{(operator, one.digits): one.reads for operator in OPERATORS for one in ENDINGS},
    # Asked about a payment that did not happen, these say that it failed, and not always why.
    **{(operator, "01"): REFUSED for operator in ("moneyfusion", *PUSHED)},
    **{(operator, "03"): REFUSED for operator in ("moneyfusion", *PUSHED)},
    **{(operator, "04"): REFUSED for operator in ("moneyfusion", *PUSHED)},
    **{(operator, "09"): PAID for operator in ("moneyfusion", *PUSHED)},
}
LATE = "05 late"
CELLS = [(operator, digits) for operator in OPERATORS for digits in (*BY_DIGITS, LATE)]
AT_ONCE = 16

Record = Callable[[str, object], None]
Results = dict[tuple[str, str], Future[Seen]]


@pytest.fixture(scope="module")
def stack(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with databases.fresh("sqlite") as url, running_stack(url, tmp_path_factory.mktemp("stack")) as stack:
        for operator, settings in SETTINGS.items():
            stack.set(operator, **settings)
        yield stack


@pytest.fixture(scope="module")
def results(stack: Stack) -> Iterator[Results]:
    """Let every shopper pay. Those who wait longest begin; a reply is lost on a page before anybody else is there."""
    stack.set("tmoney-online", lose_next_session_replies=1)
    found: Results = {("tmoney-online", "10"): Future()}
    found["tmoney-online", "10"].set_result(Cell(stack, "tmoney-online", "10").run())
    with ThreadPoolExecutor(AT_ONCE) as street:
        for operator, digits in sorted(set(CELLS) - found.keys(), key=_patience):
            life = (
                SHORTEST_LIFE if digits == LATE or (operator, digits) == ("tmoney-online", "09") else 86_400
            )
            found[operator, digits] = street.submit(Cell(stack, operator, digits[:2], life).run)
        yield found


def _patience(cell: tuple[str, str]) -> tuple[bool, str, str]:
    return cell[1] not in {"05", LATE, "09"}, *cell


@pytest.mark.parametrize(("operator", "digits"), CELLS, ids=lambda one: one)
def test_a_payment_ends_as_its_number_says(
    results: Results, record_property: Record, operator: str, digits: str
) -> None:
    seen = results[operator, digits].result()
    record_property("shown", _row(operator, digits, seen))
    status, money = _expected(operator, digits)
    order = seen.order
    assert (order["status"], order["money_moved"]) == (status, money)
    assert order["paid_late"] is (digits == LATE)
    assert READS[operator, digits[:2]] in seen.read
    # To the franc: what we say arrived is what truly moved, unless we say that we do not know.
    truly = sum(one["amount"] for one in seen.moved)
    assert order["amount_paid"] == (0 if money == "unknown" else truly)
    assert len(seen.moved) == (0 if money == "no" else 1)
    assert order["amount_paid"] in {0, AMOUNT} or status == "review"


def _expected(operator: str, digits: str) -> tuple[str, str]:
    if (operator, digits) in {(one, "09") for one in (*PUSHED, "moneyfusion")}:
        return "paid", "yes"
    ending = BY_DIGITS[digits[:2]]
    return ending.status, ending.money_moved


@pytest.mark.parametrize("operator", PUSHED)
def test_a_lost_reply_of_a_push_is_paid_exactly_once(results: Results, operator: str) -> None:
    seen = results[operator, "10"].result()
    assert [one["status"] for one in seen.order["attempts"]] == ["paid"]
    assert len(seen.moved) == 1


@pytest.mark.parametrize("operator", HOSTED)
def test_a_lost_reply_of_a_page_was_never_offered_and_the_next_try_is_paid_exactly_once(
    results: Results, operator: str
) -> None:
    seen = results[operator, "10"].result()
    assert seen.on_the_way == ["not_started"]
    assert [one["status"] for one in seen.order["attempts"]] == ["failed", "paid"]
    assert len(seen.moved) == 1


def test_what_nobody_ever_tells_of_is_left_to_a_person(results: Results) -> None:
    seen = results["tmoney-online", "09"].result()
    assert [(item["reason"], item["decision"]) for item in seen.order["review"]] == [("unconfirmed", None)]


def _row(operator: str, digits: str, seen: Seen) -> str:
    order = seen.order
    late = ", late" if order["paid_late"] else ""
    became = f"{order['status']}{late}, money moved: {order['money_moved']}"
    tries = "+".join([*seen.on_the_way, order["attempts"][-1]["status"]])
    reviews = " ".join(item["reason"] for item in order["review"]) or "-"
    read = shorten(seen.read, 60, placeholder=" …")
    return f"{operator:<13} {digits:<7} {became:<34} {tries:<16} {reviews:<15} {seen.seconds:5.1f} s  {read}"
