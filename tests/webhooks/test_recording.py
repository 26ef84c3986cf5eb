from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from portal.notices.models import Mail
from portal.webhooks import recording, retries
from portal.webhooks.claiming import Parcel
from portal.webhooks.models import Delivery, DeliveryAttempt, Endpoint
from portal.webhooks.posting import Answer
from portal.webhooks.recording import Result
from tests.machines.stage import Row
from tests.webhooks.conftest import Told
from tests.webhooks.test_claiming import becomes, claimed

TAKEN, FAILED, SILENT = Answer(200, None, 5, b"ok"), Answer(500, None, 5), Answer(None, "no answer", 10_000)


@pytest.fixture
def parcels(told: Told) -> Sequence[Parcel]:
    told.endpoint("https://shop.example/well")
    told.events(3)
    return claimed(told)


def record(told: Told, *results: tuple[Parcel, Answer]) -> None:
    with told.stage.app.app_context():
        found = [Result(parcel, answer) for parcel, answer in results]
        recording.record(told.stage.clock, found, lambda: 0.0, told.deliverer.on_paused)


def delivery(told: Told, parcel: Parcel) -> Row:
    [row] = told.stage.of(Delivery, Delivery.id == parcel.delivery_id)
    return row


def tries(told: Told, parcel: Parcel) -> list[Row]:
    return told.stage.of(DeliveryAttempt, DeliveryAttempt.delivery_id == parcel.delivery_id)


def endpoint(told: Told, parcel: Parcel) -> Row:
    [row] = told.stage.of(Endpoint, Endpoint.id == parcel.endpoint_id)
    return row


def test_many_outcomes_are_recorded_together_each_as_what_it_was(
    told: Told, parcels: Sequence[Parcel]
) -> None:
    record(told, *zip(parcels, (TAKEN, FAILED, SILENT), strict=True))
    now = told.stage.clock.now()
    rows = [delivery(told, parcel) for parcel in parcels]
    assert [(row["status"], row["tries"], row["lease_until"]) for row in rows] == [
        ("delivered", 1, None),
        ("pending", 1, None),
        ("pending", 1, None),
    ]
    assert [row["due_at"] for row in rows] == [None, now + timedelta(seconds=5), now + timedelta(seconds=5)]
    assert rows[0]["delivered_at"] == now
    [[silent]] = [tries(told, parcels[2])]
    assert (silent["status"], silent["error"], silent["milliseconds"]) == (None, "no answer", 10_000)
    assert silent["at"] == now - timedelta(seconds=10)


@pytest.mark.parametrize(("theirs", "mine"), [(TAKEN, FAILED), (FAILED, TAKEN), (TAKEN, TAKEN)])
def test_a_worker_that_wakes_late_decides_nothing_and_its_try_is_kept(
    told: Told, parcels: Sequence[Parcel], theirs: Answer, mine: Answer
) -> None:
    told.stage.passes(seconds=31)
    [again] = [one for one in claimed(told) if one.delivery_id == parcels[0].delivery_id]
    record(told, (again, theirs))
    decided = delivery(told, again)
    told.stage.passes(seconds=1)
    record(told, (parcels[0], mine))
    assert delivery(told, again) == decided
    assert [one["status"] for one in tries(told, again)] == [theirs.status, mine.status]


def test_a_late_outcome_does_not_end_the_lease_of_whoever_tries_now(
    told: Told, parcels: Sequence[Parcel]
) -> None:
    told.stage.passes(seconds=31)
    [again] = [one for one in claimed(told) if one.delivery_id == parcels[0].delivery_id]
    record(told, (parcels[0], TAKEN))
    row = delivery(told, again)
    assert (row["status"], row["fence"], row["lease_until"] is not None) == ("pending", again.fence, True)


def test_what_was_answered_is_kept_as_it_came(told: Told, parcels: Sequence[Parcel]) -> None:
    said = bytes(range(256)) * 8
    record(told, (parcels[0], Answer(500, None, 1, said)), (parcels[1], Answer(200, None, 1, said)))
    assert [one["answer"] for parcel in parcels[:2] for one in tries(told, parcel)] == [said, said]


def test_after_the_last_try_a_delivery_is_given_up(told: Told) -> None:
    endpoint_id, _, _ = told.endpoint("https://shop.example/flaps")
    told.events(1)
    for wait in (*retries.AFTER, timedelta()):
        [parcel] = claimed(told)
        record(told, (parcel, FAILED))
        becomes(told, endpoint_id, state="enabled", failing_since=None)  # it took something else meanwhile
        told.stage.passes(seconds=int(wait.total_seconds()))
    row = delivery(told, parcel)
    assert (row["status"], row["tries"], row["due_at"]) == ("failed", 10, None)
    assert claimed(told) == []


def test_an_endpoint_fails_since_its_first_failure_and_is_well_again_once_it_takes_something(
    told: Told, parcels: Sequence[Parcel]
) -> None:
    began = told.stage.clock.now() - timedelta(milliseconds=FAILED.milliseconds)
    record(told, (parcels[0], FAILED))
    told.stage.passes(hours=1)
    record(told, (parcels[1], FAILED))
    assert endpoint(told, parcels[0])["failing_since"] == began
    record(told, (parcels[2], TAKEN))
    assert endpoint(told, parcels[0])["failing_since"] is None


def test_an_endpoint_that_answers_gone_is_switched_off(told: Told, parcels: Sequence[Parcel]) -> None:
    record(told, (parcels[0], TAKEN), (parcels[1], Answer(410, None, 5)))
    assert endpoint(told, parcels[0])["state"] == "gone"
    assert delivery(told, parcels[1])["status"] == "pending"


def test_it_is_paused_after_three_days_and_its_people_are_written_to_once(
    told: Told, parcels: Sequence[Parcel]
) -> None:
    record(told, (parcels[0], FAILED))
    told.stage.passes(hours=71, minutes=59)
    record(told, (parcels[0], FAILED))
    assert endpoint(told, parcels[0])["state"] == "enabled"
    told.stage.passes(minutes=1)
    for parcel in parcels:
        record(told, (parcel, FAILED))
    found = endpoint(told, parcels[0])
    assert (found["state"], found["probe_at"]) == ("paused", told.stage.clock.now() + timedelta(hours=1))
    [letter] = told.stage.of(Mail, Mail.merchant_id == told.stage.merchant.id)
    assert found["url"] in letter["body"]
