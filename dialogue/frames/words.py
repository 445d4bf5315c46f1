"""The newest words as a frame's values are looked for in them, and which are taken already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dialogue.calendar import Span
from dialogue.disfluency.scene import ARTICLES, DETERMINERS
from dialogue.disfluency.words import Word
from dialogue.mentions import head_of, kind_of
from dialogue.phrases import Phrase

CALENDAR: Final = ("day", "time")
_LEADING: Final = ARTICLES - {"its", "any", "another"}
EMPTY: Final = DETERMINERS | {"same", "other", "one"}


@dataclass(frozen=True)
class Words:
    """The newest words with what was found in them."""

    words: Sequence[Word]
    spans: Mapping[str, Sequence[Span]]
    phrases: Sequence[Phrase]
    idle: frozenset[str]
    """Words of the tool's own description, which ask for it and are no values."""

    def core(self, at: int) -> str:
        return self.words[at].core if 0 <= at < len(self.words) else ""


@dataclass
class Open:
    """Parameters without a value yet, and what others have."""

    names: list[str]
    found: dict[str, list[Span]] = field(default_factory=dict)
    asks_number: bool = True
    """Whether some parameter takes how many there are of a thing."""

    def give(self, name: str, values: Sequence[Span]) -> None:
        self.names.remove(name)
        self.found[name] = list(values)

    def free(self, here: Words, values: Iterable[Span]) -> list[Span]:
        """Those of which something is nobody's yet; of an amount only the number is taken."""
        taken: set[int] = set()
        for name, found in self.found.items():
            if len(found) == 1:
                start, end = found[0]
                while start and stem(here.core(start - 1)) == stem(head_of(name)):
                    start -= 1
                taken |= set(range(start, start + 1 if kind_of(name) == "amount" else end))
        return [
            span
            for span in values
            if any(i not in taken and here.core(i) not in DETERMINERS for i in range(*span))
        ]


def stem(word: str) -> str:
    return word.strip(".,:;()").removesuffix("s")


def is_calendar(here: Words, span: Span) -> bool:
    """Whether it is nothing but a day or a time."""
    inside = {i for kind in CALENDAR for s in here.spans.get(kind, ()) for i in range(*s)}
    return all(i in inside or here.core(i) in DETERMINERS for i in range(*span))


def joined(words: Sequence[Word], found: Sequence[Span]) -> list[Span]:
    """`found` with those that "and" or "or" joins as one: "milk, eggs and butter"."""
    runs: list[Span] = []
    for start, end in found:
        link = words[start - 1].core if start else ""
        if runs and runs[-1][1] == start - 1 and link in ("and", "or"):
            first = runs.pop()[0]
            while runs and runs[-1][1] == first and words[first - 1].pauses:
                first = runs.pop()[0]
            start = first
        runs.append((start, end))
    return runs


def without_article(words: Sequence[Word], span: Span) -> Span:
    """A phrase from its first telling word on: small models hardly begin a value with "the"."""
    start, end = span
    while start + 1 < end and words[start].core in _LEADING:
        if (words[start].core, words[start + 1].core) == ("a", "week"):
            break
        start += 1
    return start, end
