"""The room of what is kept of an answer that says nothing: one of two kinds, with the detail that a person may read."""

from __future__ import annotations

from portal.domain.provider import NothingKnown, NoWord

NO_ANSWER = "no answer"
NOTHING_KNOWN = "nothing known"
LONGEST = 200


def kept(word: NoWord | NothingKnown) -> str:
    """Return the word as rows and the journal keep it."""
    kind = NO_ANSWER if isinstance(word, NoWord) else NOTHING_KNOWN
    return f"{kind}: {word.detail}"[:LONGEST]


def parted(text: str) -> tuple[str, str]:
    """Return the kind of a kept word (the whole text where it is of neither) and its detail."""
    kind, _, detail = text.partition(": ")
    return (kind, detail) if kind in {NO_ANSWER, NOTHING_KNOWN} else (text, "")
