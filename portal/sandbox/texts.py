"""The words that every page of the sandbox shares, in French and in English."""

from collections.abc import Mapping
from typing import Literal, cast

from portal.sandbox.scenarios import MEANINGS, Ending

Language = Literal["fr", "en"]
Texts = dict[Language, dict[str, str]]

NARROW_SPACE = "\u202f"
TEXTS: Texts = {
    "fr": {
        "sandbox": "Bac à sable",
        "warning": "Ceci est un test.",
        "warning_more": "Aucun argent ne bouge. Ne tapez jamais votre vrai code PIN.",
        "endings": "Numéros de test",
        "endings_intro": "Les deux derniers chiffres du numéro de téléphone décident de ce qui se passe.",
        "ending": "Fin",
        "meaning": "Ce qui se passe",
        "otherwise": "autre",
        "error": "Erreur",
        "colon": " :",
        "home_title": "Bac à sable des opérateurs",
        "home_intro": "Ce site joue les opérateurs de paiement mobile : "
        "mêmes adresses, mêmes messages, argent imaginaire.",
        "home_pin": "Code PIN de démonstration : 1234 (0000 est un mauvais code). "
        "Code reçu par SMS : 123456.",
        "home_tools": "Pour les développeurs",
        "home_journal": "les requêtes reçues et envoyées",
        "home_ledger": "ce qui a vraiment bougé chez les opérateurs",
        "home_settings": "les réglages, à changer par un POST en JSON",
        "home_guard": "Ces deux adresses répondent seulement à la machine elle-même, "
        "ou au porteur de SANDBOX_TOKEN.",
        "not_found": "Cette page n'existe pas ou n'existe plus. "
        "Le bac à sable oublie tout quand il redémarre.",
        "not_understood": "Le bac à sable n'a pas pu traiter cette demande.",
    },
    "en": {
        "sandbox": "Sandbox",
        "warning": "This is a test.",
        "warning_more": "No money moves. Never type your real PIN.",
        "endings": "Test numbers",
        "endings_intro": "The last two digits of the phone number decide what happens.",
        "ending": "Ending",
        "meaning": "What happens",
        "otherwise": "other",
        "error": "Error",
        "colon": ":",
        "home_title": "The operators' sandbox",
        "home_intro": "This site plays the mobile money operators: "
        "same addresses, same messages, imaginary money.",
        "home_pin": "Demo PIN: 1234 (0000 is a wrong one). Code received by SMS: 123456.",
        "home_tools": "For developers",
        "home_journal": "the requests received and sent",
        "home_ledger": "what truly moved at the operators",
        "home_settings": "the settings, changed by a POST in JSON",
        "home_guard": "These two addresses answer only this machine itself, or the bearer of SANDBOX_TOKEN.",
        "not_found": "This page does not exist, or no longer. "
        "The sandbox forgets everything when it restarts.",
        "not_understood": "The sandbox could not handle this request.",
    },
}


def language_of(value: str | None) -> Language:
    """Return the language asked for; French unless it is `en`."""
    return "en" if value == "en" else "fr"


def texts(language: Language, *more: Texts) -> Mapping[str, str]:
    """Return the shared words and those of `more`, set as the language sets its punctuation."""
    merged = dict(TEXTS[language])
    for own in more:
        merged |= own[language]
    return {name: typeset(text, language) for name, text in merged.items()}


def typeset(text: str, language: Language) -> str:
    """Set curly apostrophes and, in French, a space that does not break before high punctuation."""
    curly = text.replace("'", "\u2019")
    if language == "en":
        return curly
    for mark in ":;?!":
        curly = curly.replace(f" {mark}", f"{NARROW_SPACE}{mark}")
    return curly


def endings(language: Language) -> list[tuple[str, str]]:
    """Return the table of scenarios, digits and meaning, ending with what any other number does."""
    rows = [
        (ending.value, typeset(cast("str", getattr(meaning, language)), language))
        for ending, meaning in MEANINGS.items()
    ]
    return [
        *rows,
        (TEXTS[language]["otherwise"], typeset(getattr(MEANINGS[Ending.APPROVED], language), language)),
    ]


def amount_text(amount: int, language: Language) -> str:
    """Return an amount of whole francs for people."""
    comma = f"{amount:,}"
    return f"{comma.replace(',', NARROW_SPACE)}\u00a0F\u00a0CFA" if language == "fr" else f"{comma}\u00a0FCFA"
