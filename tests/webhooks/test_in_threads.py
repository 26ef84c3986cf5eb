from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portal import telling
from portal.webhooks.kinds import Format
from portal.webhooks.models import Delivery, DeliveryAttempt
from tests.webhooks.conftest import Shop, Told
from tests.webhooks.sockets import listening

ENDS_WITHIN = 20.0


@contextmanager
def working(told: Told, number: int = 1) -> Iterator[list[threading.Event]]:
    """Run so many deliverers in threads of their own during the body; give what stops each."""
    stops = [threading.Event() for _ in range(number)]
    threads = [
        threading.Thread(target=telling.deliverer(told.stage.app).run, args=(stop,), daemon=True)
        for stop in stops
    ]
    for thread in threads:
        thread.start()
    yield stops
    for stop in stops:
        stop.set()
    for thread in threads:
        thread.join(ENDS_WITHIN)
        assert not thread.is_alive()


def soon(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + ENDS_WITHIN
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def statuses(told: Told) -> set[str]:
    return {row["status"] for row in told.stage.of(Delivery, Delivery.merchant_id == told.stage.merchant.id)}


def test_several_workers_tell_every_event_once(told: Told, shop: Shop) -> None:
    told.endpoint(f"{shop.url}/one")
    told.endpoint(f"{shop.url}/two")
    events = told.events(100)
    with working(told, 3):
        soon(lambda: statuses(told) == {"delivered"})
    assert sorted((path, headers["webhook-id"]) for path, headers, _ in shop.got) == sorted(
        (path, event) for path in ("/one", "/two") for event in events
    )


def test_a_callback_is_put_in_its_fourteen_fields_there_too(told: Told, shop: Shop) -> None:
    shop.answers["/callback"] = (200, b'{"code": "2001"}')
    told.endpoint(f"{shop.url}/callback", format=Format.PARTNER_CALLBACK)
    told.events(2)
    with working(told):
        soon(lambda: statuses(told) == {"delivered"})
    assert {len(json.loads(body)) for _, _, body in shop.got} == {14}
    assert {json.loads(body)["nomPartenaire"] for _, _, body in shop.got} == {told.stage.merchant.name}


def test_a_secret_that_no_key_opens_keeps_only_its_own_shop_waiting(told: Told, shop: Shop) -> None:
    told.endpoint(f"{shop.url}/well")
    told.endpoint(f"{shop.url}/lost")
    told.spoil(f"{shop.url}/lost")
    told.events(5)
    with working(told):
        soon(lambda: len(shop.got) == 5)
    assert {path for path, _, _ in shop.got} == {"/well"}


def test_told_to_stop_it_records_what_is_under_way_and_begins_no_more(told: Told) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answers(wire: object) -> None:
        begun.set()
        go_on.wait(5)
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

    with listening(answers) as slow:
        told.endpoint(f"http://127.0.0.1:{slow.port}/")
        told.events(1)
        with working(told) as [stop]:
            assert begun.wait(5)
            stop.set()
            told.events(1)
            time.sleep(0.6)
            go_on.set()
    rows = told.stage.of(Delivery, Delivery.merchant_id == told.stage.merchant.id)
    assert [row["status"] for row in rows] == ["delivered", "pending"]
    assert len(told.stage.of(DeliveryAttempt, DeliveryAttempt.delivery_id == rows[0]["id"])) == 1
    assert len(slow.requests) == 1
