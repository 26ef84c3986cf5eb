"""Files speak of the project, not of the machine or the day on which they were written."""

import re

import pytest

from tests.house.tree import name, project_files

# Narrow on purpose: database sessions, TMoney sessions and review items are the project's own words.
FOREIGN = re.compile(
    r"/wor[k]/(?:main|shared|\.library)|/roo[t]/|/home/[a-z]+/|/tm[p]/v/"
    r"|\bissue[s]? #\d|\bfixe[s] #\d"
    r"|\b(?:in|from) (?:an?|the|some) (?:earlier|previous|later|next) sessio[n]\b"
    r"|\b(?:coding|work) sessio[n]\b|\bChatGP[T]\b|\blanguage mode[l]\b|\bAI assistan[t]\b",
)


def test_no_file_speaks_of_where_it_was_written() -> None:
    found = {}
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        if foreign := FOREIGN.findall(text):
            found[name(path)] = foreign
    assert found == {}


@pytest.mark.parametrize(
    "text", ["see /" + "work/main/x", "closes issue" + " #12", "in the previous" + " session"]
)
def test_foreign_words_would_be_found(text: str) -> None:
    assert FOREIGN.search(text)


@pytest.mark.parametrize("text", ["a new session is a new attempt", "in the same session", "any review item"])
def test_the_projects_own_words_are_left_alone(text: str) -> None:
    assert not FOREIGN.search(text)
