"""A lost reply is lost on the wire, and what was not read is said to be so."""

import threading
from collections.abc import Iterator

import pytest
import requests
from werkzeug.serving import make_server

from portal.sandbox.recording import NoSocketToCut, cut
from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox
from tests.sandbox.stage import ACCOUNT, MERCHANT, Stage


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    """Give the address of a sandbox on a real socket."""
    server = make_server("127.0.0.1", 0, create_sandbox(SandboxConfig()), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_connection_is_cut_without_an_answer(sandbox_url: str) -> None:
    settings = {"tmoney-online": {"lose_next_session_replies": 1}}
    assert requests.post(f"{sandbox_url}/settings", json=settings, timeout=10).status_code == 200
    url = f"{sandbox_url}{ACCOUNT}/online.php?merchantid={MERCHANT}"

    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)

    assert requests.get(url, timeout=10).text.startswith("OK:")
    lost, answered = requests.get(f"{sandbox_url}/journal", timeout=10).json()
    assert (lost["status"], answered["status"]) == (None, 200)


def test_a_server_without_a_socket_says_so() -> None:
    with pytest.raises(NoSocketToCut):
        cut({"wsgi.version": (1, 0)})


def test_a_body_that_is_too_large_is_not_read(stage: Stage) -> None:
    answer = stage.browser.post(f"{ACCOUNT}/online.php", data={"brand": "b" * 300_000})
    assert answer.status_code == 413
    assert stage.journal()[-1]["body"] == "[not read: Request Entity Too Large]"


def test_the_sandbox_s_own_pages_are_not_journalled(stage: Stage) -> None:
    for path in ("/", "/healthz", "/journal", "/settings", "/static/sandbox.css"):
        stage.browser.get(path).close()
    assert stage.journal() == []
