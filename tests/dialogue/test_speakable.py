from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.speakable import Speakable, feed, finish, speakable


def streamed(pieces: list[str]) -> str:
    state, said = Speakable(), ""
    for piece in pieces:
        state, more = feed(state, piece)
        said += more
    return said + finish(state)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It **is** _very_ `late`.", "It is very late."),
        ("## Opening hours\nWe open at 9.", "Opening hours. We open at 9."),
        ("Two things:\n- bread\n- milk", "Two things: bread. milk"),
        ("1. Open it.\n2. Pour it.\n", "Open it. Pour it. "),
        ("How many?\n7.", "How many? 7."),
        ("7.\nThat is all.", "7. That is all."),
        ("Run this:\n```python\nprint('x')\n```\nand wait.", "Run this: and wait."),
        ("Run ```unclosed code", "Run "),
        ("<think>They want milk.</think>\n\nMilk, then.", "Milk, then."),
        ("See [the help page](https://x.example/a?b=c).", "See the help page."),
        ("Seat [12] is free.", "Seat [12] is free."),
        ("It is [hi](/hˈI/) [there](/help/).", "It is [hi](/hˈI/) there."),  # noqa: RUF001 - IPA
        ("Go to https://www.example.com/help?page=2.", "Go to example.com/help."),
        ("Go to http://example.com/a1b2/c3/d4#e", "Go to example.com"),
        ("Great! 🎉👍🏽 See you.", "Great!  See you."),
        ("It is 21 °C, <b>sunny</b>.", "It is 21 °C, sunny."),
        ("3 * 4 is 12.", "3 times 4 is 12."),
        ("Do it!\n\n---\n\nNow.", "Do it! Now."),
        ("snake_case stays", "snake_case stays"),
        ("", ""),
        ("🎉", ""),
    ],
)
def test_what_is_written_becomes_what_is_said(written: str, said: str) -> None:
    assert speakable(written) == said


@pytest.mark.parametrize(
    "prose",
    [
        "Sure, I can help. Is 7:30 p.m. all right, or would you rather have $5.50 back?",
        "That's Dr. Smith's number: 555-0133 (ask for Ann).",
    ],
)
def test_prose_is_left_as_it_is(prose: str) -> None:
    assert speakable(prose) == prose


MARKS = st.sampled_from(
    [*"*_`#-~|[]()<>\n .,!?", *"``` ]( <think> </think> https://a.b/c 1. ab 🎉".split()]
)


@given(st.lists(MARKS, max_size=30), st.data())
def test_streaming_equals_offline(marks: list[str], data: st.DataObject) -> None:
    text = "".join(marks)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    edges = [0, *cuts, len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    assert streamed(pieces) == speakable(text)


def test_words_leave_when_they_are_over() -> None:
    state, said = feed(Speakable(), "Sure,")
    assert said == "Sure,"
    state, said = feed(state, " I can")
    assert said == " I "
    assert feed(state, " help")[1] == "can "
