"""What the newest words tell of a tool's parameters: for each, the whole mentions that it may be.

Most values need no model: a date is the only date among the words, "size 9" names its parameter,
a city is a name behind "in". What is left is a choice among whole phrases, none of which is
another parameter's value already. This is frame filling by typed mentions with exclusion, as in
Ward's Phoenix parser (1991), under a model that decides what the types leave open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dialogue.calendar import is_counting
from dialogue.disfluency.values import DAYTIME, MONTHS
from dialogue.disfluency.words import Word
from dialogue.frames.naming import named
from dialogue.frames.things import DURATIONS, WAYS, Find, Fits, is_placed, of_kind
from dialogue.frames.words import CALENDAR, Open, Words, joined, stem, without_article
from dialogue.mentions import counted, counts, head_of, kind_of, spans, text
from dialogue.phrases import phrases

_LEAST_TELLING: Final = 3
"""Characters of a number or a code that is nothing else; a "7" may be anything."""
_PEOPLE: Final = frozenset("people persons guests seats passengers size".split())
"""Ends of the names of parameters that count people."""
_PARTY: Final = frozenset("for are we're be of it's".split())
_BOUNDS: Final = frozenset("before after until till since between".split())


def told(
    parameters: Sequence[str],
    words: Sequence[Word],
    description: str,
    *,
    opening: bool,
    asks_number: bool = False,
) -> dict[str, list[str]]:
    """The mentions that each of `parameters` may be; what is not told of is missing.

    `description` is the tool's; `asks_number` says that it takes numbers besides. Only in an
    `opening`, the caller's first turn, are untyped phrases taken for values: later ones may speak
    of something said before.
    """
    idle = frozenset(stem(word) for word in description.lower().replace("_", " ").split())
    here = Words(words, spans(words), phrases(words), idle)
    amounts = any(kind_of(name) == "amount" for name in parameters)
    left = Open(list(parameters), asks_number=asks_number or amounts)
    for name in parameters:
        if found := named(name, here):
            # "From flat 2 to flat 20": the new one comes behind the old one.
            new, old = (name.startswith(which) for which in ("new", "old"))
            left.give(name, found[-1:] if new else found[:1] if old else found)
    for kind in ("day", "time", "name"):
        _typed(kind, here, left)
    for kind in ("from", "to", "code", "amount"):
        _typed(kind, here, left, shortest=1 if opening else _LEAST_TELLING)
    if opening:
        for fits, find in WAYS:
            _like(fits, find, here, left)
    return {
        name: list(dict.fromkeys(text(words, *without_article(words, span)) for span in values))
        for name, values in left.found.items()
    }


def number_of(name: str, words: Sequence[Word]) -> str | None:
    """How many the words count of what a parameter is named for; None where they do not."""
    people = name.rpartition("_")[2] in _PEOPLE
    return counted(name, counts(words)) or (_number_told(words) if people else None)


def _number_told(words: Sequence[Word]) -> str | None:
    """The number of those who come, where nothing says so but its place: "for 4", "we are 6".

    None where there are none or several such.
    """
    calendar = {i for kind in CALENDAR for span in spans(words)[kind] for i in range(*span)}
    found = [
        word.core
        for at, word in enumerate(words)
        if word.core.isdigit() and at not in calendar and not is_counting(words, at + 1)
        if at and words[at - 1].core in _PARTY and not words[at - 1].breaks
    ]
    return found[0] if len(found) == 1 else None


def _typed(kind: str, here: Words, left: Open, shortest: int = 1) -> None:
    """The parameters of a kind, where there is a mention for each, of so many characters."""
    alike = [name for name in left.names if kind_of(name) == kind]
    if not alike:
        return
    parameters = [*left.names, *left.found]
    values = left.free(here, of_kind(kind, here, placed=any(map(is_placed, parameters))))
    if kind == "time" and not values and not any(kind_of(n) == "amount" for n in left.names):
        values = [s for s in here.spans.get("amount", ()) if here.core(s[1] - 1) in DURATIONS]
    if kind == "time" and not values:
        values = [s for s in here.spans.get("day", ()) if here.core(s[1] - 1) in DAYTIME]
    if len(alike) == 1:
        values = joined(here.words, values)
        months = [v for v in values if any(here.core(i) in MONTHS for i in range(*v))]
        values = months if head_of(alike[0]) == "month" else values
        if kind in CALENDAR:
            values = [(v[0] - (here.core(v[0] - 1) in _BOUNDS), v[1]) for v in values]
    values = [v for v in values if len(text(here.words, *v)) >= shortest]
    if len(values) >= len(alike):
        for name in alike:
            left.give(name, values)


def _like(fits: Fits, find: Find, here: Words, left: Open) -> None:
    """The parameters that `fits` accepts, where `find` has a free value for each."""
    alike = [name for name in left.names if fits(name)]
    if not alike:
        return
    values = find(here, left)
    if len(alike) == 1:
        values = joined(here.words, values)
    if len(values) >= len(alike):
        for name in alike:
            left.give(name, values)
