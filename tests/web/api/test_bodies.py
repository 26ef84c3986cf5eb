import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.web.api.bodies import Unreadable, read_json

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXTS = st.text(CHARACTERS)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=15)


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as unreadable:
        read_json(body)
    return unreadable.value.code


@given(VALUES)
def test_what_a_json_library_writes_is_read_as_it_was(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"[" * 60_000)
@example(b'{"a":' * 10_000)
@example(b"[" * 30_000 + b"]" * 30_000)
@example(b"9" * 5_000)
@example(b"-" * 100)
@example(b"1e" + b"9" * 5_000)
@example(b'"\\ud800"')
def test_nothing_else_ever_happens_than_being_read_or_refused(body: bytes) -> None:
    try:
        value = read_json(body)
    except Unreadable:
        return
    assert json.loads(body) == value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"  ", "invalid_json"),
        (b"{", "invalid_json"),
        (b"{'a': 1}", "invalid_json"),
        (b'{"a": 1,}', "invalid_json"),
        (b'{"a": 1} {"a": 1}', "invalid_json"),
        (b'"a\x00b"', "invalid_json"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
        (b'{"a": "\xff"}', "invalid_utf8"),
        (b'{"a": "\xed\xa0\x80"}', "invalid_utf8"),
        ('{"a": 1}'.encode("utf-16"), "invalid_utf8"),
        (b'{"a": 1, "a": 1}', "duplicate_name"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', "duplicate_name"),
        (b'{"a": NaN}', "invalid_number"),
        (b"[Infinity]", "invalid_number"),
        (b"[-Infinity]", "invalid_number"),
        (b"[1e999]", "invalid_number"),
        (b"[1000000000000000000]", "integer_too_long"),
        (b"[-1000000000000000000]", "integer_too_long"),
        (b'{"amount": ' + b"1" * 5_000 + b"}", "integer_too_long"),
        (b'{"a": "x\\u0000y"}', "forbidden_character"),
        (b'{"a\\u0000": 1}', "forbidden_character"),
        (b'{"a": ["\\ud800"]}', "forbidden_character"),
        (b'{"a": "\\udc00\\ud800"}', "forbidden_character"),
        (b"[" * 21 + b"]" * 21, "too_deep"),
        (b'{"a":' * 20 + b"[]" + b"}" * 20, "too_deep"),
        (b"[" * 60_000, "too_deep"),
    ],
)
def test_what_two_programs_could_read_differently_is_refused_by_name(body: bytes, code: str) -> None:
    assert refused(body) == code


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[999999999999999999]", [10**18 - 1]),
        (b"[-999999999999999999]", [1 - 10**18]),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[" * 20 + b"]" * 20, json.loads("[" * 20 + "]" * 20)),
        (b" \n{} ", {}),
    ],
)
def test_what_is_just_within_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


def test_a_refusal_can_be_written_as_json_itself() -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_json(b'{"\\ud800": 1, "\\ud800": 2}')
    assert str(unreadable.value).encode()


def test_many_names_are_compared_in_good_time() -> None:
    names = ",".join(f'"{number}": 1' for number in range(9_000))
    assert refused(f'{{{names}, "1": 1}}'.encode()) == "duplicate_name"


def test_a_finite_float_stays_finite() -> None:
    value = read_json(b"[1e308]")
    assert isinstance(value, list)
    assert math.isfinite(value[0])
