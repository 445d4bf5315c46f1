"""Clauses -> phoneme symbols, by gruut's lexicon, part-of-speech tagger and letter-to-sound model.

The tokenizer and number rules of gruut are not used (tts.spoken has ours): a clause costs a few
milliseconds, and every written token knows its symbols. Symbols are those of the training corpus:
one character per phoneme, stress mark, space or punctuation.
"""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from gruut.lang import get_settings

from tts.spoken import tokens

PAD = 0
"""Symbol index of the silence before and after an utterance."""

SYMBOLS = {
    **{c: i for i, c in enumerate(";:,.!?", 1)},
    **dict(zip("—…", (9, 10), strict=True)),
    " ": 16,
    **dict(zip("AIOQSTWYᵊ", (24, 25, 31, 33, 35, 36, 39, 41, 42), strict=True)),
    **{c: i for i, c in enumerate("abcdef", 43)},
    **{c: i for i, c in enumerate("hijklmnopqrstuvwxyz", 50)},
    **dict(zip("ɑɐɒæβɔɕçðʤəɚɛɜɟɡ", (69, 70, 71, 72, 75, 76, 77, 78, 81, 82, 83, 85, 86, 87, 90, 92), strict=True)),  # noqa: E501
    **dict(zip("ɥɨɪʝŋɲœθɹɾʁʃʧʊʋʌɣʒʔ", (99, 101, 102, 103, 112, 114, 120, 119, 123, 125, 128, 131, 133, 135, 136, 138, 139, 147, 148), strict=True)),  # noqa: E501
    **dict(zip("ˈˌːᵻ", (156, 157, 158, 177), strict=True)),
}  # fmt: skip
"""Character -> index of the text encoder's embedding, as the corpus was made."""

# gruut's IPA -> one character per phoneme.
SINGLE = (
    ("d͡ʒ", "ʤ"), ("t͡ʃ", "ʧ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"),
    ("ɚ", "əɹ"), ("ɝ", "ɜɹ"), ("g", "ɡ"), ("ɫ", "l"),
)  # fmt: skip

LETTERS = {
    "a": "ˈA", "b": "bˈi", "c": "sˈi", "d": "dˈi", "e": "ˈi", "f": "ˈɛf", "g": "ʤˈi", "h": "ˈAʧ",
    "i": "ˈI", "j": "ʤˈA", "k": "kˈA", "l": "ˈɛl", "m": "ˈɛm", "n": "ˈɛn", "o": "ˈO", "p": "pˈi",
    "q": "kjˈu", "r": "ˈɑɹ", "s": "ˈɛs", "t": "tˈi", "u": "jˈu", "v": "vˈi", "w": "dˈʌbəljˌu",
    "x": "ˈɛks", "y": "wˈI", "z": "zˈi",
}  # fmt: skip

Lookup = Callable[..., Sequence[str] | None]
Guess = Callable[[str], Sequence[str] | None]
Tagger = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class SymbolSpan:
    """A written token and the half-open range of symbols it is heard as."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Pronunciation:
    """Symbols of a clause, and where in them its written tokens lie."""

    symbols: str
    spans: tuple[SymbolSpan, ...]

    @property
    def indices(self) -> list[int]:
        """Indices of the symbols for the text encoder."""
        return [SYMBOLS[symbol] for symbol in self.symbols]


class PhonemeFrontEnd:
    """Pronounces English clauses, on the one thread that made it (the lexicon is SQLite)."""

    def __init__(self) -> None:
        settings = get_settings("en-us")
        # Optional to gruut, but its English has all three.
        self._lookup = cast(Lookup, settings.lookup_phonemes)
        self._guess = cast(Guess, settings.guess_phonemes)
        self._tag = cast(Tagger, settings.get_parts_of_speech)
        self._word = lru_cache(maxsize=20_000)(self._pronounce_word)
        self("Warm up the lexicon, the tagger and Zorblaxian guesses.")

    def __call__(self, clause: str) -> Pronunciation:
        """Pronounce a clause of any text. What cannot be said is left out; nothing raises."""
        written = tokens(clause)
        words = [word for token in written for word in token.words]
        roles = iter(self._tag([word for word in words if word != ","]) if words else ())
        symbols, spans = "", []
        for token in written:
            spoken = self._pronounce_token(token.words, roles)
            if not spoken:
                continue
            if symbols:
                symbols += " "
            start = len(symbols)
            symbols += spoken + token.pause
            spans.append(SymbolSpan(token.text, start, len(symbols)))
        return Pronunciation(symbols, tuple(spans))

    def forget(self) -> None:
        """Empty the cache of words: for measurements."""
        self._word.cache_clear()

    def _pronounce_token(self, words: Sequence[str], roles: Iterator[str]) -> str:
        spoken = ""
        for word in words:
            if word == ",":
                spoken += ","
                continue
            # A letter on its own is its name, but the article "a" in a text is not.
            name = len(words) > 1 and LETTERS.get(word)
            said = name or self._word(word, next(roles))
            if name:
                next(roles)
            spoken += (" " if spoken and said else "") + said
        return spoken

    def _pronounce_word(self, word: str, tag: str) -> str:
        """Symbols of one lower-case word; empty if it has none (a script we cannot read)."""
        phonemes = self._lookup(word, role=f"gruut:{tag}") or LETTERS.get(word)
        phonemes = phonemes or self._guess(plain_letters(word)) or ()
        joined = "".join(phonemes)
        for several, single in SINGLE:
            joined = joined.replace(several, single)
        return "".join(symbol for symbol in joined if symbol in SYMBOLS)


def plain_letters(word: str) -> str:
    """Letters that the letter-to-sound model knows."""
    return re.sub(r"[^a-z']", "", word)
