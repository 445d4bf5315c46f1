"""What the newest words tell of a tool's parameters: for each, the whole mentions that it may be.

Most values need no model: a date is the only date among the words, "size 9" names its parameter,
a city is a name behind "in". What is left is a choice among whole phrases, none of which is
another parameter's value already. This is frame filling by typed mentions with exclusion, as in
Ward's Phoenix parser (1991), under a model that decides what the types leave open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dialogue.disfluency.scene import DETERMINERS
from dialogue.disfluency.values import COLOURS, DAYTIME, MONTHS, SIZES
from dialogue.disfluency.words import Word
from dialogue.mentions import (
    CONTAINERS,
    Span,
    is_counting,
    is_person,
    joined,
    kind_of,
    spans,
    text,
)
from dialogue.phrases import Phrase, phrases

_LOCATIVE: Final = frozenset("in at to from near on into onto via around by under".split())
_STREETS: Final = frozenset(
    "street road avenue lane close row square drive way place court hill park".split()
)
_LINKS: Final = frozenset("is was are reads says it's ends should be".split())
_BETWEEN: Final = frozenset("at on in with called number no".split())
_CLAUSES: Final = frozenset(
    """problem reason question action task message note notes comment text status paid need issue
    request details""".split()
)
_CITIES: Final = frozenset("city town country state region".split())
_ADDRESSES: Final = frozenset("address street road".split())
_PLACES: Final = frozenset(
    """place location where pickup dropoff station airport hotel branch building venue stop
    destination""".split()
)
_NUMBERED: Final = frozenset(
    "room floor flat seat gate platform terminal page size line bus paper unit table".split()
)
_ENDS: Final = frozenset(
    "start end begin finish arrival departure deadline checkin checkout until since".split()
)
_LEAST_TELLING: Final = 3
"""Characters of a number or a code that is nothing else; a "7" may be anything."""
_PARTY: Final = frozenset("for are we're be of it's".split())
_BOUNDS: Final = frozenset("before after until till since between".split())
_BEFORE_QUALITIES: Final = frozenset("no not too so very really quite".split())
_EMPTY: Final = DETERMINERS | {"same", "other", "one"}
_PEOPLE: Final = frozenset(
    """who person teacher doctor dentist passenger patient guest contact driver stylist recipient
    sender manager agent technician customer author artist owner""".split()
)
_CALENDAR: Final = ("day", "time")


@dataclass(frozen=True)
class _Words:
    """The newest words with what was found in them."""

    words: Sequence[Word]
    spans: Mapping[str, Sequence[Span]]
    phrases: Sequence[Phrase]
    idle: frozenset[str]
    """Words of the tool's own description, which ask for it and are no values."""

    def core(self, at: int) -> str:
        return self.words[at].core if 0 <= at < len(self.words) else ""


@dataclass
class _Open:
    """Parameters without a value yet, and what others have."""

    names: list[str]
    found: dict[str, list[Span]] = field(default_factory=dict)

    def give(self, name: str, values: Sequence[Span]) -> None:
        self.names.remove(name)
        self.found[name] = list(values)

    def free(self, here: _Words, values: Iterable[Span]) -> list[Span]:
        """Those of which something is nobody's yet; of an amount only the number is taken."""
        taken: set[int] = set()
        for name, found in self.found.items():
            if len(found) == 1:
                start, end = found[0]
                while start and _stem(here.core(start - 1)) == _stem(_head(name)):
                    start -= 1
                taken |= set(range(start, start + 1 if kind_of(name) == "amount" else end))
        return [
            span
            for span in values
            if any(i not in taken and here.core(i) not in DETERMINERS for i in range(*span))
        ]


def told(
    parameters: Sequence[str], words: Sequence[Word], description: str, *, opening: bool
) -> dict[str, list[str]]:
    """The mentions that each of `parameters` may be; what is not told of is missing.

    `description` is the tool's. Only in an `opening`, the caller's first turn, are untyped
    phrases taken for values: later ones may speak of something said before.
    """
    idle = frozenset(_stem(word) for word in description.lower().replace("_", " ").split())
    here = _Words(words, spans(words), phrases(words), idle)
    left = _Open(list(parameters))
    for name in parameters:
        if found := _named(name, here):
            # "From flat 2 to flat 20": the new one comes behind the old one.
            new, old = (name.startswith(which) for which in ("new", "old"))
            left.give(name, found[-1:] if new else found[:1] if old else found)
    for kind in ("day", "time", "name"):
        _typed(kind, here, left)
    for kind in ("from", "to", "code", "amount"):
        _typed(kind, here, left, shortest=1 if opening else _LEAST_TELLING)
    if opening:
        for fits, find in _WAYS:
            _like(fits, find, here, left)
    return {
        name: list(dict.fromkeys(text(words, *span) for span in values))
        for name, values in left.found.items()
    }


