from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialogue.sse import EventStream, feed

STREAM = (
    "\ufeff: a comment\r\n\r\n"
    "data: one\r\n\r\n"
    "event: message\ndata: two\ndata:  lines\n\n"
    "data:grüße, 你好\r\rid: 7\n\n"
    "data\n\n"
    "data: never finished"
).encode()

PAYLOADS = ("one", "two\n lines", "grüße, 你好", "")


def payloads(chunks: list[bytes]) -> tuple[str, ...]:
    stream, found = EventStream(), []
    for chunk in chunks:
        stream, more = feed(stream, chunk)
        found += more
    return tuple(found)


def test_a_stream_yields_the_payloads_of_its_whole_events() -> None:
    assert payloads([STREAM]) == PAYLOADS


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_however_it_is_cut_a_stream_yields_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(edges)]
    assert payloads(chunks) == PAYLOADS


def test_byte_by_byte_it_yields_the_same() -> None:
    assert payloads([bytes([byte]) for byte in STREAM]) == PAYLOADS


def test_a_mark_that_begins_like_a_byte_order_mark_is_text() -> None:
    assert payloads([b"\xef", b"data: x\n\ndata: y\n\n"]) == ("y",)
