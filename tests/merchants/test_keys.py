import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import db
from portal.clock import Clock
from portal.merchants import keys
from portal.merchants.keys import Key, Scope
from portal.merchants.models import ApiKey
from portal.security import tokens
from tests.counting import counting
from tests.factories import AMerchant, a_merchant, an_api_key

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CLOCK = Clock(NOW)


@pytest.fixture
def merchant(app: Flask) -> Iterator[AMerchant]:
    with app.app_context():
        yield a_merchant(live=True, return_hosts=["boutique.example"])


def create(merchant: AMerchant, **changes: Any) -> tuple[str, str]:
    wanted = {"mode": "test", "name": "Site", "scopes": ["read", "write"], **changes}
    with db.writing() as tx:
        return keys.create(tx, CLOCK, merchant_id=merchant.id, **wanted)


def find(secret: str, clock: Clock = CLOCK) -> Key | None:
    with db.reading() as connection:
        return keys.find(connection, clock, secret)


def touch(key: Key) -> None:
    with db.writing() as tx:
        db.write_together(tx, [keys.touch(key)])


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_secret_names_its_mode_and_has_more_than_128_random_bits(merchant: AMerchant, mode: str) -> None:
    _, secret = create(merchant, mode=mode)
    assert re.fullmatch(rf"sk_{mode}_[{tokens.ALPHABET}]{{26,}}", secret)


def test_a_key_is_found_by_its_secret_with_what_it_may_do(merchant: AMerchant) -> None:
    public_id, secret = create(merchant, scopes=["refunds", "read"])
    found = find(secret)
    assert found is not None
    assert (found.public_id, found.merchant_id, found.mode) == (public_id, merchant.id, "test")
    assert found.scopes == {Scope.READ, Scope.REFUNDS}
    assert (found.live, found.return_hosts) == (True, ("boutique.example",))


def test_looking_a_key_up_is_one_statement(merchant: AMerchant) -> None:
    _, secret = create(merchant)
    with counting(db.db.engine) as seen:
        find(secret)
    assert (seen.statements, seen.writes) == (1, [])


def test_of_a_secret_only_its_hash_and_last_four_letters_are_kept(merchant: AMerchant) -> None:
    _, secret = create(merchant)
    with db.reading() as connection:
        row = connection.execute(select(ApiKey.__table__)).one()
    assert (row.digest, row.hint) == (tokens.digest(secret), secret[-4:])
    assert secret not in repr(row)


@pytest.mark.parametrize("wrong", ["", "sk_test_", "sk_test_nobody", "é"])
def test_an_unknown_secret_finds_nothing(merchant: AMerchant, wrong: str) -> None:
    create(merchant)
    assert find(wrong) is None


def test_a_revoked_key_finds_nothing_at_once_and_for_good(merchant: AMerchant) -> None:
    public_id, secret = create(merchant)
    with db.writing() as tx:
        assert keys.revoke(tx, CLOCK, merchant_id=merchant.id, public_id=public_id)
    assert find(secret) is None
    with db.writing() as tx:
        assert not keys.revoke(tx, CLOCK, merchant_id=merchant.id, public_id=public_id)


def test_nobody_revokes_another_stores_key(merchant: AMerchant) -> None:
    public_id, secret = create(merchant)
    with db.writing() as tx:
        assert not keys.revoke(tx, CLOCK, merchant_id=a_stranger(), public_id=public_id)
    assert find(secret) is not None


def a_stranger() -> int:
    """Return the id of no store."""
    return 999_999


def test_a_list_shows_the_stores_own_keys_of_the_mode_newest_first_without_hashes(
    merchant: AMerchant,
) -> None:
    other = a_merchant(name="Ailleurs")
    first, _ = create(merchant, name="Caisse")
    create(merchant, mode="live")
    an_api_key(other)
    second, _ = create(merchant, name="Site")
    with db.writing() as tx:
        keys.revoke(tx, CLOCK, merchant_id=merchant.id, public_id=first)
    with db.reading() as connection:
        rows = keys.listed(connection, Clock(), merchant_id=merchant.id, mode="test")
    assert [row["public_id"] for row in rows] == [second, first]
    assert [row["revoked_at"] for row in rows] == [None, NOW]
    assert "digest" not in rows[0]


def test_the_last_use_is_written_down_at_most_once_a_minute(merchant: AMerchant) -> None:
    _, secret = create(merchant)
    moments = [0, 30, 59, 60, 100, 120]
    due = []
    for seconds in moments:
        found = find(secret, Clock(NOW + timedelta(seconds=seconds)))
        assert found is not None
        if found.touch_due:
            due.append(seconds)
            touch(found)
    assert due == [0, 60, 120]


def test_the_databases_clock_measures_the_minute_too(merchant: AMerchant) -> None:
    _, secret = create(merchant)
    for due in (True, False):
        found = find(secret, Clock())
        assert found is not None
        assert found.touch_due is due
        touch(found)


def test_the_demo_may_fix_a_secret_that_is_long_enough(merchant: AMerchant) -> None:
    secret = "sk_test_" + "abcdefghijkmnpqrstuvwxyz23"
    assert create(merchant, secret=secret)[1] == secret
    assert find(secret) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "sk_test_short"},
        {"secret": "sk_live_" + "a" * 40},
        {"secret": "a" * 60},
        {"mode": "prod"},
        {"scopes": ["admin"]},
        {"scopes": []},
    ],
)
def test_a_key_that_would_be_weak_or_meaningless_is_not_made(
    merchant: AMerchant, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"secret|scope|Mode|Scope"):
        create(merchant, **changes)


def replaced(
    merchant: AMerchant, public_id: str, overlap: timedelta, at: datetime = NOW
) -> tuple[str, str] | None:
    with db.writing() as tx:
        return keys.replace(tx, Clock(at), merchant_id=merchant.id, public_id=public_id, overlap=overlap)


@pytest.mark.parametrize("overlap", keys.OVERLAPS)
def test_a_replaced_key_goes_on_for_its_overlap_and_not_a_moment_longer(
    merchant: AMerchant, overlap: timedelta
) -> None:
    public_id, old = create(merchant, scopes=["read", "refunds"])
    made = replaced(merchant, public_id, overlap)
    assert made is not None
    moment = timedelta(microseconds=1)
    if overlap:
        assert find(old, Clock(NOW + overlap - moment)) is not None
    assert find(old, Clock(NOW + overlap)) is None
    new = find(made[1], Clock(NOW + timedelta(days=400)))
    assert new is not None
    assert new.scopes == {"read", "refunds"}


def test_replacing_again_never_lengthens_a_life(merchant: AMerchant) -> None:
    public_id, old = create(merchant)
    replaced(merchant, public_id, timedelta(hours=1))
    replaced(merchant, public_id, timedelta(days=7), NOW + timedelta(minutes=30))
    assert find(old, Clock(NOW + timedelta(hours=1))) is None


def test_only_the_stores_own_key_that_still_works_is_replaced(merchant: AMerchant) -> None:
    public_id, _ = create(merchant)
    assert replaced(a_merchant(), public_id, timedelta(days=1)) is None
    assert replaced(merchant, "key_nobody", timedelta(days=1)) is None
    replaced(merchant, public_id, timedelta())
    assert replaced(merchant, public_id, timedelta(days=1), NOW + timedelta(seconds=1)) is None
    with pytest.raises(ValueError, match="overlap"):
        replaced(merchant, public_id, timedelta(days=30))