def number_told(words: Sequence[Word]) -> str | None:
    """The number of those who come, where nothing says so but its place: "for 4", "we are 6".

    None where there are none or several such.
    """
    calendar = {i for kind in _CALENDAR for span in spans(words)[kind] for i in range(*span)}
    found = [
        word.core
        for at, word in enumerate(words)
        if word.core.isdigit() and at not in calendar and not is_counting(words, at + 1)
        if at and words[at - 1].core in _PARTY and not words[at - 1].breaks
    ]
    return found[0] if len(found) == 1 else None


def _head(name: str) -> str:
    """The noun of a parameter's name: "birth_date" -> "date", "date_of_birth" -> "date"."""
    return name.lower().strip("_").partition("_of_")[0].rpartition("_")[2]


def _stem(word: str) -> str:
    return word.strip(".,:;()").removesuffix("s")


def _named(name: str, here: _Words) -> list[Span]:
    """What a word of the parameter's name points to: "size 9", "the code is B7", "yoga class"."""
    head = _stem(_head(name))
    if len(head) < 3:
        return []
    kind = kind_of(name)
    typed = here.spans.get(kind)
    found: list[Span] = []
    for at, word in enumerate(here.words):
        core = word.core.replace("-", "").removesuffix("'s")
        if _stem(core) != head and not _reads(head, core):
            continue
        if _is_denied(here, next((p.start for p in here.phrases if p.start <= at < p.end), at)):
            continue
        after = _after(here, at + 1)
        if after is not None and (not typed or kind in ("code", "amount", "name")):
            found.append(after)
            continue
        phrase = next((p for p in here.phrases if p.start <= at < p.end), None)
        if phrase and not typed and at > phrase.start:
            modifiers = [here.core(i) for i in range(phrase.start, at)]
            if any(core not in _EMPTY and _stem(core) not in here.idle for core in modifiers):
                found.append((phrase.start, phrase.end))
    return found


def _is_denied(here: _Words, at: int) -> bool:
    """ "Not in room 5"."""
    return "not" in (here.core(at - 1), here.core(at - 2))


def _reads(head: str, core: str) -> bool:
    """ "Reads" for a `reading`."""
    return head.endswith("ing") and core in (head[:-3], head[:-3] + "s")


def _after(here: _Words, at: int) -> Span | None:
    """The value behind a noun that names it, at once or behind "is"."""
    start = at
    linked = False
    if here.words[at - 1].stops:
        return None
    while start < len(here.words) and here.core(start) in _LINKS | _BETWEEN:
        linked |= here.core(start) in _LINKS
        start += 1
    linked |= here.words[at - 1].core.endswith(("'s", "reads"))
    numbers = [*here.spans.get("code", ()), *here.spans.get("amount", ())]
    value = max((s for s in numbers if s[0] == start), key=lambda s: s[1], default=None)
    if value is not None and _is_address(here, start, end := _phrase_end(here, start)):
        return start, end
    if value is not None and (linked or start == at) and not here.words[at - 1].pauses:
        if here.core(value[1]) in ("and", "or") and any(n[0] == value[1] + 1 for n in numbers):
            return value[0], value[1] + 2
        return value[0], _dictated_end(here, value[1], [number[0] for number in numbers])
    if not linked and not here.words[start : start + 1]:
        return None
    phrase = next((p for p in here.phrases if p.start <= start < p.end), None)
    if phrase is None or not (linked or here.words[start].is_capital):
        return None
    if not linked and here.words[at - 1].breaks:
        return None
    return start, phrase.end


def _phrase_end(here: _Words, start: int) -> int:
    return next((p.end for p in here.phrases if p.start <= start < p.end), start + 1)


def _dictated_end(here: _Words, end: int, numbers: Sequence[int]) -> int:
    """Where a number ends that is given in groups: "zero four, zero five nine"."""
    if not here.core(end - 1)[-1:].isdigit():
        return end
    while end in numbers and here.words[end - 1].pauses and here.core(end).isdigit():
        end += 1
    return end


