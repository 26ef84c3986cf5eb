"""A lost reply is lost on the wire, and what was not read is said to be so."""

import pytest
import requests

from portal.sandbox.recording import NoSocketToCut, cut
from tests.sandbox.stage import ACCOUNT, MERCHANT, Stage


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
