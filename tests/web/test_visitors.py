"""Whose form is it: a browser that says it was posted from elsewhere is refused; one that cannot say is let through."""

from __future__ import annotations

import pytest

from tests.machines.stage import Stage

OURS = "http://localhost"
MATRIX = [
    (None, None, True),
    ("same-origin", None, True),
    (None, OURS, True),
    ("same-origin", OURS, True),
    ("cross-site", None, False),
    ("same-site", None, False),
    ("none", None, False),
    ("", None, False),
    (None, "https://evil.example", False),
    (None, "null", False),
    (None, "", False),
    (None, "https://localhost", False),
    (None, f"{OURS}:8000", False),
    (None, f"{OURS}.evil.example", False),
    ("same-origin", "https://evil.example", False),
    ("cross-site", OURS, False),
]
DOORS = ["tmoney-online", "leave", "cancel"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("site", "origin", "allowed"), MATRIX)
def test_a_form_from_elsewhere_is_refused_and_changes_nothing(
    stage: Stage, door: str, site: str | None, origin: str | None, *, allowed: bool
) -> None:
    order = stage.order()
    given = {"Sec-Fetch-Site": site, "Origin": origin}
    headers = {name: value for name, value in given.items() if value is not None}
    answer = stage.client.post(f"/pay/{order.token}/{door}", headers=headers)
    assert answer.status_code == (303 if allowed else 403)
    if not allowed:
        assert stage.journal(order) == []


def test_the_guard_needs_no_cookie_and_no_token_of_a_form(stage: Stage) -> None:
    order = stage.order()
    answer = stage.app.test_client(use_cookies=False).post(f"/pay/{order.token}/tmoney-online")
    assert answer.status_code == 303


def test_a_browser_that_comes_back_from_the_operator_is_let_in_from_anywhere(stage: Stage) -> None:
    order = stage.order()
    token = stage.starts(order)["token"]
    headers = {"Origin": "https://tmoney.example", "Sec-Fetch-Site": "cross-site"}
    assert stage.client.post(f"/return/{token}/accept", headers=headers).status_code == 303
