"""Values by what kind of thing a parameter asks for: places, persons, codes, or anything named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dialogue.calendar import Span, is_counting
from dialogue.disfluency.scene import DETERMINERS
from dialogue.disfluency.values import COLOURS, MONTHS, SIZES
from dialogue.disfluency.words import Word
from dialogue.frames.words import CALENDAR, EMPTY, Open, Words, is_calendar, stem
from dialogue.mentions import CONTAINERS, head_of, kind_of, text
from dialogue.phrases import Phrase

_LOCATIVE: Final = frozenset("in at to from near on into onto via around by under".split())
_STREETS: Final = frozenset(
    "street road avenue lane close row square drive way place court hill park".split()
)
_CLAUSES: Final = frozenset(
    """problem reason question action task message note notes comment text status paid need issue
    request details""".split()
)
CITIES: Final = frozenset("city town country state region".split())
ADDRESSES: Final = frozenset("address street road".split())
PLACES: Final = frozenset(
    """place location where pickup dropoff station airport hotel branch building venue stop
    destination room section""".split()
)
_ACCOUNTS: Final = frozenset("account card pot".split())
_LEAVING: Final = frozenset("pickup pick departure origin start collection from source".split())
_REACHING: Final = frozenset("dropoff drop destination arrival delivery to end".split())
_MEASURES: Final = frozenset("size dimensions dimension measurements".split())
_NUMBERED: Final = frozenset(
    "room floor flat seat gate platform terminal page size line bus paper unit table".split()
)
_ENDS: Final = frozenset(
    "start end begin finish arrival departure deadline checkin checkout until since".split()
)
DURATIONS: Final = frozenset(
    "minute minutes hour hours day days night nights week weeks month months year years".split()
)
_DIMENSIONS: Final = frozenset("high long wide deep tall old thick heavy away".split())
_BEFORE_QUALITIES: Final = frozenset("no not too so very really quite".split())
_PEOPLE: Final = frozenset(
    """who person teacher doctor dentist passenger patient guest contact driver stylist recipient
    sender manager agent technician customer author artist owner""".split()
)
_TITLES: Final = frozenset("mr mrs ms miss mister doctor dr professor".split())
_NO_PERSONS: Final = MONTHS | frozenset(
    """monday tuesday wednesday thursday friday saturday sunday easter christmas street road avenue
    lane hotel airport terminal station gate room""".split()
)
_OF_PLACES: Final = frozenset("street road avenue lane square hotel park station".split())
_PLACES_BEFORE: Final = frozenset("in at to from near on into of the a an".split())

Find = Callable[[Words, Open], list[Span]]
Fits = Callable[[str], bool]


def of_kind(kind: str, here: Words, *, placed: bool) -> list[Span]:
    """Mentions of a kind; names behind "to" are people's only where no place is asked for."""
    values = list(here.spans.get(kind, ()))
    calendar = [span for other in CALENDAR for span in here.spans.get(other, ())]
    if kind == "name":
        named = [v for v in values if not is_calendar(here, v) and not is_address(here, *v)]
        named = [v for v in named if v[0] and not here.words[v[0] - 1].stops]
        return [v for v in values if is_person(here.words, *v)] or ([] if placed else named)
    if kind in ("from", "to"):
        return [v for v in values if not any(c[0] < v[1] and v[0] < c[1] for c in calendar)]
    if kind in ("code", "amount"):
        plain = [v for v in values if not any(c[0] <= v[0] < c[1] for c in calendar)]
        if kind == "amount":
            numbered = [v for v in plain if here.core(v[0]) not in DETERMINERS]
            return numbered or plain or [v for v in values if "." in text(here.words, *v)]
        return [v for v in plain if not is_counting(here.words, v[1])] or plain
    return values


def _first(name: str) -> str:
    return name.partition("_")[0]


def is_placed(name: str) -> bool:
    return head_of(name) in CITIES | ADDRESSES | PLACES or kind_of(name) in ("from", "to")


def _one_of(choices: frozenset[str]) -> Find:
    def find(here: Words, left: Open) -> list[Span]:
        return [(i, i + 1) for i, word in enumerate(here.words) if word.core in choices]

    return find


def _cities(here: Words, left: Open) -> list[Span]:
    named = [v for v in left.free(here, here.spans.get("name", ())) if not is_calendar(here, v)]
    named = [v for v in named if not is_address(here, *v)]
    named = [v for v in named if not is_person(here.words, *v)] or named
    placed = [v for v in named if here.core(v[0] - 1) in _LOCATIVE]
    return placed or named


def _addresses(here: Words, left: Open) -> list[Span]:
    found: list[Span] = []
    for phrase in here.phrases:
        number = found and here.core(found[-1][0]) in ("number", "flat", "apartment", "unit")
        if number and found[-1][1] == phrase.start and is_address(here, phrase.start, phrase.end):
            found[-1] = (found[-1][0], phrase.end)
        elif is_address(here, phrase.start, phrase.end) or here.core(phrase.start) == "number":
            found.append((phrase.start, phrase.end))
    return left.free(here, found) or _places(here, left)


def is_address(here: Words, start: int, end: int) -> bool:
    """ "70 Market Square", "Hill Lane"."""
    cores = [here.core(i) for i in range(start, end)]
    capital = any(here.words[i].is_capital for i in range(start, end))
    return capital and (cores[0][0].isdigit() or cores[-1][0].isdigit() or cores[-1] in _STREETS)


def _numbered(here: Words, left: Open) -> list[Span]:
    """Codes and numbers that count nothing: "in 304", "15 C"."""
    free = left.free(here, of_kind("code", here, placed=True))
    return [v for v in free if not is_counting(here.words, v[1])]


