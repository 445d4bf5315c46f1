"""GBNF grammar of values that copy words of a conversation: nothing else can be written.

A model held to it cannot invent a name or a number that nobody said. The grammar's language is
that of llama.cpp (`grammars/README.md` there).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.numerals import below_hundred
from dialogue.disfluency.words import Word, split
from dialogue.mentions import bare, mentions, wholes

_QUOTES: Final = re.compile(r"[\"\\\[\]]")
_NUMBER: Final = re.compile(r"(?<![\w.,:/-])-?\d+(?:[.,]\d+)*(?![\w:/]|-\d)")


@dataclass(frozen=True)
class Copied:
    """What was said, as the grammar's rules by name; each value is in double quotes.

    `span` is any run of words in one clause, which divides no value; the others are what was
    mentioned of a kind (`dialogue.mentions`), and may be missing, as may be `numbers`.
    """

    rules: dict[str, str]
    numbers: tuple[str, ...]
    """The numbers among the words, in digits, each once."""
    newest: Sequence[Word] = ()
    """The newest words."""


def copied(texts: Iterable[str], most_words: int = 160) -> Copied:
    """What can be copied of `texts`, the newest first; of the oldest no more than there is room."""
    words: list[Word] = []
    numbers: list[str] = []
    named: dict[str, list[str]] = {}
    together: list[tuple[int, int]] = []
    newest: list[Word] | None = None
    for text in texts:
        plain = _QUOTES.sub(" ", text)
        said = [word for word in split(plain) if word.core]
        if words and len(words) + len(said) > most_words:
            break
        together += [(len(words) + start, len(words) + end) for start, end in wholes(said)]
        words += said
        numbers += numbers_of(plain)
        newest = said if newest is None else newest
        for kind, found in mentions(said).items():
            named.setdefault(kind, []).extend(found)
    words = words[:most_words]
    inside = {at for start, end in together for at in range(start + 1, end)}
    rules = {f"w{i}": _rule(words, i, divides=i + 1 not in inside) for i in range(len(words))}
    starts = " | ".join(name for i, name in enumerate(rules) if i not in inside)
    rules["span"] = rf'"\"" ({starts}) "\""' if starts else literal('""')
    for kind, found in named.items():
        if found:
            rules[kind] = " | ".join(literal(f'"{text}"') for text in dict.fromkeys(found))
    return Copied(rules, tuple(dict.fromkeys(numbers)), newest or [])


def literal(text: str) -> str:
    """`text` itself as the grammar writes it."""
    return json.dumps(text, ensure_ascii=False)


def _rule(words: Sequence[Word], at: int, *, divides: bool) -> str:
    """The word at `at`, and what may follow it; must, where a value would end in its middle."""
    plain = bare(words[at].text)
    if at + 1 == len(words) or words[at + 1].start < words[at].end:
        return literal(plain)
    if divides and words[at].stops:
        return literal(plain)
    behind = words[at].text[words[at].text.rfind(plain) + len(plain) :]
    return f"{literal(plain)} ({literal(behind + ' ')} w{at + 1}){'?' if divides else ''}"


def numbers_of(text: str) -> list[str]:
    """The numbers in `text`, in digits; first those that are written so."""
    digits = [match.group().replace(",", "") for match in _NUMBER.finditer(text)]
    spoken = (below_hundred([word.core], 0) for word in split(text) if word.core)
    return digits + [str(number.value) for number in spoken if number and not number.written]
