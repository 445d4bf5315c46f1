"""The phoneme front end: what it says, and that it never fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tts.phonemes import SYMBOLS, PhonemeFrontEnd


@pytest.fixture(scope="module")
def pronounce() -> PhonemeFrontEnd:
    return PhonemeFrontEnd()


def test_known_words(pronounce: PhonemeFrontEnd) -> None:
    assert pronounce("Hello, my name is Ann.").symbols == "hɛlˈO, mˈI nˈAm ˈɪz ˈæn."  # noqa: RUF001


def test_words_never_seen_are_guessed(pronounce: PhonemeFrontEnd) -> None:
    said = pronounce("The zorblaxians grumbelfy.")
    assert [span.text for span in said.spans] == ["The", "zorblaxians", "grumbelfy."]
    assert all(span.end > span.start for span in said.spans)


def test_letters_are_named_but_the_article_is_not(pronounce: PhonemeFrontEnd) -> None:
    assert pronounce("a").symbols != pronounce("AB").symbols.split()[0]
    assert pronounce("AB").symbols == "ˈA bˈi"  # noqa: RUF001


def test_spans_cover_the_symbols(pronounce: PhonemeFrontEnd) -> None:
    said = pronounce("Your total is $42.50, due on May 5th.")
    ends = [span.end for span in said.spans]
    starts = [span.start for span in said.spans]
    assert starts[0] == 0 and ends[-1] == len(said.symbols)
    assert [start - end for start, end in zip(starts[1:], ends, strict=False)] == [1] * 7


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_fails(text: str) -> None:
    front_end = shared_front_end()
    said = front_end(text)
    assert all(symbol in SYMBOLS for symbol in said.symbols)
    assert len(said.indices) == len(said.symbols)


def test_it_says_what_the_voice_was_trained_on(pronounce: PhonemeFrontEnd, shared: Path) -> None:
    corpus = shared / "voice_corpus" / "af_heart.jsonl"
    if not corpus.is_file():
        pytest.skip(f"no training corpus at {corpus}")
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()[:200]]
    rows = [row for row in rows if not any(c.isdigit() for c in row["text"])]
    same = sum(pronounce(row["text"]).symbols == row["symbols"] for row in rows)
    assert same / len(rows) > 0.9


_front_end: list[PhonemeFrontEnd] = []


def shared_front_end() -> PhonemeFrontEnd:
    """One front end for all of hypothesis's examples."""
    if not _front_end:
        _front_end.append(PhonemeFrontEnd())
    return _front_end[0]
