"""How the rails do: what counts against an operator and what does not, and when a shopper is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal import db
from portal.domain.events import Accepted, AttemptEvent, Cancelled, Failed, FailureCode, Lapsed, Paid
from portal.domain.money import Money
from portal.payments import lifecycle, weather
from portal.payments.ledger import Source
from portal.payments.weather import Weather
from portal.security import tokens
from tests import factories
from tests.conftest import settings_for
from tests.databases import Databases, Kind
from tests.machines.clocks import NOON
from tests.machines.stage import OPERATOR, Stage, on_stage

REFUSED = Failed(FailureCode.REFUSED)


@pytest.fixture(scope="module")
def station(
    database_kind: Kind, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Build a portal of its own: what all other tests try would count here."""
    folder = tmp_path_factory.mktemp("station")
    with databases.fresh(database_kind) as url, on_stage(settings_for(url, folder)) as stage:
        yield stage


@pytest.fixture
def calm(station: Stage) -> Stage:
    """Give a store nobody knows, at an hour that has seen nothing yet."""
    station.passes(hours=3)
    return station.anew_store()


def tries(stage: Stage, *then: AttemptEvent, seconds: float = 0, mode: str = "test") -> None:
    """Start a payment, and let that be its end after so many seconds."""
    account = stage.account if mode == "test" else stage.an_account(stage.merchant, mode=mode)
    order = stage.order(mode=mode)
    with stage.app.app_context():
        attempt = factories.an_attempt(order, account, then=[Accepted()])
        stage.passes(seconds=seconds)
        for event in then:
            with db.writing() as tx:
                said = Source("answer")
                lifecycle.apply(tx, stage.clock, account.id, attempt.reference, event, source=said)


def pays(stage: Stage, *, seconds: float = 20, mode: str = "test") -> None:
    tries(stage, Paid(Money(500, "XOF"), tokens.text(12)), seconds=seconds, mode=mode)


def counted(stage: Stage, mode: str = "test") -> Weather | None:
    """Count anew, and return how the operator does."""
    with stage.app.app_context():
        with db.writing() as tx:
            weather.count(tx, stage.clock)
        with db.reading() as connection:
            return weather.present(connection, mode).get(OPERATOR)


def told(stage: Stage, mode: str = "test") -> tuple[int, int, int | None] | None:
    """Return how many attempts said something, how many were paid, and the median of their seconds."""
    found = counted(stage, mode)
    return (found.ended, found.paid, found.median_seconds) if found else None


def test_an_hour_without_attempts_has_no_weather(calm: Stage) -> None:
    assert counted(calm) is None


def test_payments_count_with_the_seconds_they_took(calm: Stage) -> None:
    for seconds in (10, 30, 20):
        pays(calm, seconds=seconds)
    assert told(calm) == (3, 3, 20)


def test_of_an_even_number_the_median_is_the_quicker_one_of_the_two(calm: Stage) -> None:
    for seconds in (10, 30, 20, 40):
        pays(calm, seconds=seconds)
    assert told(calm) == (4, 4, 20)


@pytest.mark.parametrize(
    "end",
    [
        Failed(FailureCode.REFUSED),
        Failed(FailureCode.NOT_STARTED),
        Lapsed(FailureCode.SESSION_EXPIRED),
        Lapsed(FailureCode.NO_ANSWER),
    ],
    ids=lambda end: end.code,
)
def test_an_end_that_may_be_the_operators_doing_counts_against_it(calm: Stage, end: AttemptEvent) -> None:
    tries(calm, end)
    assert told(calm) == (1, 0, None)


@pytest.mark.parametrize(
    "end",
    [
        Cancelled(FailureCode.CUSTOMER),
        Cancelled(FailureCode.LEFT),
        Failed(FailureCode.INSUFFICIENT_FUNDS),
        Failed(FailureCode.AUTHENTICATION),
    ],
    ids=lambda end: end.code,
)
def test_an_end_that_is_the_shoppers_own_says_nothing(calm: Stage, end: AttemptEvent) -> None:
    tries(calm, end)
    assert told(calm) == (0, 0, None)


def test_silence_counts_against_it_after_three_minutes(calm: Stage) -> None:
    tries(calm)
    calm.passes(minutes=3, microseconds=-1)
    assert told(calm) == (0, 0, None)
    calm.passes(microseconds=1)
    assert told(calm) == (1, 0, None)


def test_what_is_older_than_an_hour_is_forgotten(calm: Stage) -> None:
    tries(calm, REFUSED)
    calm.passes(hours=1)
    assert told(calm) == (1, 0, None)
    calm.passes(microseconds=1)
    pays(calm)
    assert told(calm) == (1, 1, 20)
    calm.passes(hours=2)
    assert counted(calm) is None


def test_test_and_live_have_a_weather_each(calm: Stage) -> None:
    tries(calm, REFUSED)
    pays(calm, mode="live")
    assert (told(calm), told(calm, "live")) == ((1, 0, None), (1, 1, 20))


def test_all_stores_of_an_operator_have_one_weather(calm: Stage) -> None:
    pays(calm)
    pays(calm.anew_store())
    assert told(calm) == (2, 2, 20)


def test_the_worker_counts_every_twenty_seconds(calm: Stage) -> None:
    def seen() -> int | None:
        with calm.app.app_context(), db.reading() as connection:
            found = weather.present(connection, "test").get(OPERATOR)
        return found.ended if found else None

    calm.tick()
    tries(calm, REFUSED)
    calm.passes(seconds=19)
    calm.tick()
    assert seen() is None
    calm.passes(seconds=1)
    calm.tick()
    assert seen() == 1


# ---- what is made of it

FINE = Weather(operator=OPERATOR, mode="test", ended=10, paid=10, median_seconds=20, counted_at=NOON)


def like(**changes: object) -> Weather:
    columns = {name: getattr(FINE, name) for name in Weather.__table__.columns.keys()}  # noqa: SIM118 - not a dict
    return Weather(**columns | changes)


@pytest.mark.parametrize(
    ("ended", "paid", "failing"), [(4, 0, False), (5, 0, True), (5, 2, True), (6, 3, False), (5, 3, False)]
)
def test_it_fails_when_fewer_than_half_of_enough_succeed(ended: int, paid: int, *, failing: bool) -> None:
    assert like(ended=ended, paid=paid).failing is failing


@pytest.mark.parametrize(
    ("paid", "median", "slow"), [(5, 90, False), (5, 91, True), (4, 600, False), (0, None, False)]
)
def test_it_is_slow_when_enough_payments_take_longer_than_a_minute_and_a_half(
    paid: int, median: int | None, *, slow: bool
) -> None:
    assert like(paid=paid, median_seconds=median).slow is slow


def test_the_usual_time_is_told_when_enough_were_paid() -> None:
    assert (like(paid=5).usual_seconds, like(paid=4).usual_seconds) == (20, None)


def test_a_count_of_five_minutes_ago_is_no_news() -> None:
    assert FINE.is_news(NOON + timedelta(minutes=5, microseconds=-1))
    assert not FINE.is_news(NOON + timedelta(minutes=5))


def test_the_good_stand_first_in_their_order_then_the_slow_then_the_failing() -> None:
    seen = {
        "a": like(paid=0),
        "b": like(median_seconds=300),
        "d": FINE,
        "e": like(paid=4, median_seconds=300),
    }
    assert weather.best_first("abcde", seen) == ["c", "d", "b", "a", "e"]
