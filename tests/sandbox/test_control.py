"""Journal, ledger and settings: for this machine, or the bearer of the token."""

import pytest

from portal.sandbox.world import SandboxConfig
from portal.sandbox.wsgi import create_sandbox
from tests.sandbox.stage import TOKEN, Stage

STRANGER = {"REMOTE_ADDR": "192.0.2.7"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("path", ["/journal", "/ledger", "/settings"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8001", "127.0.0.1:8001", "[::1]:8001", "[::1]"])
def test_this_machine_may_look(stage: Stage, path: str, host: str) -> None:
    assert stage.browser.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/journal", "/ledger", "/settings"])
def test_a_stranger_may_not(stage: Stage, path: str) -> None:
    answer = stage.browser.get(path, environ_overrides=STRANGER)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_the_bearer_of_the_token_may(stage: Stage) -> None:
    assert stage.browser.get("/journal", environ_overrides=STRANGER, headers=BEARER).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_a_wrong_token_is_none(stage: Stage, header: str) -> None:
    answer = stage.browser.get("/journal", environ_overrides=STRANGER, headers={"Authorization": header})
    assert answer.status_code == 403


def test_without_a_token_set_no_bearer_is_right() -> None:
    browser = create_sandbox(SandboxConfig()).test_client()
    answer = browser.get("/journal", environ_overrides=STRANGER, headers={"Authorization": "Bearer "})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_on_this_machine_speaks_for_strangers(stage: Stage, name: str) -> None:
    assert stage.browser.get("/journal", headers={name: "192.0.2.7"}).status_code == 403


@pytest.mark.parametrize("host", ["rebound.example", "rebound.example:8001", "192.0.2.7"])
def test_a_rebound_name_is_refused(stage: Stage, host: str) -> None:
    assert stage.browser.get("/journal", headers={"Host": host}).status_code == 403


def test_settings_change_and_are_shown(stage: Stage) -> None:
    answer = stage.browser.post("/settings", json={"tmoney-online": {"slow_seconds": 2}})
    assert answer.status_code == 200
    shown = stage.browser.get("/settings").json
    assert shown == answer.json
    assert shown is not None
    assert shown["tmoney-online"]["slow_seconds"] == 2.0


def test_every_setting_that_is_shown_can_be_given_back(stage: Stage) -> None:
    shown = stage.browser.get("/settings").json
    assert stage.browser.post("/settings", json=shown).json == shown


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tmoney-online": {"slow_seconds": "2"}}, "tmoney-online.slow_seconds"),
        ({"tmoney-online": {"colour": 1}}, "tmoney-online.colour"),
        ({"tmoney-online": {"retry_after": []}}, "tmoney-online.retry_after"),
        ({"tmoney-online": {"callers": ["here"]}}, "tmoney-online.callers"),
        ({"nobody": {}}, "nobody"),
    ],
)
def test_a_wrong_setting_is_named(stage: Stage, given: object, field: str) -> None:
    answer = stage.browser.post("/settings", json=given)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]


@pytest.mark.parametrize("body", ["[]", "3", "{", "[" * 100_000, "1" * 5_000])
def test_what_is_no_json_object_is_a_bad_request(stage: Stage, body: str) -> None:
    answer = stage.browser.post("/settings", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_form_of_another_site_cannot_change_settings(stage: Stage) -> None:
    answer = stage.browser.post("/settings", data='{"tmoney-online": {}}', content_type="text/plain")
    assert answer.status_code == 415


def test_the_journal_answers_filters(stage: Stage) -> None:
    stage.open(purchaseref="one")
    stage.open(purchaseref="two")
    assert len(stage.journal(operator="tmoney-online")) == 4
    assert len(stage.journal(reference="two")) == 1
    assert stage.journal(operator="flooz") == []
