"""The room of nonsense: what operators and strangers might say, and what the house could keep of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from hypothesis import strategies as st

from portal.domain.events import AttemptEvent, Paid, Refunded, RefundEvent
from portal.domain.money import LARGEST, Money
from portal.domain.provider import (
    Claim,
    Hearsay,
    Notice,
    RawNotification,
    RefundNotice,
    Said,
)
from tests.machines.operator import Reply, cut, promises, says, silence
from tests.providers import vectors
from tests.providers.kit import UnderTest, under_test

REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(says, st.binary(max_size=300) | st.text(max_size=300), st.integers(200, 599)),
    st.builds(
        says,
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
            ),
        ).map(json.dumps),
        st.sampled_from([200, 201, 400, 401, 500]),
    ),
    st.builds(promises, st.integers(100, 200), st.binary(max_size=50)),
    st.sampled_from([cut, silence]),
)


ODD = st.sampled_from(["", "0", "-1", "1e9", "9" * 5000, "\0", "\ufffd", "OK", "null", "²", "ſ"]) | st.text(
    max_size=20
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
"""What a strict reader takes; in `ANY_JSON` stands what only a lax one would."""
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=9)
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["2002", 0, "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
)


@st.composite
def spoilt(draw: st.DrawFn, slug: str) -> RawNotification:
    """Draw a notification like one of the vectors', with any of its parts spoilt."""
    at = under_test(slug)
    case = draw(st.sampled_from(sorted(at.vectors.notifications)))
    request = vectors.filled(at.vectors.notifications[case], at.names())["request"]
    raw = vectors.call(slug, at.account.public_id, request).raw()
    names = st.sampled_from([*dict(raw.query), ""]) | st.text(max_size=9)
    pairs = st.lists(st.tuples(names, ODD), max_size=4).map(tuple)
    query = draw(st.just(raw.query) | pairs | pairs.map(lambda more: (*raw.query[1:], *more)))
    body = draw(st.just(raw.body) | st.binary(max_size=200) | bodies(request.get("json")))
    headers = draw(
        st.just(raw.headers) | st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=4)
    )
    return RawNotification(draw(st.sampled_from([raw.method, "DELETE"])), query, headers, body)


def bodies(like: Any) -> st.SearchStrategy[bytes]:
    """Return JSON of any shape, and of the vector's with any of its values changed."""
    deep = st.integers(1, 5000).map(lambda depth: b"[" * depth)
    shaped = (
        st.dictionaries(st.sampled_from(sorted(like)), ANY_JSON, max_size=4).map(lambda more: like | more)
        if isinstance(like, dict)
        else ANY_JSON
    )
    return deep | (ANY_JSON | shaped).map(lambda value: json.dumps(value).encode())


def is_storable(text: str | None) -> bool:
    """Say whether both databases can look for the text."""
    return text is None or ("\0" not in text and text.encode(errors="replace").decode() == text)


def names_of(word: Said) -> tuple[str | None, ...]:
    match word:
        case Notice(reference) | RefundNotice(reference):
            return (reference,)
        case Claim(secret, handle):
            return (secret, handle)
        case Hearsay(reference_or_none, handle_or_none):
            return (reference_or_none, handle_or_none)


def require_said(
    event: AttemptEvent | RefundEvent, replies: Sequence[tuple[bytes, Reply]], asked: Money
) -> None:
    """Fail for a sum that no reply tells, fees added or taken off, and that was not what we asked about either."""
    money = event.money if isinstance(event, Paid | Refunded) else None
    if money is not None and money != asked:
        said = b"".join(body.replace(b"\0", b"") for body, _ in replies)
        told = [int(digits) for digits in re.findall(rb"[0-9]{1,11}", said)]
        assert money.amount in {
            *told,
            *(one + sign * other for one in told for other in told for sign in (1, -1)),
        }


def require_keepable(event: AttemptEvent | RefundEvent) -> None:
    """Fail for an event that the house could not write down."""
    assert isinstance(event, (*get_args(AttemptEvent), *get_args(RefundEvent)))
    match event:
        case Paid(money, reference, fee, payer, rail):
            assert 0 < money.amount <= LARGEST
            assert fee is None or 0 <= fee <= LARGEST
            assert all(is_storable(text) for text in (reference, payer, rail))
        case Refunded(money_or_none, reference, fee, debited):
            assert all(sum_ is None or 0 < sum_.amount <= LARGEST for sum_ in (money_or_none, debited))
            assert fee is None or 0 <= fee <= LARGEST
            assert is_storable(reference)


# ---- answers and payouts: the vectors' own, with any part of them spoilt


@st.composite
def spoilt_replies(
    draw: st.DrawFn, at: UnderTest, file: str, names: Mapping[str, str]
) -> list[tuple[bytes, Reply]]:
    """Draw the replies of a case, one of them with fields missing, wrong, doubled, cut or encoded otherwise.

    Each comes with its words.
    """
    case = draw(st.sampled_from(sorted(getattr(at.vectors, file))))
    replies = vectors.filled(getattr(at.vectors, file)[case], names)["replies"]
    told = [(json.dumps(one["json"]).encode(), one["status"]) for one in replies if "json" in one]
    if told:
        place = draw(st.integers(0, len(told) - 1))
        body = draw(spoilt_bodies(json.loads(told[place][0])))
        told[place] = body, draw(st.sampled_from([200, 200, 200, 201, 404, 500]))
    return [(body, says(body, status)) for body, status in told] + [(b"", silence)] * 4


@st.composite
def spoilt_bodies(draw: st.DrawFn, like: Any) -> bytes:
    """Draw the JSON with one of its values, however deep, away or replaced; then its text spoilt or left."""
    changed = draw(changes(like))
    text = json.dumps(changed)
    match draw(
        st.sampled_from(["as it is"] * 6 + ["cut", "latin", "wide", "doubled", "in a page", "in a list"])
    ):
        case "cut":
            return text[: draw(st.integers(0, len(text)))].encode()
        case "latin":
            return json.dumps(changed, ensure_ascii=False).encode("latin-1", errors="replace")
        case "wide":
            return text.encode("utf-16")
        case "doubled":
            return (
                (text[:-1] + "," + text[1:]).encode()
                if text.startswith("{") and len(text) > 2
                else text.encode()
            )
        case "in a page":
            return f"<html><body>{text}</body></html>".encode()
        case "in a list":
            return f"[{text}]".encode()
        case _:
            return text.encode()


NUMBERS = (True, -1, 0, -500, 0.5, 1e400, 10**11, 10**400)
TEXTS = ("", "0", "-500", "9" * 5000, "²", "\0", "\ud800", "ECHEC")
WRONG: st.SearchStrategy[Any] = st.sampled_from([None, *NUMBERS, *TEXTS, [], {}, [[]]])


@st.composite
def changes(draw: st.DrawFn, value: Any) -> Any:
    """Draw the value with one thing in it changed."""
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        others = {other: value[other] for other in value if other != name}
        match draw(st.sampled_from(["inside", "inside", "away", "wrong", "renamed"])):
            case "inside":
                return others | {name: draw(changes(value[name]))}
            case "away":
                return others
            case "wrong":
                return others | {name: draw(WRONG)}
            case _:
                return others | {name.swapcase(): value[name]}
    if isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        return [
            *value[:place],
            draw(changes(value[place])),
            *value[place + 1 :],
            *draw(st.sampled_from([[], value])),
        ]
    return draw(WRONG | ANY_JSON)
