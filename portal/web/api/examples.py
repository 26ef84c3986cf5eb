"""The room of the manual's programs: what a shop's server says to the API, in each language, as the tests run it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from config import ROOT

FOLDER = ROOT / "docs" / "examples" / "api"
FILES = {
    "Python": "shop.py",
    "PHP": "shop.php",
    "JavaScript (Node.js)": "shop.mjs",
    "curl and OpenSSL": "shop.sh",
}


@cache
def examples() -> Mapping[str, str]:
    """Return each program's text by its language."""
    return {language: (FOLDER / name).read_text("utf-8") for language, name in FILES.items()}
