"""Calls to operators are bounded in time and size, never redirected, and every failure is one exception."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock

from portal.providers import _http
from portal.providers._http import CONNECT_SECONDS, LARGEST_ANSWER, READ_SECONDS, Answer, Http, NoAnswer

URL = "https://operator.example.test/online/online.php"
Serves = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def server(serves: Serves) -> Iterator[str]:
    """Give the address of a server that takes one connection, reads a request and does as told."""
    with ExitStack() as left, closing(socket.create_server(("127.0.0.1", 0))) as door:
        door.settimeout(10)

        def take() -> None:
            connection, _ = door.accept()
            with connection:
                connection.recv(65536)
                try:
                    serves(connection)
                except OSError:
                    return  # the caller hung up, as it should

        thread = threading.Thread(target=take)
        thread.start()
        left.callback(thread.join)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/online.php"


def whole(body: bytes) -> Serves:
    return lambda connection: connection.sendall(HEAD % len(body) + body)


def heard(serves: Serves, http: Http | None = None) -> Answer:
    with server(serves) as url:
        return (http or Http()).get(url)


def test_it_says_what_the_operator_said() -> None:
    assert heard(whole(b"OK:123")) == Answer(200, "OK:123")


def test_a_body_is_sent_as_json_with_the_headers_that_are_given() -> None:
    with requests_mock.Mocker() as operator:
        operator.post(URL, text="{}", status_code=201)
        told = Http().post(URL, {"nom": "Kofi « é »", "montant": 500}, headers={"Authorization": "Bearer t"})
        request = operator.last_request
    assert told == Answer(201, "{}")
    assert request.json() == {"nom": "Kofi « é »", "montant": 500}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["User-Agent"] == "Cross"
    assert request.query == ""


def test_a_question_takes_headers_too_and_names_us() -> None:
    with requests_mock.Mocker() as operator:
        operator.get(URL, text="{}")
        Http().get(URL, headers={"Authorization": "Bearer t"}, idRequete="R1")
        request = operator.last_request
    assert (request.headers["Authorization"], request.headers["User-Agent"]) == ("Bearer t", "Cross")
    assert (request.query, request.body) == ("idrequete=r1", None)  # requests-mock writes queries small


def test_headers_of_one_call_are_not_told_with_the_next() -> None:
    http = Http()
    with requests_mock.Mocker() as operator:
        operator.post(URL, text="{}")
        http.post(URL, {}, headers={"Authorization": "Bearer t"})
        http.post(URL, {})
        assert "Authorization" not in operator.last_request.headers


def test_an_error_status_is_an_answer_too() -> None:
    with requests_mock.Mocker() as operator:
        operator.get(URL, status_code=500, text="OK:123")
        assert Http().get(URL) == Answer(500, "OK:123")


def test_a_query_is_encoded() -> None:
    with requests_mock.Mocker() as operator:
        operator.get(URL, text="OK:1")
        Http().get(URL, merchantid="12 &=é")
        assert operator.last_request.query == "merchantid=12+%26%3d%c3%a9"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert heard(whole(b"OK:\xff")).text == "OK:\ufffd"


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b"OK:123")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert heard(lambda connection: connection.sendall(head + packed)).text == "OK:123"


def test_an_answer_in_pieces_is_put_together() -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nOK:\r\n3\r\n123\r\n0\r\n\r\n"
    assert heard(lambda connection: connection.sendall(pieces)).text == "OK:123"


# ---- time


def test_connecting_and_reading_have_their_time() -> None:
    with requests_mock.Mocker() as operator:
        operator.register_uri(requests_mock.ANY, URL, text="OK:1")
        Http().get(URL)
        Http().post(URL, {})
        for request in operator.request_history:
            assert request.timeout == (CONNECT_SECONDS, READ_SECONDS)


@pytest.mark.parametrize("error", [requests.ConnectTimeout, requests.ReadTimeout, requests.ConnectionError])
def test_every_failure_is_one_exception_that_names_it(error: type[Exception]) -> None:
    with requests_mock.Mocker() as operator:
        operator.get(URL, exc=error)
        with pytest.raises(NoAnswer, match=error.__name__):
            Http().get(URL)
        operator.post(URL, exc=error)
        with pytest.raises(NoAnswer, match=error.__name__):
            Http().post(URL, {})
        assert operator.call_count == 2  # what was sent once is never sent again


class Impatient(requests.Session):
    """Waits a tenth of a second for what its caller would wait longer for."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send it."""
        return super().send(request, **(options | {"timeout": (0.1, 0.1)}))


