"""Clauses -> phoneme symbols: a lexicon, a part-of-speech tagger and a letter-to-sound model.

What is said for numbers and signs is `tts.spoken`'s. A clause of known words costs a fraction of a
millisecond, and every written token knows its symbols.
"""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from tts.lexicon import EnglishLexicon
from tts.spoken import tokens
from tts.symbols import SYMBOLS, symbols_of, with_s
from tts.tagging import MODELS, RoleTagger, SoundGuesser

LETTERS = {
    "a": "ˈA", "b": "bˈi", "c": "sˈi", "d": "dˈi", "e": "ˈi", "f": "ˈɛf", "g": "ʤˈi", "h": "ˈAʧ",
    "i": "ˈI", "j": "ʤˈA", "k": "kˈA", "l": "ˈɛl", "m": "ˈɛm", "n": "ˈɛn", "o": "ˈO", "p": "pˈi",
    "q": "kjˈu", "r": "ˈɑɹ", "s": "ˈɛs", "t": "tˈi", "u": "jˈu", "v": "vˈi", "w": "dˈʌbəljˌu",
    "x": "ˈɛks", "y": "wˈI", "z": "zˈi",
}  # fmt: skip
TOLD_APART = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th", "þ": "th", "ı": "i"}
)
"""Letters that are no plain ones with a mark on them."""
WORDS = {
    "wi": "wˈI", "fi": "fˈI", "okay": "ˌOkˈA", "covid": "kˈOvɪd", "emoji": "ɪmˈOʤi",
    "json": "ʤˈAsən", "yaml": "jˈæməl", "chatbot": "ʧˈætbˌɑt", "airbnb": "ˈɛɹbiˌɛnbˈi",
    "lyft": "lˈɪft", "venmo": "vˈɛnmO", "doordash": "dˈɔɹdˌæʃ", "nginx": "ˈɛnʤɪnˌɛks",
    "gif": "ɡˈɪf", "voip": "vˈYp", "fahrenheit": "fˈɛɹənhˌIt", "celsius": "sˈɛlsiəs",
    "unicef": "jˈunɪsˌɛf", "captcha": "kˈæpʧə", "openai": "ˈOpən ˌAˈI", "wifi": "wˈIfˌI",
}  # fmt: skip
"""What the lexicon lacks and letters mislead on."""

SHORTENED = re.compile(r"([A-Z])('?s)")


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
    """Pronounces English clauses.

    Args:
        own: lower-case words and their symbols, which come before all others: a lexicon file's.
    """

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = own or {}
        self._lexicon = EnglishLexicon(MODELS / "lexicon.db")
        self._guess = SoundGuesser()
        self._roles = RoleTagger()
        self._word = lru_cache(maxsize=20_000)(self._pronounce_word)
        self("Warm up the lexicon, the tagger and Zorblaxian guesses.")

    def __call__(self, clause: str) -> Pronunciation:
        """Pronounce a clause of any text. What cannot be said is left out; nothing raises."""
        written = tokens(clause, self._own)
        words = [word for token in written for word in token.words if word != ","]
        roles = iter(self._roles([word.lower() for word in words]) if words else ())
        symbols, silent = "", ""
        spans: list[SymbolSpan] = []
        for token in written:
            spoken = ""
            for word in token.words:
                said = "," if word == "," else self._word(word, next(roles))
                spoken += (" " if spoken and said and said != "," else "") + said
            if not spoken.strip(", "):
                # Shown with its neighbour.
                if spans:
                    spans[-1] = replace(spans[-1], text=f"{spans[-1].text} {token.text}")
                else:
                    silent += token.text + " "
                continue
            if symbols:
                symbols += " "
            start = len(symbols)
            symbols += spoken.strip(", ") + token.pause
            spans.append(SymbolSpan(silent + token.text, start, len(symbols)))
            silent = ""
        return Pronunciation(symbols, tuple(spans))

    def forget(self) -> None:
        """Empty the cache of words: for measurements."""
        self._word.cache_clear()

    def _pronounce_word(self, word: str, role: str) -> str:
        """Symbols of one word as `tts.spoken` gives it; "" if it has none (another script)."""
        if word.startswith("/"):
            return word.strip("/")
        if word.isascii() and word.isupper() and len(word) == 1:
            return LETTERS[word.lower()]
        if several := SHORTENED.fullmatch(word):
            return with_s(LETTERS[several[1].lower()])
        stem = word.removesuffix("'s")
        if stem != word and not self._known(word, role) and (base := self._known(stem, role)):
            return with_s(base)
        return self._known(word, role) or self._guessed(word)

    def _known(self, word: str, role: str) -> str:
        """Symbols of a word that a lexicon has, with or without the marks on its letters."""
        if known := self._own.get(word) or WORDS.get(word):
            return known
        plain = plain_letters(word)
        found = self._lexicon.find(word, role) or self._lexicon.find(plain, role)
        return symbols_of(found.replace(" ", "")) or LETTERS.get(plain, "")

    def _guessed(self, word: str) -> str:
        return symbols_of(self._guess(plain_letters(word)))


def plain_letters(word: str) -> str:
    """Letters that the letter-to-sound model knows: é as e, ß as ss, no others."""
    bare = unicodedata.normalize("NFKD", word.lower().translate(TOLD_APART))
    return re.sub(r"[^a-z']", "", bare)
