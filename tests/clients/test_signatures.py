"""What we sign verifies with code that is not ours: `standardwebhooks` from PyPI and from npm, for a shop's years."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from portal.security import signing
from tests.clients.conftest import FOLDER

AT = datetime(2026, 3, 4, 9, 30, 15, 999_999, tzinfo=UTC)
SECRET, OTHER_SECRET = signing.new_secret(), signing.new_secret()
EVENT = {
    "type": "order.paid",
    "timestamp": "2026-03-04T09:30:14Z",
    "data": {"description": "Café — 2 × 500 F 🙂"},
}
BODY = json.dumps(EVENT, ensure_ascii=False)
NO_SIGNATURE, TOO_OLD, TOO_NEW = (
    "No matching signature found",
    "Message timestamp too old",
    "Message timestamp too new",
)
NO_HEADERS = "Missing required headers"


@dataclass(frozen=True)
class Post:
    """What a shop received, the secret that it knows, and its own clock's seconds."""

    secret: str = SECRET
    body: str = BODY
    now: float = AT.timestamp()
    keys: Sequence[str] = (SECRET,)
    altered: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        ours = signing.headers("evt_1", AT, BODY, self.keys)
        return {name: value for name, value in (ours | dict(self.altered)).items() if value}


def seconds_later(seconds: float, post: Post = Post()) -> Post:
    return replace(post, now=(AT + timedelta(seconds=seconds)).timestamp())


def altered(**headers: str) -> Post:
    return Post(altered=tuple((f"webhook-{name}", value) for name, value in headers.items()))


RIGHT = signing.headers("evt_1", AT, BODY, [SECRET])["webhook-signature"]
LATER = signing.headers("evt_1", AT + timedelta(seconds=60), BODY, [SECRET])

TAKEN = {
    "as sent": Post(),
    "four minutes later": seconds_later(240),
    "on a clock that is four minutes slow": seconds_later(-240),
    "during a rotation, by the new secret": Post(secret=OTHER_SECRET, keys=(OTHER_SECRET, SECRET)),
    "during a rotation, by the old secret": Post(secret=SECRET, keys=(OTHER_SECRET, SECRET)),
    "the next try": seconds_later(
        300 + 30, altered(timestamp=LATER["webhook-timestamp"], signature=LATER["webhook-signature"])
    ),
}  # fmt: skip
REFUSED = {
    "a letter of the body altered": (Post(body=BODY.replace("500", "900")), NO_SIGNATURE),
    "the body in other spaces": (Post(body=json.dumps(EVENT, ensure_ascii=False, indent=1)), NO_SIGNATURE),
    "the body's letters escaped": (Post(body=json.dumps(EVENT)), NO_SIGNATURE),
    "another secret": (Post(secret=OTHER_SECRET), NO_SIGNATURE),
    "the old secret after its time": (Post(keys=(OTHER_SECRET,)), NO_SIGNATURE),
    "another id": (altered(id="evt_2"), NO_SIGNATURE),
    "another time that would be fresh": (altered(timestamp=LATER["webhook-timestamp"]), NO_SIGNATURE),
    "another version": (altered(signature=RIGHT.replace("v1,", "v2,")), NO_SIGNATURE),
    "a signature cut short": (altered(signature=RIGHT[:-4]), NO_SIGNATURE),
    "seen before, six minutes ago": (seconds_later(360), TOO_OLD),
    "of a time that is not yet": (seconds_later(-360), TOO_NEW),
    "no id": (altered(id=""), NO_HEADERS),
    "no time": (altered(timestamp=""), NO_HEADERS),
    "no signature": (altered(signature=""), NO_HEADERS),
}


@pytest.fixture(scope="module", params=["PyPI", "npm"])
def verdicts(request: pytest.FixtureRequest) -> Mapping[str, Mapping[str, Any]]:
    """Judge every case with one of the two, npm's in one process for all."""
    posts = TAKEN | {name: post for name, (post, _) in REFUSED.items()}
    if request.param == "PyPI":
        return {name: verdict_of_pypi(post) for name, post in posts.items()}
    node = request.getfixturevalue("node")
    return dict(zip(posts, verdicts_of_npm(node, list(posts.values())), strict=True))


def verdict_of_pypi(post: Post) -> dict[str, Any]:
    with time_machine.travel(post.now, tick=False):
        try:
            return {"taken": Webhook(post.secret).verify(post.body.encode(), post.headers)}
        except WebhookVerificationError as error:
            return {"refused": str(error)}


def verdicts_of_npm(node: str, posts: Sequence[Post]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [node, "verify.mjs"],
        input=json.dumps([asdict(post) | {"headers": post.headers} for post in posts]),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", TAKEN)
def test_what_we_signed_is_taken(verdicts: Mapping[str, Mapping[str, Any]], case: str) -> None:
    assert verdicts[case] == {"taken": EVENT}


@pytest.mark.parametrize("case", REFUSED)
def test_what_we_did_not_sign_so_is_refused(verdicts: Mapping[str, Mapping[str, Any]], case: str) -> None:
    assert verdicts[case] == {"refused": REFUSED[case][1]}


def test_the_verifier_of_npm_is_the_version_that_we_name(node: str) -> None:
    installed = json.loads((FOLDER / "node_modules" / "standardwebhooks" / "package.json").read_text("utf-8"))
    assert installed["version"] == "1.1.1"
