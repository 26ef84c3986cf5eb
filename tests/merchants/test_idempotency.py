from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from portal import db
from portal.clock import Clock
from portal.merchants import idempotency
from portal.merchants.idempotency import Answer, BadKey, Call, Entry, InFlight, KeyReused, NoLongerKept
from portal.merchants.models import IdempotencyRecord
from portal.security.vault import Vault
from tests.counting import counting
from tests.factories import AnApiKey, a_merchant, an_api_key

VAULT = Vault([Fernet.generate_key().decode()])
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CLOCK = Clock(NOW)
CALL = Call(method="POST", path="/api/v1/orders", key="order-1", body_digest="a" * 64)
ANSWER = Answer(201, {"Content-Type": "application/json"}, '{"id": "ord_1", "é": "½"}')

only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def key(app: Flask) -> Iterator[AnApiKey]:
    with app.app_context():
        yield an_api_key(a_merchant())


def enter(tx: Connection, key: AnApiKey, call: Call = CALL, clock: Clock = CLOCK) -> Entry:
    entry = idempotency.enter(tx, clock, key.secret, call)
    assert entry is not None
    return entry


def answer_once(key: AnApiKey, call: Call = CALL, clock: Clock = CLOCK) -> None:
    with db.writing() as tx:
        entry = enter(tx, key, call, clock)
        assert idempotency.earlier_answer(entry, call, VAULT) is None
        db.write_together(tx, [idempotency.remember(entry.key, call, ANSWER)])


@contextmanager
def another_call_in_flight(key: AnApiKey, call: Call = CALL) -> Iterator[Connection]:
    """Hold the turn of a call, as another process does."""
    with db.db.engine.connect() as connection, connection.begin():
        enter(connection, key, call)
        yield connection


def test_the_first_answer_is_given_again_byte_for_byte(key: AnApiKey) -> None:
    answer_once(key)
    with db.writing() as tx:
        assert idempotency.earlier_answer(enter(tx, key), CALL, VAULT) == ANSWER


def test_key_and_earlier_answer_are_found_by_one_statement(key: AnApiKey) -> None:
    answer_once(key)
    with counting(db.db.engine) as seen, db.writing() as tx:
        enter(tx, key)
    assert (seen.statements, seen.writes) == (1, [])


def test_another_body_is_a_mistake(key: AnApiKey) -> None:
    answer_once(key)
    other = replace(CALL, body_digest="b" * 64)
    with db.writing() as tx, pytest.raises(KeyReused):
        idempotency.earlier_answer(enter(tx, key, other), other, VAULT)


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, key="order-2"),
        replace(CALL, path="/api/v1/payment-links"),
        replace(CALL, method="PATCH"),
    ],
)
def test_another_call_is_another_call(key: AnApiKey, other: Call) -> None:
    answer_once(key)
    answer_once(key, other)


def test_modes_and_stores_do_not_meet(app: Flask) -> None:
    with app.app_context():
        merchant = a_merchant(live=True)
        for key in (
            an_api_key(merchant),
            an_api_key(merchant, mode="live"),
            an_api_key(a_merchant(name="B")),
        ):
            answer_once(key)


def test_two_keys_of_one_store_and_mode_are_one_caller(app: Flask) -> None:
    """A shop may exchange its key between a call and its repetition."""
    with app.app_context():
        merchant = a_merchant()
        answer_once(an_api_key(merchant))
        new_key = an_api_key(merchant, name="Neuve")
        with db.writing() as tx:
            assert idempotency.earlier_answer(enter(tx, new_key), CALL, VAULT) == ANSWER


def test_without_a_call_the_key_alone_is_found(key: AnApiKey) -> None:
    with db.writing() as tx:
        entry = idempotency.enter(tx, CLOCK, key.secret, None)
    assert entry is not None
    assert (entry.key.public_id, entry.answer, entry.free) == (key.public_id, None, True)


@pytest.mark.parametrize("call", [CALL, None])
def test_an_unknown_secret_enters_nowhere(key: AnApiKey, call: Call | None) -> None:
    with db.writing() as tx:
        assert idempotency.enter(tx, CLOCK, "sk_test_nobody", call) is None


# ---- at the same time


@only_postgresql
def test_while_the_first_call_is_in_flight_the_second_is_sent_away(key: AnApiKey) -> None:
    with another_call_in_flight(key), db.writing() as tx, pytest.raises(InFlight):
        idempotency.earlier_answer(enter(tx, key), CALL, VAULT)


@only_postgresql
@pytest.mark.parametrize("other", [replace(CALL, key="order-2"), replace(CALL, path="/api/v1/refunds")])
def test_another_call_in_flight_holds_up_nobody(key: AnApiKey, other: Call) -> None:
    with another_call_in_flight(key, other), db.writing() as tx:
        assert idempotency.earlier_answer(enter(tx, key), CALL, VAULT) is None


