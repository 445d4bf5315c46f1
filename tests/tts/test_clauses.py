"""The clause cutter: as early as is safe, and never inside what belongs together."""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAID

from tts.clauses import ClauseCutter, ClauseLengths
from tts.spoken import said


def cut(pieces: list[str], lengths: ClauseLengths | None = None) -> list[str]:
    cutter, clauses = ClauseCutter(lengths or ClauseLengths()), []
    for piece in pieces:
        found, cutter = cutter.push(piece)
        clauses += found
    found, _ = cutter.flush()
    return [clause.text.strip() for clause in clauses + found]


def pieces_of(text: str) -> list[str]:
    return re.findall(r"\s*\S{1,4}|\s+", text)


TABLE = [
    ("Hello", ["Hello"]),
    ("Sure, I can help.", ["Sure,", "I can help."]),
    ("Really? That is odd.", ["Really?", "That is odd."]),
    ("It costs $4,521.50. Anything else?", ["It costs $4,521.50.", "Anything else?"]),
    ("It ships on January 5, 2026, by mail.", ["It ships on January 5, 2026,", "by mail."]),
    ("Dr. Smith is in. Come now.", ["Dr. Smith is in.", "Come now."]),
    ("J. R. Smith called you about it.", ["J. R. Smith called you", "about it."]),
    ("Meet me at 5 p.m. today.", ["Meet me at 5 p.m. today."]),
    ("Write to jo.ann@mail.com today.", ["Write to jo.ann@mail.com today."]),
    ("Call 555 123 4567 and ask.", ["Call 555 123 4567 and ask."]),
    ("The U.S. is big.", ["The U.S. is big."]),
    ("Items 1, 2, 3 are here.", ["Items 1, 2, 3 are here."]),
    ("1. Open the box\n2. Close it", ["1. Open the box", "2. Close it"]),
    ('She said "Stop!" Then she left.', ['She said "Stop!"', "Then she left."]),
    ("Wait... what is it?", ["Wait...", "what is it?"]),
    ("I have sent a letter to your home.", ["I have sent a letter", "to your home."]),
    (
        "Our office stands directly opposite your main station.",
        ["Our office stands directly opposite your", "main station."],
    ),
    ("No. 5 is taken. No. I will not.", ["No. 5 is taken.", "No.", "I will not."]),
    ("See Mt. Rainier. The mt. is high.", ["See Mt. Rainier.", "The mt.", "is high."]),
    ("Come on Dec. 5 or later.", ["Come on Dec. 5 or later."]),
    ("It is at 12 Oak Dr. and open.", ["It is at 12 Oak Dr. and open."]),
    ("Your order number is 4 8 2 1.", ["Your order number is 4 8 2 1."]),
    (
        "Please give me your order number and name, please.",
        ["Please give me your order number", "and name, please."],
    ),
    (
        "This is what Martin Luther King Junior said to everybody",
        ["This is what Martin Luther King Junior", "said to everybody"],
    ),
    (
        "You can say [good morning, sir](https://a.com/b) now.",
        ["You can say [good morning, sir](https://a.com/b) now."],
    ),
    ("I am [parley, one](/pˈɑɹli/), hello", ["I am [parley, one](/pˈɑɹli/),", "hello"]),
    ("Look:\n```\na, b. C\n```\nDone.", ["Look:", "```\na, b. C\n```", "Done."]),
    ("I <b class='x, y'>mean</b> it", ["I <b class='x, y'>mean</b> it"]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "clauses"), TABLE)
def test_cuts(text: str, clauses: list[str]) -> None:
    assert cut([text]) == clauses
    assert cut(pieces_of(text)) == clauses


FRAMES = (
    "{}",
    "It is {}",
    "I wanted to tell you that {} and so on",
    "Sure, it is {} for you now, ok? And {}, then.",
)
LENGTHS = (ClauseLengths(), ClauseLengths(1, 1, 1, 4), ClauseLengths(2, 3, 1, 5))


@pytest.mark.parametrize(("text", "words"), SAID)
def test_cuts_leave_every_reading_as_it_is(text: str, words: str) -> None:
    for frame in FRAMES:
        whole = frame.replace("{}", text)
        for lengths in LENGTHS:
            clauses = cut([whole], lengths)
            assert [word for clause in clauses for word in said(clause)] == said(whole)


@given(st.data())
def test_tokens_of_any_size_are_cut_and_read_like_the_whole_text(data: st.DataObject) -> None:
    text, _ = data.draw(st.sampled_from(SAID))
    whole = data.draw(st.sampled_from(FRAMES)).replace("{}", text)
    lengths = data.draw(st.sampled_from(LENGTHS))
    ends = sorted(data.draw(st.sets(st.integers(0, len(whole)))))
    pieces = [whole[a:b] for a, b in zip([0, *ends], [*ends, len(whole)], strict=True)]
    clauses = cut(pieces, lengths)
    assert clauses == cut([whole], lengths) == cut(list(whole), lengths)
    assert [word for clause in clauses for word in said(clause)] == said(whole)


def test_first_clause_is_there_before_the_sentence_is() -> None:
    cutter = ClauseCutter()
    found, cutter = cutter.push("Sure")
    assert not found
    found, cutter = cutter.push(",")
    assert [clause.text for clause in found] == ["Sure,"]


def test_word_ahead_is_known_where_the_sentence_goes_on() -> None:
    found, _ = ClauseCutter().push("I have sent a letter to your home")
    assert (found[0].text, found[0].ahead) == ("I have sent a letter", "to")


def test_an_article_is_spoken_with_its_word() -> None:
    text = "The captain nodded without a word as usual."
    found, _ = ClauseCutter(ClauseLengths(first=4, longest_first=5)).push(text)
    assert (found[0].text, found[0].ahead) == ("The captain nodded without", "a word")


def test_a_word_that_may_still_grow_is_waited_for() -> None:
    found, _ = ClauseCutter().push("I will see you to")
    assert not found


def test_a_sentence_without_end_is_cut() -> None:
    clauses = cut(["word " * 100])
    assert max(len(clause.split()) for clause in clauses) <= 16


ALPHABET = st.sampled_from(
    [*"abAB19.,?! \n'@$:-[]()/<`", "and ", "Dr. ", "No. ", "p.m. ", "5, ", "order "]
)


@given(st.lists(ALPHABET, max_size=60), st.integers(1, 9))
def test_no_text_is_lost_or_doubled_and_pieces_do_not_matter(text: list[str], size: int) -> None:
    whole = "".join(text)
    pieces = [whole[i : i + size] for i in range(0, len(whole), size)]
    assert "".join("".join(cut(pieces)).split()) == "".join(whole.split())
    assert cut(list(whole)) == cut(pieces) == cut([whole])