def _dimensions(here: Words, left: Open) -> list[Span]:
    """ "66 by 72", "4.2 by 3 metres"."""
    found: list[Span] = []
    for at in range(1, len(here.words) - 1):
        if here.core(at) != "by" or not (here.core(at - 1) + here.core(at + 1))[:1].isdigit():
            continue
        end = next((s[1] for s in here.spans.get("amount", ()) if s[0] == at + 1), at + 2)
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], end)
        else:
            found.append((at - 1, end))
    return found


def _ends(here: Words, left: Open) -> list[Span]:
    """Days, or times, with each other: "6 this morning"."""
    hours, found = here.spans.get("time", ()), []
    for start, end in left.free(here, here.spans.get("day", ())):
        hour = next((s for s in hours if s[1] >= start > s[0]), None)
        found.append((hour[0] if hour else start, end))
    return found or left.free(here, hours)


def _periods(here: Words, left: Open) -> list[Span]:
    """ "12 months", "the weekend"."""
    amounts = left.free(here, here.spans.get("amount", ()))
    lasting = [span for span in amounts if here.core(span[1] - 1) in DURATIONS]
    return lasting or left.free(here, here.spans.get("day", ()))


def _frequencies(here: Words, left: Open) -> list[Span]:
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


def _mails(here: Words, left: Open) -> list[Span]:
    return [(at, at + 1) for at, word in enumerate(here.words) if "@" in word.core]


def _places(here: Words, left: Open) -> list[Span]:
    free = [p for p in here.phrases if _is_thing(here, p) and left.free(here, [(p.start, p.end)])]
    placed = [p for p in free if p.preposition in _LOCATIVE]
    return [(p.start, p.end) for p in placed or free]


def _ways_from(here: Words, left: Open) -> list[Span]:
    """Places left behind: "from the rugby club", "out of Luton"."""
    return _behind(here, left, frozenset(("from", "of", "off")))


def _ways_to(here: Words, left: Open) -> list[Span]:
    return _behind(here, left, frozenset(("to", "into")))


def _behind(here: Words, left: Open, prepositions: frozenset[str]) -> list[Span]:
    found = [
        (p.start, p.end)
        for p in here.phrases
        if p.preposition in prepositions and _is_thing(here, p)
        if p.preposition != "of" or here.core(p.start - 2) == "out"
    ]
    return left.free(here, found)


def things(here: Words, left: Open) -> list[Span]:
    """Whole phrases, but for days, times and what others are; how many only where nobody asks."""
    found = []
    for phrase in here.phrases:
        if not _is_thing(here, phrase):
            continue
        start = _behind_count(here, phrase) if left.asks_number else phrase.start
        if left.free(here, [(start, phrase.end)]):
            found.append((start, phrase.end))
    return found


def _people(here: Words, left: Open) -> list[Span]:
    """Names of persons; others, "my brother", where there are none."""
    named = of_kind("name", here, placed=True)
    return left.free(here, named) or things(here, left)


def _is_thing(here: Words, phrase: Phrase) -> bool:
    cores = [here.core(i) for i in range(phrase.start, phrase.end)]
    content = [core for core in cores if core not in EMPTY]
    if all(stem(core) in here.idle for core in content):
        return False
    before = phrase.start - 1
    if cores == ["right"] or (cores == content and here.core(before) in _BEFORE_QUALITIES):
        return False
    if cores[-1] in _DIMENSIONS:
        return False
    return (
        not is_calendar(here, (phrase.start, phrase.end))
        and _behind_count(here, phrase) < phrase.end
    )


def _behind_count(here: Words, phrase: Phrase) -> int:
    """Where the thing begins: "3 metres of the green fabric" -> "the green fabric"."""
    for start, end in here.spans.get("amount", ()):
        if start == phrase.start and end <= phrase.end:
            if any(word.is_capital for word in here.words[start : phrase.end]):
                return start
            if here.core(end - 1) in CONTAINERS:
                return start + 1
            return end + (here.core(end) == "of" and end < phrase.end)
    return phrase.start


def is_person(words: Sequence[Word], start: int, end: int) -> bool:
    """Whether a name is rather somebody's than a place's or a day's: "under Novak", "Mr Osei"."""
    cores = [word.core for word in words[start:end]]
    if cores[0] in _TITLES:
        return True
    before = words[start - 1] if start else None
    if any(core.removesuffix("'s") in _NO_PERSONS for core in cores) or cores[-1] in _OF_PLACES:
        return False
    if before is None or before.stops:
        return len(cores) > 1 or words[end - 1].breaks or end == len(words)
    return before.core not in _PLACES_BEFORE


WAYS: Final[tuple[tuple[Fits, Find], ...]] = (
    (lambda name: head_of(name) in ("color", "colour"), _one_of(COLOURS)),
    (lambda name: head_of(name) == "size", _one_of(SIZES)),
    (lambda name: head_of(name) in _MEASURES, _dimensions),
    (lambda name: head_of(name) in _NUMBERED, _numbered),
    (lambda name: head_of(name) in _ENDS, _ends),
    (lambda name: head_of(name) in ("period", "term"), _periods),
    (lambda name: head_of(name) == "frequency", _frequencies),
    (lambda name: head_of(name) in ("email", "mail"), _mails),
    (lambda name: head_of(name) in ADDRESSES, _addresses),
    (lambda name: head_of(name) in CITIES, _cities),
    (lambda name: head_of(name) in PLACES | _ACCOUNTS and _first(name) in _LEAVING, _ways_from),
    (lambda name: head_of(name) in PLACES | _ACCOUNTS and _first(name) in _REACHING, _ways_to),
    (lambda name: head_of(name) in PLACES, _places),
    (lambda name: head_of(name) in _PEOPLE, _people),
    (
        lambda name: kind_of(name) == "span" and head_of(name) not in _CLAUSES,
        things,
    ),
)
