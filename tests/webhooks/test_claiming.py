from __future__ import annotations

import threading
from collections import Counter

from sqlalchemy import update

from portal import db
from portal.webhooks import claiming, outbox
from portal.webhooks.claiming import FAILING, HEALTHY, PROBE, Parcel
from portal.webhooks.models import Delivery, Endpoint
from tests.webhooks.conftest import Told

MANY = HEALTHY + 20


def claimed(told: Told, most: int = 5000) -> list[Parcel]:
    """Claim all that may be, and return what is for this test's store: those of others are claimed beside them."""
    with told.stage.app.app_context():
        found = claiming.claim(told.stage.clock, most)
    return [one for one in found if one.merchant_id == told.stage.merchant.id]


def until_there_is_no_more(told: Told) -> list[Parcel]:
    found: list[Parcel] = []
    while more := claimed(told):
        found += more
    return found


def becomes(told: Told, endpoint: int, **values: object) -> None:
    with told.stage.app.app_context(), db.writing() as tx:
        tx.execute(update(Endpoint).where(Endpoint.id == endpoint).values(values))


def test_of_one_endpoint_only_so_much_is_claimed_and_of_a_failing_or_paused_one_less(told: Told) -> None:
    now = told.stage.clock.now()
    well, sick, paused = (
        told.endpoint(f"https://shop.example/{name}")[0] for name in ("well", "sick", "off")
    )
    told.events(MANY)
    becomes(told, sick, failing_since=now)
    becomes(told, paused, state="paused", failing_since=now, probe_at=now)
    count = Counter(one.endpoint_id for one in until_there_is_no_more(told))
    assert count == {well: HEALTHY, sick: FAILING, paused: PROBE}


def test_one_claim_leaves_half_of_the_room_to_other_workers(told: Told) -> None:
    told.endpoint("https://shop.example/well")
    told.events(MANY)
    assert [len(claimed(told)) for _ in range(3)] == [HEALTHY // 2, HEALTHY // 4, HEALTHY // 8]


def test_what_was_due_first_is_claimed_first(told: Told) -> None:
    told.endpoint("https://shop.example/well")
    first = told.events(3)
    told.stage.passes(seconds=1)
    second = told.events(3)
    assert [one.event_id for one in claimed(told)] == first + second


def test_several_endpoints_share_what_a_worker_can_take(told: Told) -> None:
    endpoints = [told.endpoint(f"https://shop.example/{number}")[0] for number in range(3)]
    told.events(30)
    with told.stage.app.app_context(), db.writing() as tx:
        others = Delivery.merchant_id != told.stage.merchant.id
        tx.execute(update(Delivery).where(others).values(due_at=None))
    count = Counter(one.endpoint_id for one in claimed(told, 15))
    assert count == dict.fromkeys(endpoints, 5)


def test_workers_that_claim_at_the_same_time_never_have_one_delivery_together(told: Told) -> None:
    told.endpoint("https://shop.example/well")
    told.endpoint("https://shop.example/too")
    told.events(60)
    found: list[list[Parcel]] = [[] for _ in range(4)]
    starting = threading.Barrier(len(found))

    def work(mine: list[Parcel]) -> None:
        starting.wait()
        for _ in range(8):
            mine += claimed(told, 10)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliveries = Counter(one.delivery_id for mine in found for one in mine)
    assert deliveries
    assert set(deliveries.values()) == {1}
    assert set(Counter(one.endpoint_id for mine in found for one in mine).values()) <= set(range(HEALTHY + 1))


def test_a_lease_that_ran_out_is_taken_over_with_a_new_fence_and_not_before(told: Told) -> None:
    told.endpoint("https://shop.example/well")
    told.events(1)
    [mine] = claimed(told)
    told.stage.passes(seconds=29)
    assert claimed(told) == []
    told.stage.passes(seconds=1)
    [theirs] = claimed(told)
    assert (theirs.delivery_id, theirs.fence) == (mine.delivery_id, mine.fence + 1)


def test_an_endpoint_that_is_off_keeps_what_is_due_and_one_that_was_deleted_is_not_told(told: Told) -> None:
    off, gone, deleted = (told.endpoint(f"https://shop.example/{name}")[0] for name in ("off", "gone", "del"))
    told.events(2)
    becomes(told, off, state="disabled")
    becomes(told, gone, state="gone")
    becomes(told, deleted, deleted_at=told.stage.clock.now())
    assert claimed(told) == []
    kept = told.stage.of(Delivery, Delivery.endpoint_id.in_([off, gone]))
    assert [(one["status"], one["due_at"] is not None) for one in kept] == [("pending", True)] * 4


def test_an_event_becomes_one_delivery_for_each_endpoint_however_often_one_looks(told: Told) -> None:
    told.endpoint("https://shop.example/one")
    told.endpoint("https://shop.example/two")
    told.events(3)
    with told.stage.app.app_context():
        outbox.fan_out(told.stage.clock)
    mine = told.stage.of(Delivery, Delivery.merchant_id == told.stage.merchant.id)
    assert len({(one["event_id"], one["endpoint_id"]) for one in mine}) == len(mine) == 6
