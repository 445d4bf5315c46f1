"""The English lexicon, and a lexicon file of one's own."""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tts.engine import Engine
from tts.lexicon import EnglishLexicon
from tts.lexicon_file import LexiconError, read_lexicon
from tts.settings import SpeakingSettings
from tts.tagging import MODELS, RoleTagger, SoundGuesser


@pytest.fixture(scope="module")
def english() -> EnglishLexicon:
    return EnglishLexicon(MODELS / "lexicon.db")


def test_every_word_is_found(english: EnglishLexicon) -> None:
    rows = sqlite3.connect(MODELS / "lexicon.db").execute(
        "SELECT word, role, phonemes FROM word_phonemes WHERE pron_order = 0 AND id % 40 = 1"
    )
    wanted = [(word, role.removeprefix("gruut:"), phonemes) for word, role, phonemes in rows]
    assert len(wanted) > 3000
    assert [row for row in wanted if english.find(row[0], row[1]) != row[2]] == []


@pytest.mark.parametrize("word", ["", "aaaa", "zzzzz", "~", "šš", "a\tb", "\ud800", "the " * 50])
def test_words_that_are_not_there(english: EnglishLexicon, word: str) -> None:
    assert english.find(word, "NN") == ""


def test_a_word_is_said_by_its_role(english: EnglishLexicon) -> None:
    assert english.find("read", "VBD") == "ɹ ˈɛ d"
    assert english.find("read", "VB") == "ɹ ˈi d"
    assert english.find("record", "NN") == "ɹ ˈɛ k ɚ d"
    assert english.find("record", "FW") == "ɹ ˈɛ k ɚ d"


def test_roles_and_guesses() -> None:
    assert RoleTagger()("she will read what he wrote".split()) == "PRP MD VB WP PRP VBD".split()
    assert SoundGuesser()("blick") == "blˈɪk"
    assert SoundGuesser()("") == ""


def write(folder: Path, text: str) -> Path:
    path = folder / "words.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_of_a_file(tmp_path: Path) -> None:
    lines = "# names\n\nParley\tpˈɑɹli\nnguyen   /ŋwiən/\nSQL  ˈsi kwəl\n"
    assert read_lexicon(write(tmp_path, lines)) == {
        "parley": "pˈɑɹli",
        "nguyen": "ŋwiən",
        "sql": "ˈsi kwəl",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("parley\n", r"words\.txt, line 1: a word and its phonemes are wanted, as in \"parley"),
        ("# x\nparley pˈɑɹli\nbad p7\n", r"words\.txt, line 3: '7' is no phoneme; write them in"),
        ("word ˈ\n", r"line 1: there is no sound in 'ˈ'"),
    ],
)
def test_lines_that_are_wrong(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(LexiconError, match=why):
        read_lexicon(write(tmp_path, text))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"There is no lexicon .*gone\.txt: correct speaking"):
        read_lexicon(tmp_path / "gone.txt")
    (tmp_path / "odd.txt").write_bytes(b"caf\xe9 k\n")
    with pytest.raises(LexiconError, match=r"odd\.txt cannot be read as UTF-8 text"):
        read_lexicon(tmp_path / "odd.txt")


def test_the_engine_speaks_by_its_lexicon(weights: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "parley\tˈsi kwəl\n")
    engine = Engine(weights, SpeakingSettings(lexicon=str(path)))
    assert engine.pronounce("Parley").symbols == "ˈsi kwəl"