def _is_placed(name: str) -> bool:
    return _head(name) in _CITIES | _ADDRESSES | _PLACES or kind_of(name) in ("from", "to")


def _typed(kind: str, here: _Words, left: _Open, shortest: int = 1) -> None:
    """The parameters of a kind, where there is a mention for each, of so many characters."""
    alike = [name for name in left.names if kind_of(name) == kind]
    if not alike:
        return
    parameters = [*left.names, *left.found]
    values = left.free(here, _of_kind(kind, here, placed=any(map(_is_placed, parameters))))
    if kind == "time" and not values and not any(kind_of(n) == "amount" for n in left.names):
        values = [s for s in here.spans.get("amount", ()) if here.core(s[1] - 1) in _DURATIONS]
    if kind == "time" and not values:
        values = [s for s in here.spans.get("day", ()) if here.core(s[1] - 1) in DAYTIME]
    if len(alike) == 1:
        values = joined(here.words, values)
        months = [v for v in values if any(here.core(i) in MONTHS for i in range(*v))]
        values = months if _head(alike[0]) == "month" else values
        if kind in _CALENDAR:
            values = [(v[0] - (here.core(v[0] - 1) in _BOUNDS), v[1]) for v in values]
    values = [v for v in values if len(text(here.words, *v)) >= shortest]
    if len(values) >= len(alike):
        for name in alike:
            left.give(name, values)


_DURATIONS: Final = frozenset(
    "minute minutes hour hours day days night nights week weeks month months year years".split()
)


def _of_kind(kind: str, here: _Words, *, placed: bool) -> list[Span]:
    """Mentions of a kind; names behind "to" are people's only where no place is asked for."""
    values = list(here.spans.get(kind, ()))
    calendar = [span for other in _CALENDAR for span in here.spans.get(other, ())]
    if kind == "name":
        named = [v for v in values if not _is_calendar(here, v) and not _is_address(here, *v)]
        named = [v for v in named if v[0] and not here.words[v[0] - 1].stops]
        return [v for v in values if is_person(here.words, *v)] or ([] if placed else named)
    if kind in ("code", "amount"):
        plain = [v for v in values if not any(c[0] <= v[0] < c[1] for c in calendar)]
        if kind == "amount":
            numbered = [v for v in plain if here.core(v[0]) not in DETERMINERS]
            return numbered or plain or [v for v in values if "." in text(here.words, *v)]
        return [v for v in plain if not is_counting(here.words, v[1])] or plain
    return values


_Fits = Callable[[str], bool]
_Find = Callable[[_Words, _Open], list[Span]]


def _like(fits: _Fits, find: _Find, here: _Words, left: _Open) -> None:
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


def _one_of(choices: frozenset[str]) -> _Find:
    def find(here: _Words, left: _Open) -> list[Span]:
        return [(i, i + 1) for i, word in enumerate(here.words) if word.core in choices]

    return find


def _cities(here: _Words, left: _Open) -> list[Span]:
    named = [v for v in left.free(here, here.spans.get("name", ())) if not _is_calendar(here, v)]
    named = [v for v in named if not _is_address(here, *v)]
    named = [v for v in named if not is_person(here.words, *v)] or named
    placed = [v for v in named if here.core(v[0] - 1) in _LOCATIVE]
    return placed or named


def _addresses(here: _Words, left: _Open) -> list[Span]:
    found: list[Span] = []
    for phrase in here.phrases:
        number = found and here.core(found[-1][0]) in ("number", "flat", "apartment", "unit")
        if number and found[-1][1] == phrase.start and _is_address(here, phrase.start, phrase.end):
            found[-1] = (found[-1][0], phrase.end)
        elif _is_address(here, phrase.start, phrase.end) or here.core(phrase.start) == "number":
            found.append((phrase.start, phrase.end))
    return left.free(here, found) or _places(here, left)


def _is_address(here: _Words, start: int, end: int) -> bool:
    """ "70 Market Square", "Hill Lane"."""
    cores = [here.core(i) for i in range(start, end)]
    capital = any(here.words[i].is_capital for i in range(start, end))
    return capital and (cores[0][0].isdigit() or cores[-1][0].isdigit() or cores[-1] in _STREETS)


