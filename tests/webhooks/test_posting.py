from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from portal.webhooks.claiming import LEASE
from portal.webhooks.posting import OF_ONE, WHOLE_SECONDS, Poster
from tests.webhooks.sockets import letter, listening, outcome, outcomes, parcel, says

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SHORT = 0.5
"""Seconds, in place of ten."""


@pytest.fixture
def poster() -> Iterator[Poster]:
    poster = Poster(allow_private=True, whole_seconds=SHORT)
    yield poster
    poster.end()


def at(port: int) -> str:
    return f"http://127.0.0.1:{port}/hook?a=b"


def test_a_try_has_ten_seconds_and_its_lease_is_longer() -> None:
    assert Poster().whole_seconds == WHOLE_SECONDS == 10
    assert LEASE.total_seconds() > 2 * WHOLE_SECONDS


def test_what_is_posted_is_one_request_and_its_answer_is_kept(poster: Poster) -> None:
    with listening(says(OK)) as shop:
        answer = outcome(poster, parcel(at(shop.port)))
    assert (answer.status, answer.error, answer.body) == (200, None, b"ok")
    head = f"POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:{shop.port}\r\nContent-Length: 7\r\nwebhook-id: evt_1"
    assert shop.requests == [f'{head}\r\n\r\n{{"a":1}}'.encode()]


def test_connections_are_kept_and_one_that_ended_meanwhile_is_replaced(poster: Poster) -> None:
    turns = itertools.count(1)

    def answers(wire: socket.socket) -> None:
        wire.sendall(OK)
        if next(turns) == 3:
            wire.shutdown(socket.SHUT_RDWR)

    with listening(answers) as shop:
        for _ in range(3):
            assert outcome(poster, parcel(at(shop.port))).status == 200
        assert shop.connections == 1
        assert outcome(poster, parcel(at(shop.port))).status == 200
        assert shop.connections == 2


def test_a_kept_connection_that_ends_just_then_is_no_failure(poster: Poster) -> None:
    turns = itertools.count(1)

    def answers(wire: socket.socket) -> None:
        if next(turns) == 2:
            wire.shutdown(socket.SHUT_RDWR)
        else:
            wire.sendall(OK)

    with listening(answers) as shop:
        statuses = [outcome(poster, parcel(at(shop.port))).status for _ in range(2)]
    assert (statuses, shop.connections, len(shop.requests)) == ([200, 200], 2, 3)


def test_a_new_connection_that_ends_without_a_word_is_no_answer(poster: Poster) -> None:
    with listening(lambda wire: wire.shutdown(socket.SHUT_RDWR)) as shop:
        answer = outcome(poster, parcel(at(shop.port)))
    assert (answer.status, answer.error, len(shop.requests)) == (None, "no answer: Unreadable", 1)


def dribbles(data: bytes) -> object:
    """Send a byte at a time, for longer than anyone waits."""

    def answers(wire: socket.socket) -> None:
        with suppress(OSError):
            for byte in data:
                wire.sendall(bytes([byte]))
                time.sleep(0.05)

    return answers


def test_headers_that_dribble_are_cut_and_no_answer(poster: Poster) -> None:
    with listening(dribbles(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50)) as shop:  # type: ignore[arg-type]
        began = time.monotonic()
        answer = outcome(poster, parcel(at(shop.port)))
    assert (answer.status, answer.error) == (None, "no answer within 0.5 seconds")
    assert SHORT <= time.monotonic() - began < SHORT + 2


