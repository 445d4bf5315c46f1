"""Written text -> spoken words."""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAID

from tts.spoken import said, tokens
from tts.text.markup import OVERRIDE, without_markup
from tts.text.numbers import cardinal, groups, ordinal, roman, year


@pytest.mark.parametrize(("text", "words"), SAID)
def test_said(text: str, words: str) -> None:
    assert " ".join(word for token in tokens(text) for word in token.words) == words


def test_the_table_has_no_text_twice() -> None:
    assert len(SAID) > 400
    assert len({text for text, _ in SAID}) == len(SAID)


def shown(text: str) -> str:
    """What a caption shows of a text: everything but its markup."""
    return " ".join(OVERRIDE.sub(r"\g<shown>", without_markup(text)).split())


@pytest.mark.parametrize(("text", "words"), SAID)
def test_captions_show_all_that_is_written(text: str, words: str) -> None:
    assert " ".join(token.text for token in tokens(text)) == (shown(text) if words else "")


@given(st.text(max_size=80))
def test_captions_show_all_of_any_text(text: str) -> None:
    found = tokens(text)
    assert not found or " ".join(token.text for token in found) == shown(text)


@pytest.mark.parametrize(
    ("text", "captions"),
    [
        ("It costs $42.50, right?", ["It", "costs", "$42.50,", "right?"]),
        (
            "Meet (555) 123-4567 at 5 p.m. (EST).",
            ["Meet", "(555) 123-4567", "at", "5 p.m.", "(EST)."],
        ),
        ('She said "stop!" twice', ["She", "said", '"stop!"', "twice"]),
        ("R&D, well-known - ok", ["R&D,", "well-known -", "ok"]),
        ("see [parley](/ˈpɑɹli/)'s [site](https://a.com)", ["see", "parley's", "site"]),
        ("**On** sale \N{GRINNING FACE} now", ["On", "sale \N{GRINNING FACE}", "now"]),
    ],
)
def test_captions(text: str, captions: list[str]) -> None:
    assert [token.text for token in tokens(text)] == captions


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        ("It costs $42.50, right?", ["", "", ",", "?"]),
        ("Wait... no", [".", ""]),
        ("Really?! Yes!!!", ["?", "!"]),
        ("one; two: three", [";", ":", ""]),
        ("yes - no", [",", ""]),
        ("it (the blue one) fits", [",", "", "", ",", ""]),
        ("call (555) 123-4567", ["", ""]),
        ("- milk\n- eggs\n", [".", "."]),
        ("one line\nanother", ["", ".", ""]),
        ("| Ann | 30 |\n|---|---|\n| Bob | 4 |", [",", ".", ",", ""]),
        ("at 5 p.m. We close", ["", ".", "", ""]),
        ("at 5 p.m. today", ["", "", ""]),
        ("Dr. Smith Jr.", ["", "", "."]),
        ('"Stop!" she said.', ["!", "", "."]),
    ],
)
def test_pauses(text: str, pauses: list[str]) -> None:
    assert [token.pause for token in tokens(text)] == pauses


def test_words_of_a_lexicon_are_left_to_it() -> None:
    own = {"sql", "gpt-4o", "dr."}
    assert [token.words for token in tokens("SQL's GPT-4o, Dr. Who", own)] == [
        ("sql's",), ("gpt-4o",), ("dr.",), ("who",)
    ]  # fmt: skip
    assert said("SQL") == ["S", "Q", "L"]


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
        (groups("5550133"), "555 0133"),
        (groups("4155550133"), "415 555 0133"),
        (groups("84521973"), "8452 1973"),
        (groups("12345"), "12345"),
        (
            [str(roman("XIV")), str(roman("XXXIX")), str(roman("IIII")), str(roman(""))],
            "14 39 None None",
        ),
    ],
)
def test_numbers(words: list[str], expected: str) -> None:
    assert " ".join(words) == expected


@given(st.text(max_size=80))
def test_any_text_has_tokens_of_lower_case_words(text: str) -> None:
    for token in tokens(text):
        assert token.text
        assert all(word for word in token.words)
