"""How a twin calls: in order, again until heard, and over a real socket from the address it was told."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from requests_mock import Mocker

from portal.sandbox.journal import Journal
from portal.sandbox.outgoing import Answer, Call, Outgoing, Step, call_over_http
from tests.sandbox.stage import Portal, Time

CALL = Call(
    "flooz", "POST", "http://portal.example/notify?token=4711", "r1", '{"pin": 1}', "application/json"
)


class Rig:
    def __init__(self) -> None:
        self.time = Time()
        self.portal = Portal(self.time)
        self.journal = Journal(self.time.clock)
        self.outgoing = Outgoing(self.portal, self.time.later, self.journal)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def named(url: str, *waits: float) -> Step:
    return Step(replace(CALL, url=url), waits or (0.0,))


def urls(rig: Rig) -> list[str]:
    return [call.url for call in rig.portal.calls]


def test_nothing_is_sent_in_the_caller_s_thread(rig: Rig) -> None:
    rig.outgoing.send([named("a")])
    assert urls(rig) == []
    rig.time.passes()
    assert urls(rig) == ["a"]


def test_each_step_waits_for_the_first_try_of_the_one_before(rig: Rig) -> None:
    rig.outgoing.send([named("a", 3), named("b", 2), named("c", 0)])
    start = rig.time.now
    rig.time.passes(100)
    assert urls(rig) == ["a", "b", "c"]
    assert [at - start for at in rig.portal.heard_at] == [3, 5, 5]


def test_a_step_that_failed_does_not_hold_up_the_next(rig: Rig) -> None:
    rig.portal.answers = [Answer(500)]
    rig.outgoing.send([named("a", 0, 10), named("b", 1)])
    rig.time.passes(100)
    assert urls(rig) == ["a", "b", "a"]


def test_no_steps_are_no_calls(rig: Rig) -> None:
    rig.outgoing.send([])
    rig.time.passes(100)
    assert urls(rig) == []


def test_at_once_means_before_returning_and_second_tries_later(rig: Rig) -> None:
    rig.portal.answers = [Answer(None)]
    rig.outgoing.send_at_once([named("a", 60, 5), named("b")])
    assert urls(rig) == ["a", "b"]
    rig.time.passes(5)
    assert urls(rig) == ["a", "b", "a"]


def test_a_step_may_want_to_hear_more_than_a_2xx(rig: Rig) -> None:
    rig.portal.answers = [Answer(200, body="no"), Answer(200, body="yes")]
    rig.outgoing.send([replace(named("a", 0, 1, 2), heard=lambda answer: answer.body == "yes")])
    rig.time.passes(100)
    assert urls(rig) == ["a", "a"]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (Answer(200), True),
        (Answer(299), True),
        (Answer(199), False),
        (Answer(300), False),
        (Answer(None), False),
    ],
)
def test_only_a_2xx_counts_as_heard(answer: Answer, *, heard: bool) -> None:
    assert answer.heard is heard


def test_every_try_is_journalled_without_secrets(rig: Rig) -> None:
    rig.portal.answers = [Answer(None, note="no answer: ConnectTimeout")]
    rig.outgoing.send([Step(replace(CALL, source="127.0.0.66"), (0.0, 1.0))])
    rig.time.passes(10)
    failed, heard = rig.journal.entries(operator="flooz", reference="r1")
    assert (failed["status"], failed["note"]) == (None, "no answer: ConnectTimeout")
    assert (heard["status"], heard["reply"], heard["address"]) == (200, "OK", "127.0.0.66")
    assert heard["url"] == "http://portal.example/notify?token=[redacted]"
    assert heard["body"] == '{"pin": "[redacted]"}'


def test_a_call_goes_out_as_it_is(requests_mock: Mocker) -> None:
    requests_mock.post(CALL.url, text="noted", status_code=202, headers={"Content-Type": "text/plain"})

    answer = call_over_http(replace(CALL, headers=(("X-Signature", "s"),), body="é"))

    sent = requests_mock.last_request
    assert sent is not None
    assert sent.body == "é".encode()
    assert (sent.headers["Content-Type"], sent.headers["X-Signature"]) == ("application/json", "s")
    assert answer == Answer(202, "text/plain", "noted")


def test_a_redirect_is_an_answer_and_not_followed(requests_mock: Mocker) -> None:
    requests_mock.post(CALL.url, status_code=302, headers={"Location": "http://elsewhere.example/"})
    assert call_over_http(CALL).status == 302
    assert requests_mock.call_count == 1


def test_no_proxy_of_the_environment_stands_between(
    requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    requests_mock.post(CALL.url)
    call_over_http(CALL)
    assert requests_mock.last_request is not None
    assert not requests_mock.last_request.proxies


@pytest.mark.parametrize("failure", [requests.ConnectTimeout, requests.ConnectionError])
def test_silence_is_no_answer(requests_mock: Mocker, failure: type[Exception]) -> None:
    requests_mock.post(CALL.url, exc=failure)
    assert call_over_http(CALL) == Answer(None, note=f"no answer: {failure.__name__}")


def test_a_url_that_cannot_be_called_is_no_answer() -> None:
    assert call_over_http(replace(CALL, url="http://[nonsense")).status is None


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Give the URL of a real server and the addresses that called it."""
    callers: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            callers.append(self.client_address[0])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", callers
        server.shutdown()
        thread.join()


def test_a_foreign_source_address_is_what_the_other_side_sees(listener: tuple[str, list[str]]) -> None:
    url, callers = listener
    call = Call("flooz", "GET", url, "r1")
    foreign = call_over_http(replace(call, source="127.0.0.66"))
    own = call_over_http(call)
    assert (foreign.status, own.status) == (204, 204)
    assert callers == ["127.0.0.66", "127.0.0.1"]


def test_an_address_that_is_not_ours_is_no_answer(listener: tuple[str, list[str]]) -> None:
    url, callers = listener
    assert call_over_http(Call("flooz", "GET", url, "r1", source="192.0.2.1")).status is None
    assert callers == []
