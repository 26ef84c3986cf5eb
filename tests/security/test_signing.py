import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.security import signing

SECRET, OTHER = signing.new_secret(), signing.new_secret()
AT = datetime(2026, 3, 4, 9, 30, 15, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"))


def by_hand(secret: str, event_id: str, seconds: int, body: str) -> str:
    """Sign as the specification says, with nothing of the library."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{event_id}.{seconds}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(mac).decode()


def test_a_secret_has_its_prefix_and_at_least_the_bytes_that_the_specification_asks_for() -> None:
    secret = signing.new_secret()
    assert secret.startswith("whsec_")
    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_secrets_never_repeat() -> None:
    assert len({signing.new_secret() for _ in range(1000)}) == 1000


@given(TEXTS, st.integers(min_value=0, max_value=4_000_000_000))
def test_a_signature_is_the_one_of_the_specification(body: str, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert signing.headers("evt_1", at, body, [SECRET]) == {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": by_hand(SECRET, "evt_1", seconds, body),
    }


def test_during_a_rotation_both_secrets_sign_the_newer_first() -> None:
    said = signing.headers("evt_1", AT, "{}", [OTHER, SECRET])["webhook-signature"]
    seconds = int(AT.timestamp())
    assert said.split(" ") == [by_hand(one, "evt_1", seconds, "{}") for one in (OTHER, SECRET)]


def test_a_later_try_keeps_the_id_and_has_its_own_time_and_signature() -> None:
    first, second = (
        signing.headers("evt_1", AT + timedelta(seconds=late), "{}", [SECRET]) for late in (0, 5)
    )
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


def test_a_try_has_one_time_whatever_zone_its_clock_is_in() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-7)))
    assert signing.headers("evt_1", elsewhere, "{}", [SECRET]) == signing.headers("evt_1", AT, "{}", [SECRET])


@pytest.mark.parametrize("body", ["{}", '{"name":"Afi\r\nX-Evil: 1"}', '{"name":"é"}'])
def test_no_header_can_be_broken_out_of(body: str) -> None:
    said = signing.headers("evt_1", AT, body, [SECRET, OTHER])
    assert all(re.fullmatch(r"[ -~]+", value) for value in said.values())
