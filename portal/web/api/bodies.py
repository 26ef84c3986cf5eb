"""The room of JSON as it arrives: read strictly, because two programs must never read one body differently."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

LONGEST_INTEGER = 18  # digits: what fits into 64 bits, whoever reads it on
DEEPEST = 20
FORBIDDEN = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL stores no U+0000, and half a surrogate pair is no character."""


class Unreadable(ValueError):
    """The body is not what we take for JSON; `code` is stable (see `problems.KINDS`)."""

    def __init__(self, code: str, detail: str) -> None:
        """Take the stable code and what exactly is wrong."""
        super().__init__(detail)
        self.code = code


def read_json(body: bytes) -> object:
    """Return the body's value; raise Unreadable."""
    if not body:
        raise Unreadable("empty_body", "Send a JSON object.")
    try:
        value: object = _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("invalid_utf8", f"Byte {error.start} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable("invalid_json", f"{error.msg}: {place}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(value, 1)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise Unreadable("duplicate_name", f"“{FORBIDDEN.sub('�', twice[:50])}” occurs more than once.")
    return found


def _integer(digits: str) -> int:
    if len(digits.removeprefix("-")) > LONGEST_INTEGER:
        raise Unreadable("integer_too_long", f"An integer has at most {LONGEST_INTEGER} digits.")
    return int(digits)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("invalid_number", "A number is too large.")
    return number


def _constant(name: str) -> NoReturn:
    raise Unreadable("invalid_number", f"{name} is no JSON number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check(value: object, level: int) -> None:
    """Raise Unreadable where a text holds what is no character, or a list or object lies too deep."""
    if isinstance(value, str):
        if FORBIDDEN.search(value):
            raise Unreadable("forbidden_character", "A text holds U+0000 or half a surrogate pair.")
        return
    if not isinstance(value, dict | list):
        return
    if level > DEEPEST:
        raise _too_deep()
    for part in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
        _check(part, level + 1)


def _too_deep() -> Unreadable:
    return Unreadable("too_deep", f"Lists and objects are nested more than {DEEPEST} levels deep.")
