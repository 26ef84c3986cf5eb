from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.webhooks.answers import KEPT, LONGEST_HEAD, Reading, Unreadable

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def read(*pieces: bytes, is_cut: bool = False) -> Reading:
    reading = Reading()
    for piece in pieces:
        reading.feed(piece)
    if is_cut:
        reading.cut()
    return reading


WHOLE = {
    "a length": (OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok", True),
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "an empty body": (OK + b"content-length:0\r\n\r\n", 200, b"", True),
    "no words": (b"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", 500, b"", True),
    "not even a space": (b"HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n", 500, b"", True),
    "the same length twice": (OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
    "chunks": (OK + CHUNKED + b"\r\n2\r\nok\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", 200, b"ok0123456789", True),
    "chunks and a trailer": (OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n", 200, b"ok", True),
    "an interim answer first": (b"HTTP/1.1 103 Early\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok", True),
    "the shop closes": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
    "an old shop": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
    "more than it said": (OK + b"Content-Length: 2\r\n\r\nokHTTP/1.1 200", 200, b"ok", False),
    "binary": (OK + b"Content-Length: 4\r\n\r\n\x00\xff\r\n", 200, b"\x00\xff\r\n", True),
    "a body that no size introduces": (OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n", 200, b"", False),
    "a chunk that does not end": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nokxx\r\n", 200, b"ok", False),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_an_answer_is_read_to_its_end(case: str) -> None:
    sent, status, body, reusable = WHOLE[case]
    reading = read(sent)
    assert (reading.status, reading.body, reading.over, reading.reusable) == (status, body, True, reusable)


@given(st.sampled_from(list(WHOLE.values())), st.lists(st.integers(0, 200), max_size=6))
def test_it_does_not_matter_in_which_pieces_it_comes(
    case: tuple[bytes, int, bytes, bool], cuts: Sequence[int]
) -> None:
    sent, status, body, _ = case
    places = [0, *sorted(cuts), len(sent)]
    reading = read(*(sent[begin:end] for begin, end in pairwise(places)))
    assert (reading.status, reading.body, reading.over) == (status, body, True)


UNFRAMED = {
    "no length": b"",
    "a length that is no number": b"Content-Length: two\r\n",
    "a negative length": b"Content-Length: -2\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n",
    "a length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    "another coding": b"Transfer-Encoding: gzip, chunked\r\n",
}


@pytest.mark.parametrize("case", UNFRAMED)
def test_a_body_whose_end_cannot_be_known_ends_with_the_connection(case: str) -> None:
    sent = OK + UNFRAMED[case] + b"\r\nok"
    assert not read(sent).over
    reading = read(sent, is_cut=True)
    assert (reading.status, reading.body, reading.over, reading.reusable) == (200, b"ok", True, False)


UNREADABLE = {
    "not HTTP": b"SSH-2.0-OpenSSH_9\r\n\r\n",
    "another version": b"HTTP/2 200 OK\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status that is none": b"HTTP/1.1 600 What\r\n\r\n",
    "another protocol from here": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "a header without a colon": OK + b"Content-Length 2\r\n\r\n",
    "a space before the colon": OK + b"Content-Length : 2\r\n\r\n",
    "a folded header": OK + b"X: y\r\n z\r\n\r\n",
    "a bare line feed": OK + b"X: y\nContent-Length: 2\r\n\r\n",
    "a head without end": OK + b"X: " + b"y" * LONGEST_HEAD,
    "interim answers without end": b"HTTP/1.1 100 Continue\r\n\r\n" * (LONGEST_HEAD // 25 + 1),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_answer_is_none(case: str) -> None:
    with pytest.raises(Unreadable):
        read(UNREADABLE[case])


@pytest.mark.parametrize("length", range(len(OK + b"Content-Length: 0\r\n\r\n")))
def test_an_answer_that_is_cut_in_its_head_is_none(length: int) -> None:
    with pytest.raises(Unreadable):
        read((OK + b"Content-Length: 0\r\n\r\n")[:length], is_cut=True)


@pytest.mark.parametrize(
    "framing",
    [b"", b"Content-Length: 9999\r\n", b"Transfer-Encoding: chunked\r\n"],
    ids=["open", "length", "chunks"],
)
def test_no_more_is_kept_or_waited_for_than_is_shown(framing: bytes) -> None:
    chunk = b"270F\r\n" if b"chunked" in framing else b""
    reading = read(OK + framing + b"\r\n" + chunk, b"x" * 2000, b"y" * 2000)
    assert (len(reading.body), reading.over, reading.reusable) == (KEPT, True, False)


def test_a_long_answer_that_is_all_there_leaves_the_connection_whole() -> None:
    reading = read(OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 5000)
    assert (len(reading.body), reading.over, reading.reusable) == (KEPT, True, True)


@given(
    st.lists(st.binary(max_size=80) | st.sampled_from([OK, b"\r\n", b"\r\n\r\n", b"0\r\n\r\n"]), max_size=8)
)
def test_whatever_comes_is_an_answer_or_none_and_never_more_than_is_kept(pieces: Sequence[bytes]) -> None:
    reading = Reading()
    try:
        for piece in pieces:
            if not reading.over:
                reading.feed(piece)
        reading.cut()
    except Unreadable:
        assert reading.status is None
    else:
        assert reading.status is not None
        assert len(reading.body) <= KEPT
