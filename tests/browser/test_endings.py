"""The demo link paid in a browser, in every way it can end: each with and without scripts, each in a language.

Without scripts cookies are refused as well. A number ending in an even digit is paid in French with scripts and in
English without, an odd one the other way round, so that over both runs every ending is read in both languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic as clock

import pytest

from tests.browser.conftest import Street, as_usual
from tests.browser.shopper import Shopper
from tests.journeys.endings import BY_DIGITS, ENDINGS, Ending, row
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-endings")]

SILENT = BY_DIGITS["09"]
LIFETIME = 60
"""Seconds: the shortest that an order may have."""
LAST_LOOK = 45_000
"""Milliseconds: the waiting page looks after 47 s and after 67 s; the order expires after 60."""

Record = Callable[[str, object], None]

with_and_without_scripts = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])


def road(*, scripts: bool) -> str:
    return "browser, sqlite, scripts" if scripts else "browser, sqlite, no scripts"


def language_of(ending: Ending, *, scripts: bool) -> str:
    return "fr" if (int(ending.digits) % 2 == 0) is scripts else "en"


@pytest.fixture(scope="module", autouse=True)
def unheard(street: Street, sqlite_stack: Stack) -> Iterator[dict[bool, Shopper]]:
    """Let two shoppers pay what nobody will hear about, first of all: their minute passes meanwhile."""
    stack = as_usual(sqlite_stack)
    with ExitStack() as waiting:
        arrived: dict[bool, Shopper] = {}
        for scripts in (True, False):
            language = language_of(SILENT, scripts=scripts)
            shopper = waiting.enter_context(street.shopper(stack, language, scripts=scripts))
            shopper.open(stack.open_order(expires_in=LIFETIME)["checkout_url"])
            shopper.pay(SILENT)
            arrived[scripts] = shopper
        yield arrived


@pytest.fixture(scope="module", autouse=True)
def undecided(street: Street, sqlite_stack: Stack) -> Iterator[Shopper]:
    """Let a shopper look at the wallets of an order that has a minute, and press none."""
    stack = as_usual(sqlite_stack)
    with street.shopper(stack, "en") as shopper:
        shopper.open(stack.open_order(expires_in=LIFETIME)["checkout_url"])
        yield shopper


@with_and_without_scripts
@pytest.mark.parametrize(
    "ending", [one for one in ENDINGS if one.digits not in {"09", "10"}], ids=lambda one: one.digits
)
def test_a_shopper_reads_how_the_payment_ended(
    shopper: Callable[..., Shopper], stack: Stack, record_property: Record, ending: Ending, *, scripts: bool
) -> None:
    began = clock()
    someone = shopper(language_of(ending, scripts=scripts), scripts=scripts)
    if ending.digits == "04":
        stack.set(lapse_seconds=1)
    someone.open_link()
    someone.pay(ending)
    someone.reads(ending.reads)
    order = stack.when_told(someone.order_id, ending.told)
    record_property("shown", row(road(scripts=scripts), ending, someone.language, order, clock() - began))
    assert (order["status"], order["money_moved"]) == (ending.status, ending.money_moved)
    assert order["attempts"][-1]["operator"] == "tmoney-online"


@with_and_without_scripts
def test_an_unheard_payment_stays_undecided_and_expires_so(
    unheard: dict[bool, Shopper], record_property: Record, *, scripts: bool
) -> None:
    someone = unheard[scripts]
    someone.reads(SILENT.reads, within=LAST_LOOK)
    someone.does_not_read("Aucun montant n'a été débité.")
    order = someone.order
    record_property("shown", row(road(scripts=scripts), SILENT, someone.language, order, LIFETIME))
    assert (order["status"], order["money_moved"]) == ("expired", "unknown")
    assert order["finished"] is False


def test_an_order_that_expires_before_the_shoppers_eyes_says_so_at_the_next_touch(undecided: Shopper) -> None:
    undecided.page.wait_for_function(
        "async () => !(await (await fetch(location.href)).text()).includes('class=\"wallet\"')",
        timeout=LAST_LOOK,
    )
    undecided.follow(undecided.wallet)
    undecided.reads("Le délai pour payer est passé")
    undecided.reads("Aucun montant n'a été débité. Demandez un nouveau lien au marchand.")
    order = undecided.order
    assert (order["status"], order["money_moved"]) == ("expired", "no")
