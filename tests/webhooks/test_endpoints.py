from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from portal import db
from portal.webhooks import endpoints
from portal.webhooks.endpoints import MOST, Changes, TooMany
from portal.webhooks.models import Delivery, Endpoint
from tests.machines.stage import Row
from tests.webhooks.conftest import Shop, Told


def mine(told: Told, public_id: str) -> dict[str, Any]:
    return {"merchant_id": told.stage.merchant.id, "mode": "test", "public_id": public_id}


def rotate(told: Told, public_id: str) -> str:
    inside = told.stage.app.extensions["cross"]
    with told.stage.app.app_context(), db.writing() as tx:
        turned = endpoints.rotate_secret(tx, inside.clock, inside.vault, **mine(told, public_id))
    assert turned is not None
    return turned[1]


def enable(told: Told, public_id: str, *, enabled: bool) -> None:
    with told.stage.app.app_context(), db.writing() as tx:
        changes = Changes(enabled=enabled)
        assert endpoints.change(tx, told.stage.clock, **mine(told, public_id), changes=changes) is not None


def kept(told: Told, public_id: str) -> Row:
    [row] = told.stage.of(Endpoint, Endpoint.public_id == public_id)
    return row


def last(told: Told, shop: Shop) -> tuple[dict[str, str], str]:
    """Let something happen and be told; return the headers and the body that came."""
    told.events(1)
    told.ticks()
    _, headers, body = shop.got[-1]
    return headers, body.decode()


def verifying(headers: dict[str, str], body: str, *secrets: str) -> list[bool]:
    """Say of each signature, in their order, whether it is the one by the secret of the same place."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = [Webhook(secret).sign(headers["webhook-id"], at, body) for secret in secrets]
    found = headers["webhook-signature"].split(" ")
    return [one == other for one, other in zip(found, expected, strict=True)]


def test_during_a_rotation_both_secrets_sign_and_after_a_day_the_new_one_alone(
    told: Told, shop: Shop
) -> None:
    _, public_id, old = told.endpoint(f"{shop.url}/ok")
    assert verifying(*last(told, shop), old) == [True]
    new = rotate(told, public_id)
    assert verifying(*last(told, shop), new, old) == [True, True]
    told.stage.passes(hours=23, minutes=59)
    assert verifying(*last(told, shop), new, old) == [True, True]
    told.stage.passes(minutes=1)
    assert verifying(*last(told, shop), new) == [True]


def test_rotated_twice_within_a_day_the_oldest_secret_signs_no_more(told: Told, shop: Shop) -> None:
    _, public_id, _first = told.endpoint(f"{shop.url}/ok")
    second, third = rotate(told, public_id), rotate(told, public_id)
    assert verifying(*last(told, shop), third, second) == [True, True]


def test_secrets_are_kept_sealed_and_shown_by_nobody(told: Told, shop: Shop) -> None:
    _, public_id, old = told.endpoint(f"{shop.url}/ok")
    new = rotate(told, public_id)
    row = kept(told, public_id)
    for secret in (old, new):
        assert secret not in str(row)
        assert secret.removeprefix("whsec_") not in str(row)
    vault = told.stage.app.extensions["cross"].vault
    sealed = (row["sealed_secret"], row["sealed_old_secret"])
    assert [vault.open(one)["secret"] for one in sealed] == [new, old]
    with told.stage.app.app_context(), db.reading() as connection:
        shown = endpoints.one(connection, told.stage.clock, **mine(told, public_id))
    assert shown is not None
    assert not endpoints.SECRETS & set(shown)


def test_what_is_due_waits_while_it_is_switched_off_and_is_sent_once_it_is_on(told: Told, shop: Shop) -> None:
    endpoint, public_id, _ = told.endpoint(f"{shop.url}/ok")
    told.events(1)
    enable(told, public_id, enabled=False)
    told.events(2)
    told.ticks()
    told.stage.passes(hours=100)
    told.ticks()
    assert shop.got == []
    waiting = told.stage.of(Delivery, Delivery.endpoint_id == endpoint)
    assert [(row["status"], row["tries"]) for row in waiting] == [("pending", 0)] * 3
    enable(told, public_id, enabled=True)
    told.ticks()
    assert len(shop.got) == 3


def test_deleted_it_is_told_nothing_more(told: Told, shop: Shop) -> None:
    endpoint, public_id, _ = told.endpoint(f"{shop.url}/ok")
    told.events(2)
    with told.stage.app.app_context(), db.writing() as tx:
        assert endpoints.delete(tx, told.stage.clock, **mine(told, public_id))
    told.events(1)
    told.ticks()
    assert shop.got == []
    assert [row["status"] for row in told.stage.of(Delivery, Delivery.endpoint_id == endpoint)] == [
        "failed"
    ] * 2


def test_a_store_has_so_many_in_each_mode(told: Told) -> None:
    for number in range(MOST):
        told.endpoint(f"https://shop.example/{number}")
    with pytest.raises(TooMany):
        told.endpoint("https://shop.example/one-more")
