"""The thirteen endings."""

import pytest

from portal.sandbox.scenarios import MEANINGS, Ending, ending_of


@pytest.mark.parametrize("number", range(13))
def test_two_digits_name_an_ending(number: int) -> None:
    assert ending_of(f"228900000{number:02}").value == f"{number:02}"


@pytest.mark.parametrize("phone", ["", "0", "22890000013", "22890000099"])
def test_anything_else_approves(phone: str) -> None:
    assert ending_of(phone) is Ending.APPROVED


def test_every_ending_has_its_line_in_both_languages() -> None:
    assert list(MEANINGS) == list(Ending)
    assert all(meaning.fr and meaning.en for meaning in MEANINGS.values())


def test_the_table_says_how_a_hosted_page_loses_a_reply() -> None:
    assert all("lose_next_session_replies" in words for words in MEANINGS[Ending.REPLY_LOST])