def _numbered(here: _Words, left: _Open) -> list[Span]:
    """Codes and numbers that count nothing: "in 304", "15 C"."""
    free = left.free(here, _of_kind("code", here, placed=True))
    return [v for v in free if not is_counting(here.words, v[1])]


def _ends(here: _Words, left: _Open) -> list[Span]:
    return left.free(here, here.spans.get("day", ())) or left.free(here, here.spans.get("time", ()))


def _frequencies(here: _Words, left: _Open) -> list[Span]:
    """ "Every Monday", "twice a day", "3 times a week", "daily"."""
    found = []
    for at, word in enumerate(here.words):
        if word.core in ("every", "each"):
            found.append((at, at + 2 + here.core(at + 1).isdigit()))
        elif word.core in ("once", "twice", "times") and here.core(at + 1) in ("a", "per"):
            found.append((at - (word.core == "times"), at + 3))
        elif word.core in ("daily", "weekly", "monthly", "yearly"):
            found.append((at, at + 1))
    return found


def _mails(here: _Words, left: _Open) -> list[Span]:
    return [(at, at + 1) for at, word in enumerate(here.words) if "@" in word.core]


def _places(here: _Words, left: _Open) -> list[Span]:
    free = [p for p in here.phrases if _is_thing(here, p) and left.free(here, [(p.start, p.end)])]
    placed = [p for p in free if p.preposition in _LOCATIVE]
    return [(p.start, p.end) for p in placed or free]


def _things(here: _Words, left: _Open) -> list[Span]:
    """Whole phrases without how many there are, but for days, times and what others are."""
    found = []
    for phrase in here.phrases:
        if not _is_thing(here, phrase):
            continue
        start = _behind_count(here, phrase)
        if left.free(here, [(start, phrase.end)]):
            found.append((start, phrase.end))
    return found


def _people(here: _Words, left: _Open) -> list[Span]:
    """Names of persons; others, "my brother", where there are none."""
    named = _of_kind("name", here, placed=True)
    return left.free(here, named) or _things(here, left)


def _is_thing(here: _Words, phrase: Phrase) -> bool:
    cores = [here.core(i) for i in range(phrase.start, phrase.end)]
    content = [core for core in cores if core not in _EMPTY]
    if all(_stem(core) in here.idle for core in content):
        return False
    before = phrase.start - 1
    if cores == ["right"] or (cores == content and here.core(before) in _BEFORE_QUALITIES):
        return False
    if content == cores and any(end == phrase.start for _, end in here.spans.get("amount", ())):
        # "4 metres high".
        return False
    return not _is_calendar(here, (phrase.start, phrase.end)) and _behind_count(
        here, phrase
    ) < phrase.end


def _is_calendar(here: _Words, span: Span) -> bool:
    """Whether it is nothing but a day or a time."""
    inside = {i for kind in _CALENDAR for s in here.spans.get(kind, ()) for i in range(*s)}
    return all(i in inside or here.core(i) in DETERMINERS for i in range(*span))


def _behind_count(here: _Words, phrase: Phrase) -> int:
    """Where the thing begins: "3 metres of the green fabric" -> "the green fabric"."""
    for start, end in here.spans.get("amount", ()):
        if start == phrase.start and end <= phrase.end:
            if any(word.is_capital for word in here.words[start : phrase.end]):
                return start
            if here.core(end - 1) in CONTAINERS:
                return start + 1
            return end + (here.core(end) == "of" and end < phrase.end)
    return phrase.start


_WAYS: Final[tuple[tuple[_Fits, _Find], ...]] = (
    (lambda name: _head(name) in ("color", "colour"), _one_of(COLOURS)),
    (lambda name: _head(name) == "size", _one_of(SIZES)),
    (lambda name: _head(name) in _NUMBERED, _numbered),
    (lambda name: _head(name) in _ENDS, _ends),
    (lambda name: _head(name) == "frequency", _frequencies),
    (lambda name: _head(name) in ("email", "mail"), _mails),
    (lambda name: _head(name) in _ADDRESSES, _addresses),
    (lambda name: _head(name) in _CITIES, _cities),
    (lambda name: _head(name) in _PLACES, _places),
    (lambda name: _head(name) in _PEOPLE, _people),
    (
        lambda name: kind_of(name) == "span" and _head(name) not in _CLAUSES,
        _things,
    ),
)