@only_postgresql
def test_an_answer_that_is_known_is_given_even_while_another_asks_for_it(key: AnApiKey) -> None:
    answer_once(key)
    with another_call_in_flight(key), db.writing() as tx:
        assert idempotency.earlier_answer(enter(tx, key), CALL, VAULT) == ANSWER


@only_postgresql
def test_a_call_that_died_leaves_its_turn_free(key: AnApiKey) -> None:
    with another_call_in_flight(key) as connection:
        connection.rollback()
        answer_once(key)


@only_postgresql
def test_the_slower_of_two_that_missed_each_other_is_refused_by_the_database(key: AnApiKey) -> None:
    """The turn is free and no record seen, because the first was answered in between: the step is repeated."""
    with db.writing() as tx:
        entry = enter(tx, key, replace(CALL, key="elsewhere"))
        with db.db.engine.connect().execution_options(**db.WRITING) as faster, faster.begin():
            db.write_together(faster, [idempotency.remember(entry.key, CALL, ANSWER)])
        with pytest.raises(IntegrityError):
            db.write_together(tx, [idempotency.remember(entry.key, CALL, ANSWER)])
        tx.rollback()


# ---- what is remembered, and for how long


@pytest.mark.parametrize("status", [200, 201, 202, 404, 412, 422])
def test_an_answer_is_remembered(status: int) -> None:
    assert idempotency.is_remembered(status)


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_an_answer_that_may_be_another_next_time_is_not_remembered(status: int) -> None:
    assert not idempotency.is_remembered(status)


def kept() -> list[str]:
    with db.reading() as connection:
        return list(connection.scalars(select(IdempotencyRecord.key).order_by(IdempotencyRecord.id)))


def test_nothing_younger_than_seven_days_is_removed(key: AnApiKey) -> None:
    for days in (9, 8, 7, 6, 0):
        answer_once(key, replace(CALL, key=f"{days} days"), Clock(NOW - timedelta(days=days)))
    with db.writing() as tx:
        assert idempotency.prune(tx, CLOCK) == 2
    assert kept() == ["7 days", "6 days", "0 days"]


def test_answers_to_calls_that_moved_money_stay_for_ever(key: AnApiKey) -> None:
    refund = replace(CALL, path="/api/v1/orders/ord_abc/refunds")
    answer_once(key, refund, Clock(NOW - timedelta(days=4000)))
    with db.writing() as tx:
        assert idempotency.prune(tx, CLOCK) == 0


def test_the_databases_clock_says_what_is_old(key: AnApiKey) -> None:
    answer_once(key, CALL, Clock())
    with db.writing() as tx:
        assert idempotency.prune(tx, Clock()) == 0
        assert tx.scalar(select(func.count()).select_from(IdempotencyRecord)) == 1


# ---- the key itself


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255))
def test_any_printable_text_is_a_key(text: str) -> None:
    assert replace(CALL, key=text).key == text


@pytest.mark.parametrize("text", ["", "a" * 256, "é", "a\tb", "a\nb", "a\x7f", "\x00"])
def test_what_nobody_could_read_in_a_log_is_no_key(text: str) -> None:
    with pytest.raises(BadKey):
        replace(CALL, key=text)


# ---- answers that hold a secret

SECRET = Answer(201, {}, '{"secret": "whsec_abc"}')


def answer_with_a_secret(key: AnApiKey, clock: Clock) -> None:
    with db.writing() as tx:
        db.write_together(tx, [idempotency.remember(enter(tx, key, CALL, clock).key, CALL, SECRET, VAULT)])


def test_an_answer_with_a_secret_is_kept_sealed_and_given_again(key: AnApiKey) -> None:
    answer_with_a_secret(key, CLOCK)
    with db.writing() as tx:
        assert "whsec" not in str(tx.scalar(select(IdempotencyRecord.body)))
        assert idempotency.earlier_answer(enter(tx, key), CALL, VAULT) == SECRET


def test_after_a_day_the_secret_is_told_no_more_and_nothing_is_done_again(key: AnApiKey) -> None:
    answer_with_a_secret(key, Clock(NOW - timedelta(days=1)))
    with db.writing() as tx, pytest.raises(NoLongerKept):
        idempotency.earlier_answer(enter(tx, key), CALL, VAULT)


def test_until_then_it_is_told(key: AnApiKey) -> None:
    answer_with_a_secret(key, Clock(NOW - timedelta(days=1) + timedelta(seconds=1)))
    with db.writing() as tx:
        assert idempotency.prune(tx, CLOCK) == 0
        assert idempotency.earlier_answer(enter(tx, key), CALL, VAULT) == SECRET


def test_a_secret_that_is_told_no_more_is_kept_no_more_but_its_record_is(key: AnApiKey) -> None:
    answer_with_a_secret(key, Clock(NOW - timedelta(days=1, seconds=1)))
    with db.writing() as tx:
        assert idempotency.prune(tx, CLOCK) == 0
        assert tx.scalar(select(IdempotencyRecord.body)) == ""
        with pytest.raises(NoLongerKept):
            idempotency.earlier_answer(enter(tx, key), CALL, VAULT)
