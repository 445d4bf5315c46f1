"""Rules: a pattern for a kind of written text, and what is said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

Say = Callable[[re.Match[str]], Sequence[str] | None]
"""Words for a match: lower-case words, capitals for letters by their names, "," for short pauses.
No words: it is silent. None: it is of another kind after all."""

before = partial(re.compile, flags=re.IGNORECASE)
"""A pattern for `follows`; it ends in `$`."""

REACH = 60
"""Characters that `follows` looks back."""


@dataclass(frozen=True)
class Rule:
    """A kind of written text."""

    kind: str
    pattern: re.Pattern[str]
    say: Say


def rule(kind: str, pattern: str, say: Say) -> Rule:
    """A rule from a verbose pattern. It must be quick on any text: bound what may repeat."""
    return Rule(kind, re.compile(pattern, re.VERBOSE), say)


@dataclass(frozen=True)
class Reading:
    """A piece of text and the words it is said as."""

    start: int
    end: int
    kind: str
    words: tuple[str, ...]


class Grammar:
    """Rules in order: where several match, the first one that has something to say is taken."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        alternatives = (f"(?P<r{i}>{_nameless(r.pattern)})" for i, r in enumerate(rules))
        self._any = re.compile("|".join(alternatives), re.VERBOSE)

    def readings(self, text: str) -> Iterator[Reading]:
        """All that can be said in a text, in order."""
        position = 0
        while found := self._any.search(text, position):
            position = found.start()
            reading = self._read(text, position, int(str(found.lastgroup)[1:]))
            if reading:
                yield reading
            position = reading.end if reading else position + 1

    def _read(self, text: str, position: int, first: int) -> Reading | None:
        for each in self._rules[first:]:
            match = each.pattern.match(text, position)
            if match and (words := each.say(match)) is not None:
                return Reading(position, match.end(), each.kind, tuple(words))
        return None


def follows(match: re.Match[str], cue: re.Pattern[str]) -> bool:
    """Whether the text right before a match ends in a cue."""
    start = match.start()
    return cue.search(match.string, max(0, start - REACH), start) is not None


def _nameless(pattern: re.Pattern[str]) -> str:
    """A pattern without the names of its groups, to stand beside others."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern)