def test_a_server_that_takes_the_call_and_says_nothing_is_given_up() -> None:
    with pytest.raises(NoAnswer, match="ReadTimeout"):
        heard(lambda _: time.sleep(0.5), Http(Impatient()))


@pytest.mark.parametrize("announced", [True, False], ids=["length announced", "until the end"])
def test_a_server_that_talks_one_letter_at_a_time_is_cut_off_after_the_whole_time(*, announced: bool) -> None:
    head = HEAD % 5000 if announced else b"HTTP/1.1 200 OK\r\n\r\n"

    def drips(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(60):
            connection.sendall(b"O")
            time.sleep(0.05)

    with server(drips) as url:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="too slow"):
            Http(whole_seconds=0.3).get(url)
        assert time.monotonic() - began < 1.5


# ---- size


def test_an_answer_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert len(heard(whole(b"O" * LARGEST_ANSWER)).text) == LARGEST_ANSWER
    with pytest.raises(NoAnswer, match="too large"):
        heard(whole(b"O" * (LARGEST_ANSWER + 1)))


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    def floods(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 64 * LARGEST_ANSWER:
            connection.sendall(b"O" * 8192)
            sent += 8192

    with pytest.raises(NoAnswer, match="too large"):
        heard(floods)
    assert sent < 64 * LARGEST_ANSWER


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused() -> None:
    packed = gzip.compress(b"O" * 3_000_000)
    assert len(packed) < LARGEST_ANSWER
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with pytest.raises(NoAnswer, match="too large"):
        heard(lambda connection: connection.sendall(head + packed))


# ---- cuts and lies


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1", HEAD % 100 + b"OK:1", b"not HTTP at all\r\n\r\n"],
    ids=["nothing", "half a status", "half a body", "no HTTP"],
)
def test_a_connection_that_is_cut_is_no_answer(said: bytes) -> None:
    with pytest.raises(NoAnswer):
        heard(lambda connection: connection.sendall(said))


def test_a_packed_answer_that_cannot_be_unpacked_is_none() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\n"
    with pytest.raises(NoAnswer):
        heard(lambda connection: connection.sendall(head + b"OK:123"))


def test_a_closed_door_is_no_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
    with pytest.raises(NoAnswer):
        Http().get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url", ["", "operator.example", "ftp://operator.example/", "http://[", "http://a..b/"]
)
def test_an_address_that_is_none_is_no_answer(url: str) -> None:
    with pytest.raises(NoAnswer):
        Http().get(url)


# ---- elsewhere


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_never_followed(status: int) -> None:
    with requests_mock.Mocker() as operator:
        operator.get(URL, status_code=status, headers={"Location": "https://elsewhere.example/"}, text="OK:1")
        elsewhere = operator.register_uri(requests_mock.ANY, "https://elsewhere.example/", text="OK:2")
        with pytest.raises(NoAnswer, match="redirect"):
            Http().get(URL)
        operator.post(URL, status_code=status, headers={"Location": "https://elsewhere.example/"})
        with pytest.raises(NoAnswer, match="redirect"):
            Http().post(URL, {"password": "s"})
        assert not elsewhere.called


def test_no_proxy_and_no_netrc_of_the_machine_has_a_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine operator.example.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with requests_mock.Mocker() as operator:
        operator.get(URL, text="OK:1")
        Http().get(URL)
        request = operator.last_request
    assert "Authorization" not in request.headers
    assert not request.proxies
    assert request.verify is True


def in_one_breath(*answers: bytes) -> tuple[list[Answer], list[bytes]]:
    """Call as often as there are answers; return what was heard, and what the server heard after the first."""
    asked: list[bytes] = []

    def serves(connection: socket.socket) -> None:
        first, *others = answers
        connection.sendall(first)
        for answer in others:
            asked.append(connection.recv(65536))
            connection.sendall(answer)

    with server(serves) as url:
        http = Http()
        return [http.get(url) for _ in answers], asked


def test_a_connection_is_kept_for_the_next_call() -> None:
    heard, _ = in_one_breath(HEAD % 4 + b"OK:1", HEAD % 4 + b"OK:2")
    assert [answer.text for answer in heard] == ["OK:1", "OK:2"]


def test_a_cookie_of_one_merchants_call_is_not_told_with_anothers() -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: PHPSESSID=1; Path=/\r\nContent-Length: 4\r\n\r\nOK:1"
    _, [asked] = in_one_breath(cookie, HEAD % 4 + b"OK:2")
    assert b"cookie" not in asked.lower()


def test_the_whole_time_ends_well_before_a_start_is_given_up() -> None:
    assert READ_SECONDS + _http.WHOLE_SECONDS < 60
