"""The room of whom a test is about: every operator, each of its cases, and every kind of its accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.providers import vectors
from tests.providers.kit import SLUGS
from tests.providers.payment import Payment

PaymentOf = Callable[..., Payment]
"""Opens an order of a store that takes that operator, with that kind of account."""

ACCOUNTS = [(slug, option) for slug in SLUGS for option in vectors.of(slug).options]
PLAYABLE = [(slug, option) for slug in SLUGS for option in vectors.of(slug).playable]
ASKED = [(slug, "") for slug in SLUGS if vectors.of(slug).ask]
HEARSAY = [(slug, "") for slug in SLUGS if "notice" not in vectors.of(slug).notification("paid")["said"][0]]


def each(accounts: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    named = [pytest.param(*account, id=" ".join(account).strip()) for account in accounts]
    return pytest.mark.parametrize(("slug", "option"), named)


def each_case(file: str) -> pytest.MarkDecorator:
    """Ask for every operator with the name of each case of that file of its vectors."""
    named = [
        pytest.param(slug, name, id=f"{slug}: {name}")
        for slug in SLUGS
        for name in getattr(vectors.of(slug), file)
    ]
    return pytest.mark.parametrize(("slug", "name"), named)


every_operator = pytest.mark.parametrize("slug", SLUGS)
every_account = each(ACCOUNTS)
every_playable_account = each(PLAYABLE)
every_one_that_can_be_asked = each(ASKED)
every_one_that_is_not_believed = each(HEARSAY)
