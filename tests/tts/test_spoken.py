"""Written text -> spoken words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.numbers import cardinal, ordinal, year
from tts.spoken import tokens

SAID = [
    ("It is 42.", "it is forty two"),
    ("1,234 people", "one thousand two hundred thirty four people"),
    ("3.14", "three point one four"),
    ("007", "zero zero seven"),
    ("in 1984 and 2007", "in nineteen eighty four and two thousand seven"),
    ("order 84521973", "order eight four five two one nine seven three"),
    ("$42.50", "forty two dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$0.99", "ninety nine cents"),
    ("$3 million", "three million dollars"),
    ("£1.01", "one pound and one penny"),
    ("at 7:05 pm", "at seven oh five p m"),
    ("at 9:00", "at nine o'clock"),
    ("from 9 a.m. on", "from nine a m on"),
    ("the 3rd and 21st", "the third and twenty first"),
    ("50% off", "fifty percent off"),
    ("10 km", "ten kilometers"),
    ("pages 9-12", "pages nine to twelve"),
    ("(555) 123-4567", "five five five , one two three , four five six seven"),
    ("jo@mail.com", "jo at mail dot com"),
    ("www.parley.dev/help", "w w w dot parley dot dev slash help"),
    ("flight UA482", "flight u a four eight two"),
    ("the FBI", "the f b i"),
    ("I am OK", "i am ok"),
    ("Dr. Smith", "doctor smith"),
    ("the U.S. team", "the u s team"),
    ("e.g. tea", "for example tea"),
    ("**bold** and _soft_ `code`", "bold and soft code"),
    ("[our site](https://a.com/b)", "our site"),
    ("# Title", "title"),
    ("great \N{GRINNING FACE} job", "great job"),
    ("don\N{RIGHT SINGLE QUOTATION MARK}t", "don't"),
    ("R&D", "r and d"),
    ("\N{GRINNING FACE}", ""),
    ("...", ""),
]


@pytest.mark.parametrize(("text", "words"), SAID)
def test_said(text: str, words: str) -> None:
    assert " ".join(word for token in tokens(text) for word in token.words) == words


def test_tokens_keep_their_text_and_pause() -> None:
    found = [(token.text, token.pause) for token in tokens("It costs $42.50, right?")]
    assert found == [("It", ""), ("costs", ""), ("$42.50,", ","), ("right?", "?")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (cardinal(0), "zero"),
        (cardinal(1_000_001), "one million one"),
        (cardinal(999_999), "nine hundred ninety nine thousand nine hundred ninety nine"),
        (ordinal(12), "twelfth"),
        (ordinal(20), "twentieth"),
        (ordinal(101), "one hundred first"),
        (year(1900), "nineteen hundred"),
        (year(1905), "nineteen oh five"),
        (year(2026), "twenty twenty six"),
        (year(2000), "two thousand"),
    ],
)
def test_numbers(words: list[str], expected: str) -> None:
    assert " ".join(words) == expected


@given(st.text(max_size=80))
def test_any_text_has_tokens_of_lower_case_words(text: str) -> None:
    for token in tokens(text):
        assert token.text
        assert all(word for word in token.words)
