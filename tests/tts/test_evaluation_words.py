"""Texts compared as they are said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tts.evaluation.figures import Evaluation
from tts.evaluation.skips import Listened, Suspicion, missing
from tts.evaluation.texts import many_sentences, sentences
from tts.evaluation.words import edits, said
from tts.training.texts import PATTERNS, expanded

CORPUS = Path(__file__).parents[3] / "shared" / "voice_corpus" / "texts.json"


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        (
            "Your total is $63.18, plus tax.",
            "your total is sixty-three dollars and eighteen cents plus tax",
        ),
        ("The code is 4 8 1 5 2 6.", "The code is 481526."),
        ("4,712 units", "four thousand seven hundred and twelve units"),
        ("on May 1st, 2026", "On May first, twenty twenty-six."),
        ("row B 12, seat 6", "Row B12 seat six."),
        ("Call 415-555-0132 now", "call four one five, five five five, oh one three two now"),
        ("Leave a voicemail.", "leave a voice mail"),
        ("I'll pay, won't I?", "I will pay, will not I"),
        ("5 and 6", "five and six"),
        ("It costs $1,500.", "It costs fifteen hundred dollars."),
    ],
)
def test_the_same_said_in_two_ways_has_no_edits(written: str, heard: str) -> None:
    assert edits(said(written), said(heard)) == []


@pytest.mark.parametrize(
    ("expected", "heard", "count"),
    [
        ("the red car", "the car", 1),
        ("the car", "the the car", 1),
        ("the red car", "the bed car", 1),
        ("", "hello there", 2),
        ("press 5", "press 9", 1),
        ("one two three", "", 3),
    ],
)
def test_every_wrong_word_is_an_edit(expected: str, heard: str, count: int) -> None:
    assert len(edits(said(expected), said(heard))) == count


def test_skipped_and_repeated_words_are_told_from_misheard_ones() -> None:
    assert missing("the old red car", "the red car") == ({(1, "old")}, set())
    assert missing("the red car", "the red red car")[0] == set()
    assert [word for _, word in missing("the red car", "the red red car")[1]] == ["red"]
    assert missing("the red car", "the bed car") == (set(), set())


class Halting:
    """A studio that suspects every sentence with an "x" and is stopped at one with a "!"."""

    fingerprint = "these"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def suspect(self, text: str) -> Suspicion | None:
        if "!" in text:
            raise KeyboardInterrupt
        self.asked.append(text)
        return Suspicion(text, "a", ("x",), (), text, teacher_too=False) if "x" in text else None


def in_turn(do: Callable[[Any], Any], given: Sequence[Any]) -> Iterator[Any]:
    return map(do, given)


def test_a_stopped_look_for_skips_is_gone_on_with(tmp_path: Path) -> None:
    told: list[str] = []

    def look(many: list[str], studio: Any) -> str:
        figure, _ = Evaluation(studio, in_turn, (), many, tmp_path, told.append).skips()
        return figure.value

    first, second = Halting(), Halting()
    with pytest.raises(KeyboardInterrupt):
        look(["a", "a x", "b!"], first)
    assert first.asked == ["a", "a x"] and len(told) == 1
    assert look(["a", "a x", "c x"], second) == "2"
    assert second.asked == ["c x"] and len(told) == 2
    again = Listened(tmp_path / "these.jsonl").found
    assert again["a"] is None
    assert again["a x"] == Suspicion("a x", "a", ("x",), (), "a x", teacher_too=False)


def test_sentences_are_many_and_different() -> None:
    assert len(set(sentences())) == len(sentences()) >= 200
    many = many_sentences()
    assert len(set(many)) == len(many) == 1000
    assert many == many_sentences()
    assert not any(sign in sentence for sentence in many for sign in "{|}")


def test_no_sentence_was_trained_on() -> None:
    if not CORPUS.is_file():
        pytest.skip(f"The texts of the training speech are not at {CORPUS}.")
    texts = [text for _, text in json.loads(CORPUS.read_text(encoding="utf-8"))]
    texts += expanded(PATTERNS, 1500)
    trained = {" ".join(said(text)) for text in texts}
    assert not [text for text in sentences() + many_sentences() if " ".join(said(text)) in trained]
