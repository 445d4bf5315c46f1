"""The phoneme front end: what it says, and that it never fails."""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAID

from tts.phonemes import PhonemeFrontEnd
from tts.spoken import tokens
from tts.symbols import SPOKEN, symbols_of, with_s


@pytest.fixture(scope="module")
def pronounce() -> PhonemeFrontEnd:
    return PhonemeFrontEnd()


def test_known_words(pronounce: PhonemeFrontEnd) -> None:
    assert pronounce("Hello, my name is Ann.").symbols == "hɛlˈO, mˈI nˈAm ˈɪz ˈæn."


def test_words_never_seen_are_guessed(pronounce: PhonemeFrontEnd) -> None:
    said = pronounce("The zorblaxians grumbelfy.")
    assert [span.text for span in said.spans] == ["The", "zorblaxians", "grumbelfy."]
    assert all(span.end > span.start for span in said.spans)


def test_letters_are_named_but_the_article_is_not(pronounce: PhonemeFrontEnd) -> None:
    assert pronounce("a").symbols != pronounce("AB").symbols.split()[0]
    assert pronounce("AB").symbols == "ˈA bˈi"


def test_spans_cover_the_symbols(pronounce: PhonemeFrontEnd) -> None:
    said = pronounce("Your total is $42.50, due on May 5th.")
    ends = [span.end for span in said.spans]
    starts = [span.start for span in said.spans]
    assert starts[0] == 0 and ends[-1] == len(said.symbols)
    assert [start - end for start, end in zip(starts[1:], ends, strict=False)] == [1] * 6


@given(st.text(max_size=60))
def test_no_text_fails(text: str) -> None:
    said = shared_front_end()(text)
    assert set(said.symbols) <= SPOKEN
    assert len(said.indices) == len(said.symbols)
    assert not said.symbols or said.symbols == said.symbols.strip()


@pytest.mark.parametrize(
    "piece", ["1,", "a.", "a1-", "[", "$1", "\n- ", "A ", "0-", "a@b.", "Dr. "]
)
def test_no_text_is_too_long(pronounce: PhonemeFrontEnd, piece: str) -> None:
    assert set(pronounce(piece * 500).symbols) <= SPOKEN


@pytest.mark.parametrize(("text", "words"), SAID)
def test_spans_show_all_that_is_written(pronounce: PhonemeFrontEnd, text: str, words: str) -> None:
    spans = pronounce(text).spans
    assert bool(spans) == bool(words)
    shown = " ".join(token.text for token in tokens(text))
    assert " ".join(span.text for span in spans) == (shown if spans else "")


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("[parley](/pˈɑɹli/)", "pˈɑɹli"),
        ("[go](/ɡoʊ/) on.", "ɡO ˈɔn."),
        ("[Bach](/bax/)'s", "bɑks"),
        ("PDFs", "pˈi dˈi ˈɛfs"),
        ("the CEO's", "ðə sˈi ˈi ˈOz"),
        ("the HS's", "ðə ˈAʧ ˈɛsɪz"),
        ("café", "kæfˈA"),
        ("jalapeño", "hˌæləpˈinjO"),
        ("Read it. I have read it.", "ɹˈid ˈɪt. ˈI hˈæv ɹˈɛd ˈɪt."),
        ("They record a record.", "ðˈA ɹɪkˈɔɹd ə ɹˈɛkəɹd."),
        ("UA482", "jˈu ˈA, fˈɔɹ ˈAt tˈu"),
        ("日本語", ""),
    ],
)
def test_symbols(pronounce: PhonemeFrontEnd, text: str, symbols: str) -> None:
    assert pronounce(text).symbols == symbols


def test_a_script_that_cannot_be_read_is_shown_with_its_neighbour(
    pronounce: PhonemeFrontEnd,
) -> None:
    assert [span.text for span in pronounce("日本 yes 語 no").spans] == ["日本 yes 語", "no"]


def test_own_words_come_first() -> None:
    own = PhonemeFrontEnd({"sql": "sˈikwəl", "smith": "smˈIθ"})
    assert own("SQL's").symbols == "sˈikwəlz"
    assert own("Dr. Smith").symbols == "dˈɑktəɹ smˈIθ"


def test_foreign_sounds_become_the_nearest() -> None:
    assert symbols_of("ʁyˈɡa x͡d") == "ɹuˈɡɑ kd"
    assert symbols_of("日本") == ""
    assert (with_s("kˈæt"), with_s("dˈɔɡ"), with_s("ʤˈʌʤ")) == ("kˈæts", "dˈɔɡz", "ʤˈʌʤɪz")


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
