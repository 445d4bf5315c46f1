"""Days and times among words: "Monday the fourth", "the end of May", "6 this morning"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dialogue.disfluency.scene import DETERMINERS, DISCOURSE, OPENERS, PREPOSITIONS
from dialogue.disfluency.values import DAYTIME, HALVES, MONTHS, Kind, Value, values
from dialogue.disfluency.words import Word

Span = tuple[int, int]
"""Places of words, the end exclusive."""

_HOUR: Final = re.compile(r"\d{1,2}(?:[:.]\d\d)?(?:am|pm)?")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_PLURALS: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday weekday weekend".split()
)
_FEASTS: Final = frozenset(
    (feast[0], feast[1])
    for feast in (
        line.split()
        for line in """mother day;father day;valentine day;new year;christmas eve;christmas day;
        boxing day;good friday;bank holiday;easter sunday;easter monday;memorial day;
        labor day;independence day""".split(";")
    )
)
_LONE_FEASTS: Final = frozenset("christmas easter halloween thanksgiving".split())
_AT: Final = frozenset(
    "at by since until till around about before after between from to than".split()
)
_LINKS: Final = frozenset("and or but of if because instead too either".split())
_BEHIND_HOURS: Final = frozenset(
    """works suits sounds is would please hours sharp if when monday tuesday wednesday thursday
    friday saturday sunday today tomorrow tonight""".split()
)
_PARTS_BEHIND: Final = frozenset(("at night", "this morning", "this afternoon", "this evening"))
_WHICH: Final = frozenset("first second third fourth last next".split())
_ENDS: Final = frozenset("end beginning start middle".split())
_NEAR: Final = frozenset(("today", "tonight", "tomorrow"))
_LAST_HOUR: Final = 24


def days(words: Sequence[Word]) -> Iterator[Span]:
    """Days and dates; "Monday the fourth" is one."""
    dated = [value for value in values(words) if value.kind in (Kind.DAY, Kind.DATE)]
    last = 0
    for value in dated:
        if value.start < last:
            continue
        last = value.end
        month = words[last - 1].core in MONTHS
        if (value.kind is Kind.DAY or month) and not words[last - 1].breaks:
            link = last + (last < len(words) and words[last].core == "the")
            date = next((v for v in dated if v.start == link and v.kind is Kind.DATE), None)
            last = date.end if date else last
        last = _relative_end(words, _year_end(words, last))
        if value.kind is Kind.DATE and last == value.start + 1 and is_counting(words, last):
            continue
        if last < len(words) and words[last].core == "week" and not words[last - 1].breaks:
            # "Sunday week" is a week on Sunday.
            last += 1
        yield _begin(words, value), last
    for at, word in enumerate(words):
        if word.core.endswith("s") and word.core.removesuffix("s") in _PLURALS:
            yield at, at + 1
        if _feast(words, at):
            yield at, at + 2
        elif word.core in _LONE_FEASTS:
            yield at, at + 1
        behind = [word.core for word in words[at + 1 : at + 4]]
        if (
            word.core in _ENDS
            and behind[:2] == ["of", "the"]
            and behind[2:] in (["month"], ["year"])
        ):
            yield at, at + 4


def _feast(words: Sequence[Word], at: int) -> bool:
    """Whether a feast of two words begins at `at`: "Mother's Day", "Christmas Eve"."""
    if at + 1 == len(words) or words[at].breaks:
        return False
    first, second = words[at].core.removesuffix("'s"), words[at + 1].core
    names = {first, first.removesuffix("s")}
    return any((name, day) in _FEASTS for name in names for day in (second, second[:-1]))


def _begin(words: Sequence[Word], value: Value) -> int:
    """Where a day begins that is told from: "the end of May", "a week on Friday"."""
    before = [word.core for word in words[max(0, value.start - 4) : value.start]]
    if before[-2:-1] and before[-2] in _ENDS and before[-1] == "of":
        return value.start - 2
    if before[-3:] in (["week", "of", "the"], ["weekend", "of", "the"]):
        return value.start - 3
    if before[-2:] == ["week", "on"] and before[-3:-2] in (["a"], ["1"]):
        return value.start - 3
    weekend = words[value.start].core == "weekend" and before[-1:] and before[-1] in _WHICH
    return value.start - 1 if weekend else value.start


def _year_end(words: Sequence[Word], end: int) -> int:
    """Where a date ends that a year may follow: "the 14th of March 1952"."""
    if words[end - 1].stops or not any(word.core in MONTHS for word in words[end - 2 : end]):
        return end
    return end + 1 if end < len(words) and _YEAR.fullmatch(words[end].core) else end


def _relative_end(words: Sequence[Word], end: int) -> int:
    """Where "the 19th of this month" and "the Wednesday after" end."""
    behind = [word.core for word in words[end : end + 3]] if not words[end - 1].breaks else []
    if behind[:1] == ["after"] and (len(behind) == 1 or words[end].breaks):
        return end + 1
    weekly = words[end - 1].core in ("week", "weekend") and behind[:1] in (["of"], ["in"])
    if weekly and not MONTHS.isdisjoint(behind[1:2]):
        return end + 2
    near = behind[:1] == ["of"] and behind[1:2] and behind[1] in ("this", "next", "last", "the")
    return end + 3 if near and behind[2:] and behind[2] in ("month", "week", "year") else end


def is_counting(words: Sequence[Word], end: int) -> bool:
    """Whether the number before `end` counts what follows: "the third floor", "15 cups"."""
    if words[end - 1].core in MONTHS or end == len(words) or words[end - 1].breaks:
        return False
    follows = words[end].core
    plain = HALVES | PREPOSITIONS | OPENERS | DISCOURSE | DETERMINERS | DAYTIME | _LINKS | _NEAR
    return follows.isalpha() and follows not in plain


def times(words: Sequence[Word]) -> Iterator[Span]:
    """Times, and numbers that may be hours, with the part of the day behind them."""
    last = -1
    for value in values(words):
        core = words[value.start].core
        ranged = last == value.start - 1 and words[last].core in ("and", "or", "to", "until")
        hour = _HOUR.fullmatch(core) and (ranged or _is_hour(words, value))
        if value.kind is Kind.NUMBER and not hour:
            continue
        if value.kind not in (Kind.TIME, Kind.NUMBER) or value.start < last:
            continue
        end = value.end
        behind = [word.core for word in words[end : end + 3]] if not words[end - 1].breaks else []
        if behind and behind[0] in HALVES:
            end += 1
        elif len(behind) == 3 and behind[:2] == ["in", "the"] and behind[2] in DAYTIME:
            end += 3
        elif " ".join(behind[:2]) in _PARTS_BEHIND:
            end += 2
        elif behind[:1] == ["tonight"]:
            end += 1
        yield value.start, end
        last = end


def _is_hour(words: Sequence[Word], value: Value) -> bool:
    """Whether a bare number may be an hour: "at 7", "make it 7", "7"; not "for 7 people"."""
    core = words[value.start].core
    before = words[value.start - 1].core if value.start else ""
    if core.isdigit() and int(core) > _LAST_HOUR:
        return False
    if is_counting(words, value.end) and not (
        before == "at" and words[value.end].core in _BEHIND_HOURS
    ):
        return False
    alone = value.end == len(words) or words[value.end - 1].breaks
    part = value.end < len(words) and words[value.end].core in (*HALVES, "in", "tonight")
    return before in _AT or part or (alone and before in ("", "it", "say", "at"))
