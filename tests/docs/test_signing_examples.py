"""What the manual shows in four languages signs addresses that the portal takes, whatever stands in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from config import ROOT
from portal.web.embedding_docs import EXAMPLES, FILES
from portal.web.services import services
from tests.clients.served import served
from tests.machines.stage import Stage
from tests.web.test_links import a_link, orders

RUN = {"sign.py": [sys.executable], "sign.php": ["php"], "sign.mjs": ["node"], "sign.sh": ["sh"]}
NEEDS = {"sign.py": [], "sign.php": ["php"], "sign.mjs": ["node"], "sign.sh": ["openssl", "curl"]}
SOON = 600
"""Seconds from the stage's noon."""
REFERENCES = [
    "CMD-1",
    "Deux pagnes, été",
    'Café d\'Afi "8"',
    "a\\b\\",
    "1+1 & 2=2;3",
    "50% #7 ?x=/y",
    "@fichier",
    "-n",
    "$HOME `id` *",
    "<b>✓</b>",
    "crédit 💳",
]

Sign = Callable[..., str]


def require(programs: Sequence[str]) -> None:
    """Skip where one is missing and say so; on a build server fail."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    said = f"needs {' and '.join(missing)} on the PATH: the example was not run"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture
def portal_at(stage: Stage) -> Iterator[str]:
    """Serve the portal: one of the examples has curl look at the address."""
    with served(stage.app) as address:
        yield address


@pytest.fixture(params=RUN)
def example(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(NEEDS[name])
    return name


@pytest.fixture
def sign(stage: Stage, portal_at: str, example: str) -> Sign:
    """Run the example as a shop would, with values as a person types them: `sign(link, "500", "F-7", "")`."""

    def run(link: SimpleNamespace, *values: str, secret: str | None = None) -> str:
        with stage.app.app_context():
            known = services().vault.open(link.sealed_secret)["secret"]
        command = [*RUN[example], str(EXAMPLES / example), f"{portal_at}/l/{link.slug}", *values]
        environment = os.environ | {"LINK_SECRET": secret or known}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.removesuffix("\n")

    return run


def taken(stage: Stage, link: SimpleNamespace, address: str) -> dict[str, Any]:
    """Look, then pay at the address; return the order."""
    page = requests.get(address, timeout=30)
    assert page.status_code == 200, page.text
    parts = urlsplit(address)
    answer = stage.client.post(f"{parts.path}?{parts.query}", data={"form": address, "amount": "900"})
    assert answer.status_code == 303, answer.text
    return orders(stage, link)[-1]


def test_every_example_of_the_manual_is_run() -> None:
    assert set(FILES.values()) == RUN.keys() == NEEDS.keys() == {one.name for one in EXAMPLES.iterdir()}


def test_whatever_stands_in_the_reference_it_is_taken_as_verified(stage: Stage, sign: Sign) -> None:
    link = a_link(stage, amount=None, prefill=True)
    for reference in REFERENCES:
        order = taken(stage, link, sign(link, "5000", reference, ""))
        assert (order["amount"], order["reference"], order["reference_verified"]) == (5_000, reference, True)


@pytest.mark.parametrize("left_out", ["none", "amount", "reference", "expires", "all"])
def test_what_is_left_out_is_not_said_and_not_signed(stage: Stage, sign: Sign, left_out: str) -> None:
    link = a_link(stage, amount=None, prefill=True)
    asked = {
        "amount": "5000",
        "reference": "CMD-1",
        "expires": str(int(stage.clock.now().timestamp()) + SOON),
    }
    said = {name: "" if left_out in {name, "all"} else value for name, value in asked.items()}
    address = sign(link, *said.values())
    assert parse_qs(urlsplit(address).query).keys() == {"sig", *(name for name in said if said[name])}
    order = taken(stage, link, address)
    assert order["amount"] == int(said["amount"] or "900")
    assert order["reference"] == (said["reference"] or link.slug)
    assert order["reference_verified"] is True


def test_another_secret_than_the_links_signs_nothing(stage: Stage, sign: Sign) -> None:
    link = a_link(stage, amount=None, prefill=True)
    address = sign(link, "5000", "CMD-1", "", secret="nobodys")
    assert requests.get(address, timeout=30).status_code == 403
    assert orders(stage, link) == []


def test_a_program_that_is_missing_is_said_and_never_passed_over_where_it_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs no-such-program"):
        require(["no-such-program"])
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="the example was not run"):
        require(["no-such-program"])
