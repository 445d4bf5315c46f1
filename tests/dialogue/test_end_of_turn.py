"""How long a silence is waited out, after what was heard, in whose voice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.turns import Evidence
from dialogue.turns.end_of_turn import PosteriorEndOfTurn
from dialogue.turns.wording import Wording, wording

POLICY = PosteriorEndOfTurn(shortest=0.25, whole=1.5, longest=1.5, dictation=2.0)


def patience(text: str, probability: float | None = 0.5, pauses: tuple[float, ...] = ()) -> float:
    return POLICY.patience(Evidence(text, probability, pauses))


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("", Wording.NOTHING),
        ("What time is it?", Wording.QUESTION),
        ("Who is it for?", Wording.QUESTION),
        ("A table for two at 7:30.", Wording.STATEMENT),
        ("Ten of clubs", Wording.BARE),
        ("My number is", Wording.DICTATED),
        ("My number is.", Wording.DICTATED),
        ("I'd like a, um", Wording.HANGING),
        ("and then um", Wording.HANGING),
        ("Well...", Wording.HANGING),
        ("On Tuesday,", Wording.HANGING),
        ("I was wondering.", Wording.HANGING),
        ("Yes, please.", Wording.ANSWER),
        ("No.", Wording.ANSWER),
        ("Yes, I would like to.", Wording.HANGING),
        ("My number is 555 123", Wording.DICTATED),
        ("It's 415-555-0.", Wording.DICTATED),
        ("It's 415 555 0133.", Wording.STATEMENT),
        ("four one five five", Wording.DICTATED),
        ("A B C", Wording.DICTATED),
        ("It's spelled K-O-V.", Wording.DICTATED),
        ("B.", Wording.DICTATED),
        ("The code is A7", Wording.DICTATED),
        ("The code is KX.", Wording.DICTATED),
        ("The code is KX. 49.", Wording.DICTATED),
        ("It is order number, let me see.", Wording.DICTATED),
        ("My address is Anna.", Wording.DICTATED),
        ("My order is 7KX4.", Wording.DICTATED),
        ("I watch the BBC.", Wording.STATEMENT),
        ("My e-mail is anna", Wording.DICTATED),
        ("anna dot smith at", Wording.DICTATED),
        ("My email address is anna.smith@example.com.", Wording.STATEMENT),
    ],
)
def test_how_words_end(text: str, ends: Wording) -> None:
    assert wording(text) is ends


def test_half_said_words_get_more_time_than_whole_ones() -> None:
    for whole, half in itertools.product(
        ("What time is it?", "A table for two at seven.", "Yes."),
        ("My number is", "I'd like a table for, um", "My number is 555 12", "K A T", ""),
    ):
        assert patience(whole, 0.8) < patience(half, 0.8)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["Book it.", "Book the", "A B C", ""]))
def test_the_surer_the_ear_the_shorter_the_wait(one: float, other: float, text: str) -> None:
    less, more = sorted((one, other))
    assert patience(text, more) <= patience(text, less)


@given(
    st.text(),
    st.none() | st.floats(0, 1),
    st.lists(st.floats(0, 60), max_size=20).map(tuple),
)
def test_the_wait_stays_between_its_deadlines(
    text: str, probability: float | None, pauses: tuple[float, ...]
) -> None:
    longest = 2.0 if wording(text) is Wording.DICTATED else 1.5
    assert 0.25 <= patience(text, probability, pauses) <= longest


def test_a_caller_who_pauses_long_is_given_longer() -> None:
    slow, quick = (0.9, 1.1, 1.0), (0.2, 0.18, 0.22)
    text = "I would like to book a table"
    assert patience(text, 0.9, quick) < patience(text, 0.9) < patience(text, 0.9, slow)


def test_what_the_ear_has_not_told_counts_neither_way() -> None:
    assert patience("Book it.", None) == patience("Book it.", 0.5)


def test_who_wants_to_be_surer_waits_longer() -> None:
    evidence = Evidence("Book it for Tuesday", 0.6, ())
    waits = [
        PosteriorEndOfTurn(0.2, 3.0, 3.0, 3.0, sureness).patience(evidence)
        for sureness in (0.6, 0.8, 0.95)
    ]
    assert waits == sorted(waits) and waits[0] < waits[-1]


def test_the_ear_is_not_asked_about_dictation() -> None:
    assert patience("The code is KX.", 0.99) == patience("The code is KX.", 0.01)