def test_a_body_that_never_ends_is_cut_and_its_status_stands(poster: Poster) -> None:
    def answers(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        dribbles(b"z" * 100)(wire)  # type: ignore[operator]

    with listening(answers) as shop:
        began = time.monotonic()
        answer = outcome(poster, parcel(at(shop.port)))
    assert (answer.status, answer.error, set(answer.body)) == (200, None, {ord("z")})
    assert time.monotonic() - began < SHORT + 2


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"])
def test_an_answer_that_is_cut_within_its_head_is_no_status(poster: Poster, cut: bytes) -> None:
    def answers(wire: socket.socket) -> None:
        wire.sendall(cut)
        wire.shutdown(socket.SHUT_RDWR)

    with listening(answers) as shop:
        answer = outcome(poster, parcel(at(shop.port)))
    assert (answer.status, answer.error) == (None, "no answer: Unreadable")


def test_a_shop_that_is_silent_keeps_nobody_else_waiting(poster: Poster) -> None:
    with listening(lambda _wire: time.sleep(1)) as silent, listening(says(OK)) as quick:
        late = [parcel(at(silent.port), endpoint=1) for _ in range(OF_ONE)]
        well = [parcel(at(quick.port), endpoint=2) for _ in range(40)]
        poster.give([letter(one) for one in late])
        began = time.monotonic()
        found = outcomes(poster, *well)
        assert time.monotonic() - began < SHORT
        assert {answer and answer.status for answer in found.values()} == {200}


def test_to_one_endpoint_only_so_many_connections_lead_at_once() -> None:
    poster = Poster(allow_private=True)

    def answers(wire: socket.socket) -> None:
        time.sleep(0.05)
        wire.sendall(OK)

    with listening(answers) as shop:
        found = outcomes(poster, *(parcel(at(shop.port)) for _ in range(3 * OF_ONE)))
    poster.end()
    assert {answer and answer.status for answer in found.values()} == {200}
    assert (shop.most, shop.connections) == (OF_ONE, OF_ONE)


def test_a_claim_that_might_end_before_its_outcome_is_recorded_is_not_begun(poster: Poster) -> None:
    with listening(says(OK)) as shop:
        old = parcel(at(shop.port), claimed=time.monotonic() - LEASE.total_seconds() + SHORT)
        assert outcomes(poster, old) == {old.delivery_id: None}
    assert shop.requests == []


def test_after_the_end_nothing_is_begun(poster: Poster) -> None:
    with listening(says(OK)) as shop:
        poster.close()
        one = parcel(at(shop.port))
        assert outcomes(poster, one) == {one.delivery_id: None}


def test_a_shop_where_nobody_listens_is_no_answer(poster: Poster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = outcome(poster, parcel(at(port)))
    assert (answer.status, answer.error) == (None, "no answer: ConnectionRefusedError")


def test_a_shop_without_tls_or_without_a_trusted_certificate_is_told_nothing(poster: Poster) -> None:
    with listening(says(OK)) as shop:
        answer = outcome(poster, parcel(f"https://127.0.0.1:{shop.port}/hook", mode="live"))
    assert answer.status is None
    assert shop.requests == []


# ---- names


def test_dns_that_changes_its_mind_after_the_endpoint_was_saved_leads_nowhere() -> None:
    answers = iter([["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::ffff:10.0.0.1"]])
    poster = Poster(resolver=lambda *_: next(answers))
    for _ in range(3):
        answer = outcome(poster, parcel("http://shop.example/hook"))
        assert (answer.status, answer.error) == (None, "the address is not a public one")
    poster.end()


def test_the_connection_goes_to_the_address_that_was_looked_up_for_it() -> None:
    asked: list[str] = []

    def resolver(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    poster = Poster(allow_private=True, resolver=resolver)
    with listening(says(OK)) as shop:
        url = f"http://no-such-shop.invalid:{shop.port}/"
        found = outcomes(poster, *(parcel(url) for _ in range(5)))
        assert {answer and answer.status for answer in found.values()} == {200}
        assert asked == ["no-such-shop.invalid"]
        outcome(poster, parcel(url))
    poster.end()
    assert len(asked) == 2
    assert f"Host: no-such-shop.invalid:{shop.port}".encode() in shop.requests[0]


def test_a_name_that_takes_long_to_look_up_keeps_nobody_else_waiting() -> None:
    answered = threading.Event()

    def resolver(host: str, _port: int) -> Sequence[str]:
        if host == "slow.example":
            answered.wait(10)
        return ["127.0.0.1"]

    poster = Poster(allow_private=True, resolver=resolver)
    with listening(says(OK)) as shop:
        late = parcel(f"http://slow.example:{shop.port}/", endpoint=1)
        poster.give([letter(late)])
        assert outcome(poster, parcel(f"http://quick.example:{shop.port}/", endpoint=2)).status == 200
        assert poster.finished.empty()
        answered.set()
        assert outcomes(poster)[late.delivery_id] is not None
    poster.end()


def test_a_resolver_that_fails_in_its_own_way_is_no_address() -> None:
    def resolver(_host: str, _port: int) -> Sequence[str]:
        raise LookupError

    poster = Poster(resolver=resolver)
    answer = outcome(poster, parcel("http://shop.example/"))
    poster.end()
    assert (answer.status, answer.error) == (None, "the host name has no address")
