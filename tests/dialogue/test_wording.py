from __future__ import annotations

import re

import pytest

from dialogue.brevity import LONG
from dialogue.wording import Limits, Wording, feed, finish


def said(text: str, *, sentences: int = 4, tokens: int = 100, cut: bool = False) -> str:
    """What is said of `text`, which comes in tokens of one word."""
    state, out = Wording(Limits(sentences, tokens)), ""
    for piece in re.findall(r"\s*\S+|\s+", text):
        state, more = feed(state, piece)
        out += more
    return out + finish(state, cut=cut)[1]


PROSE = "Yes, Dr. Smith is in. Come at 7 p.m. or later! Shall I tell him? He will be glad."


def test_prose_is_said_as_it_is() -> None:
    assert said(PROSE) == PROSE


@pytest.mark.parametrize(
    ("most", "whole"),
    [
        (1, "Yes, Dr. Smith is in."),
        (2, "Yes, Dr. Smith is in. Come at 7 p.m. or later!"),
        (3, "Yes, Dr. Smith is in. Come at 7 p.m. or later! Shall I tell him?"),
    ],
)
def test_a_reply_ends_after_so_many_sentences(most: int, whole: str) -> None:
    assert said(PROSE, sentences=most).rstrip() == whole


def test_what_the_model_could_not_finish_is_not_begun() -> None:
    assert said("It is late. You should go to bed now and", tokens=6, cut=True) == "It is late. "


def test_a_whole_sentence_at_the_very_end_is_said() -> None:
    assert said("It is late. You should go to bed.", tokens=8, cut=True).endswith("to bed.")


def test_a_sentence_without_end_says_so() -> None:
    endless = "One thing is that " + "and so on " * 8
    assert said(endless, tokens=30, cut=True).endswith(LONG)


def test_words_are_not_held_back_before_the_end_is_near() -> None:
    state = Wording(Limits(4, 100))
    state, first = feed(state, "It is")
    assert first == "It "
    assert feed(state, " late")[1] == "is "


def test_the_stages_work_together() -> None:
    assert said("**Done!** Your code is `AB3471`.\n- keep it") == (
        "Done! Your code is A B, 3 4 7 1. keep it"
    )


def test_sentences_count_over_the_steps_of_a_reply() -> None:
    state, out = feed(Wording(Limits(2, 100)), "Let me see. ")
    state, rest = finish(state, cut=False)
    assert (out + rest).strip() == "Let me see."
    state, out = feed(state, "It shipped. And more. ")
    assert (out, state.full) == ("It shipped.", True)
