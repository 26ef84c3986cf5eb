"""The room of an operator's words in JSON or a form: liberal in how a value is typed, strict in what it may be.

Everything here is pure and raises Unreadable, whose text is for a person and holds nothing that was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Never
from urllib.parse import parse_qsl

from portal.domain.money import LARGEST

DEEPEST = 16
MOST_FIELDS = 200
LONGEST = 200
DIGITS = re.compile(r"[0-9]{1,15}")
WALLET = re.compile(r"(?:\+|00)?([1-9][0-9]{7,14})")
LOCAL_DIGITS = 8
"""Of a Togolese number without its country."""


class Unreadable(ValueError):
    """The operator's words cannot be read. The text says which, without repeating them."""


def object_of(said: str | bytes) -> Mapping[str, Any]:
    """Return the JSON object; raise Unreadable for anything else, a name given twice, NaN or deep nesting.

    Bytes must be UTF-8. Text is taken as it is: a letter that was lost on the way does not spoil the rest.
    """
    try:
        text = said.decode("utf-8") if isinstance(said, bytes) else said
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("no JSON object")
    _require_shallow(value)
    return value


def fields_of(body: bytes) -> Mapping[str, str]:
    """Return the fields of a form, each with one value; raise Unreadable."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Unreadable("not a form") from error
    return _once(pairs)


def objects(value: object, name: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of objects; raise Unreadable for any other value."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unreadable(f"{name} is no list of objects")
    return value


def inner(value: object, name: str) -> Mapping[str, Any]:
    """Return an object within another; raise Unreadable for any other value."""
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is no object")
    return value


def whole(value: object, name: str) -> int:
    """Return a whole amount from 0 to LARGEST, given as a number or as its ASCII digits; raise Unreadable."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise Unreadable(f"{name} is no whole amount")
    return value


def short(value: object, name: str, most: int = LONGEST) -> str:
    """Return 1 to `most` printable characters, given as text or as a whole number; raise Unreadable.

    Printable leaves out NUL and halves of characters, which databases refuse; a letter lost on the way is refused too.
    """
    text = str(value) if type(value) is int and abs(value) < 10**most else value
    if not isinstance(text, str) or not 1 <= len(text) <= most or not text.isprintable() or "\ufffd" in text:
        raise Unreadable(f"{name} is missing, too long or unreadable")
    return text


def wallet(value: object) -> str | None:
    """Return a wallet's number as `+228XXXXXXXX` (or another country's), None where there is none to read."""
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    found = WALLET.fullmatch(re.sub(r"[ .()-]", "", str(value)[:LONGEST]))
    if found is None:
        return None
    digits = found[1]
    return f"+228{digits}" if len(digits) == LOCAL_DIGITS else f"+{digits}"


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name is given twice")
    return found


def _no_number(_: str) -> Never:
    raise Unreadable("a number that is none")


def _require_shallow(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        lists = [one for one in level if isinstance(one, list)]
        dicts = [one for one in level if isinstance(one, dict)]
        level = [x for one in lists for x in one] + [x for one in dicts for x in one.values()]
        if not level:
            return
    raise Unreadable("nested too deeply")
