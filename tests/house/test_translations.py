"""French stands in the code; the English catalogue says all of it, and nothing else."""

from collections.abc import Iterator
from typing import cast

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from config import ROOT
from tests.house.tree import PORTAL

TRANSLATIONS = PORTAL / "translations"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "N_": None}
"""As in the Makefile's `translations`."""


def texts_in_the_code() -> Iterator[str]:
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # as Babel has it
    for _, _, text, _, _ in extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=is_ours):
        yield text if isinstance(text, str) else text[0]


def is_ours(folder: str) -> bool:
    return folder in {"portal", "templates"} or "/portal" in folder or "/templates" in folder


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as catalogue:
        return read_po(catalogue, locale="en")


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def msgid(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def test_every_text_is_in_the_catalogue(english: Catalog) -> None:
    texts = set(texts_in_the_code())
    assert texts
    assert sorted(texts - {msgid(message) for message in entries(english)}) == []


def test_the_catalogue_holds_no_text_that_is_gone(english: Catalog) -> None:
    assert sorted({msgid(message) for message in entries(english)} - set(texts_in_the_code())) == []


def test_no_translation_is_missing_or_guessed(english: Catalog) -> None:
    unsaid = [msgid(message) for message in entries(english) if message.fuzzy or not all(strings(message))]
    assert unsaid == []


def test_placeholders_survive_translation(english: Catalog) -> None:
    assert [(msgid(message), problems) for message, problems in english.check()] == []


def strings(message: Message) -> tuple[str, ...]:
    said = cast("str | tuple[str, ...]", message.string)
    return (said,) if isinstance(said, str) else said
