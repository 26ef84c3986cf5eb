"""The words: the same ones in both languages, set as each language sets them."""

import pytest

from portal.sandbox.operators._tmoney_online_texts import TEXTS as TMONEY_ONLINE
from portal.sandbox.texts import TEXTS, Texts, amount_text, endings, language_of, texts, typeset


@pytest.mark.parametrize("both", [TEXTS, TMONEY_ONLINE])
def test_both_languages_say_the_same_things(both: Texts) -> None:
    assert both["fr"].keys() == both["en"].keys()
    assert all(text.strip() for words in both.values() for text in words.values())


def test_an_operator_s_words_join_the_shared_ones() -> None:
    joined = texts("en", TMONEY_ONLINE)
    assert (joined["warning"], joined["confirm"]) == ("This is a test.", "Confirm")


@pytest.mark.parametrize(("asked", "spoken"), [("en", "en"), ("fr", "fr"), ("de", "fr"), (None, "fr")])
def test_whoever_asks_for_nothing_known_gets_french(asked: str | None, spoken: str) -> None:
    assert language_of(asked) == spoken


def test_french_keeps_its_punctuation_on_the_line() -> None:
    assert typeset("L'essai : déjà ?", "fr") == "L\u2019essai\u202f: déjà\u202f?"
    assert typeset("It's : so", "en") == "It\u2019s : so"


def test_amounts_are_for_people() -> None:
    assert amount_text(1_250_000, "fr") == "1\u202f250\u202f000\u00a0F\u00a0CFA"
    assert amount_text(1_250_000, "en") == "1,250,000\u00a0FCFA"


def test_the_table_ends_with_every_other_number() -> None:
    assert [digits for digits, _ in endings("fr")] == [*(f"{number:02}" for number in range(13)), "autre"]
