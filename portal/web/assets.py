"""The room of what furnishes every page: static files addressed by their content, and its other languages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from flask import Flask, current_app, request, url_for
from flask_babel import format_datetime

from portal.web.languages import LANGUAGES, language
from portal.web.money import shown

NAMES = {"fr": "Français", "en": "English"}
HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """This very page in another language: its code, its own name for itself, its address."""

    code: str
    name: str
    url: str


def asset(path: str) -> str:
    """Return the address of a static file, with its content's hash: it may be kept for a year.

    Raises FileNotFoundError where there is no such file.
    """
    file = Path(current_app.static_folder or "", path)
    return url_for("static", filename=path, v=_hash(file, file.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _hash(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:HASH_LENGTH]


def other_languages() -> list[OtherLanguage]:
    """Return this page in every language but its own, the rest of its query kept."""
    spoken = language()
    # One slash: an address that begins with two would lead to another host.
    path = "/" + quote(request.path.lstrip("/"))
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [
        OtherLanguage(code, NAMES[code], f"{path}?{urlencode([*kept, ('lang', code)])}")
        for code in LANGUAGES
        if code != spoken
    ]


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Return a moment as people in Lomé read it: day before month, in either language."""
    text: str = format_datetime(at, "d MMM y, HH:mm:ss" if seconds else "d MMM y, HH:mm")
    return text


def init_app(app: Flask) -> None:
    """Give every template `asset`, `other_languages`, and the filters `money` and `moment`."""
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["other_languages"] = other_languages
    app.jinja_env.filters["money"] = shown
    app.jinja_env.filters["moment"] = moment
