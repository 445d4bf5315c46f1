"""Recognised text as words: what is compared, and where it stands in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# A word ends at white space, and also behind a comma, dots or a dash inside: "er,Scotland".
_WORD = re.compile(r"\S+?(?:\.{2,}|…|—|--+|,(?!\d))+[\"')]*|\S+")
_EDGES = re.compile(r"^[^\w$£€]+|[^\w%']+$|'+$")
_PAUSE = re.compile(r"(?:[,;:\u2014\u2013\u2026]|--|\.{2,})[\"')]*$")
_STOP = re.compile(r"(?<!\.)[.?!][\"')]*$")
_ABBREVIATIONS = frozenset("mr mrs ms dr st prof".split())
_FRAGMENT = re.compile(r"\w-+[,.…]*$")


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word.

    `core` is the word as it is compared: lower case, without the punctuation around it. `start`
    and `end` are its place in the text, in characters.
    """

    text: str
    core: str
    start: int
    end: int

    @property
    def pauses(self) -> bool:
        """Whether a comma, dash or ellipsis follows the word."""
        return bool(_PAUSE.search(self.text))

    @property
    def stops(self) -> bool:
        """Whether a sentence ends with the word."""
        if self.core in _ABBREVIATIONS and self.text.endswith("."):
            return False
        return bool(_STOP.search(self.text))

    @property
    def breaks(self) -> bool:
        """Whether any punctuation follows the word."""
        return self.pauses or self.stops

    @property
    def is_fragment(self) -> bool:
        """Whether the word is broken off: "Wedn-"."""
        return bool(_FRAGMENT.search(self.text))

    @property
    def is_capital(self) -> bool:
        """Whether the word is written with a capital: a name, or the first of its sentence."""
        return bool(self.core) and self.text.lstrip("\"'([")[:1].isupper()


def split(text: str) -> tuple[Word, ...]:
    """The words of `text`, in order; nothing but white space lies between them."""
    return tuple(
        Word(found.group(), _core(found.group()), found.start(), found.end())
        for found in _WORD.finditer(text)
    )


def cores(words: Sequence[Word]) -> tuple[str, ...]:
    """What is compared of each word; words of punctuation only count as nothing."""
    return tuple(word.core for word in words if word.core)


def _core(text: str) -> str:
    return _EDGES.sub("", text.lower().replace("\u2019", "'"))
