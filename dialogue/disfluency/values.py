"""Values in words: the typed spans that one says again when one corrects oneself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from dialogue.disfluency.words import Word


class Kind(Enum):
    """What a span names; a repair names the same kind as what it replaces."""

    DAY = "day"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    CODE = "code"
    NAME = "name"
    CHOICE = "choice"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Value:
    """Words `start` to `end` (exclusive) name something of this kind."""

    kind: Kind
    start: int
    end: int
    choice: int = -1
    """For `Kind.CHOICE`: which closed set the word is from."""

    def matches(self, other: Value) -> bool:
        """Whether one can stand for the other."""
        if {self.kind, other.kind} <= {Kind.TIME, Kind.NUMBER}:
            return True
        if {self.kind, other.kind} == {Kind.CODE, Kind.NUMBER}:
            return True
        return self.kind is other.kind and self.choice == other.choice


_DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday
    weekend""".split()
)
MONTHS = frozenset(
    """january february march april may june july august september october november
    december""".split()
)
_SPANS = frozenset("week month year weekend".split())
_NEAR_DAYS = frozenset("next this last early late mid".split())
DAYTIME = frozenset("morning afternoon evening night".split())
_PARTS = frozenset("morning afternoon evening night noon midnight lunchtime".split())
_UNITS = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million zero oh half double triple dozen couple"""
NUMBERS = frozenset(_UNITS.split())
_COLLECTIVE = frozenset("dozen hundred thousand million couple".split())
SINGLE = frozenset("zero oh one two three four five six seven eight nine double triple".split())
"""What numbers are made of that are said digit by digit."""
_ORDINALS = frozenset(
    """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth
    fiftieth sixtieth hundredth""".split()
)
_DIGITS = re.compile(r"[$£€]?\d[\d,.]*(?:-\d+)*%?(?:k|kg|km|cm|m|l)?")
_ORDINAL_DIGITS = re.compile(r"\d+(?:st|nd|rd|th)")
_MINUTES = frozenset("five ten twenty twenty-five 5 10 20 25".split())
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?:am|pm)?|\d{1,2}(?:am|pm)")
HALVES = frozenset(("a.m", "p.m", "am", "pm", "o'clock"))
_MIXED = re.compile(r"(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z\d-]{2,}")
_CHOICES = tuple(
    frozenset(row.split())
    for row in (
        "small medium large big tiny regular xl extra-large",
        "red green blue yellow black white brown grey gray pink purple orange silver gold beige",
        "inside outside indoors outdoors",
        "single double twin triple king queen",
        "window aisle middle",
        "credit debit cash",
        "singles returns",
        "vanilla chocolate strawberry mint lemon",
        "checking savings current",
        "left right",
        "hot cold iced warm",
        "chicken beef veggie vegan fish lamb pork",
        "kilos kilo pounds grams metres meters yards feet inches litres liters",
    )
)
SIZES, COLOURS = _CHOICES[:2]
_TITLES = frozenset("mr mrs ms miss mister doctor dr professor terminal gate room".split())
_LOWER_I = frozenset(("i", "i'm", "i'd", "i'll", "i've", "ok", "okay"))


def values(words: Sequence[Word]) -> tuple[Value, ...]:
    """The values of `words`, in order and apart from one another."""
    return _values(tuple(words))


@lru_cache(maxsize=64)  # every rule asks for the values of the words it looks at
def _values(words: tuple[Word, ...]) -> tuple[Value, ...]:
    found: list[Value] = []
    at = 0
    while at < len(words):
        value = _value(words, at)
        if value is None:
            at += 1
        else:
            found.append(value)
            at = value.end
    return tuple(found)


def _value(words: Sequence[Word], at: int) -> Value | None:
    for find in (_time, _date, _day, _code, _number, _choice, _name):
        if value := find(words, at):
            return value
    return None


def _core(words: Sequence[Word], at: int) -> str:
    return words[at].core if 0 <= at < len(words) else ""


def _time(words: Sequence[Word], at: int) -> Value | None:
    core = _core(words, at)
    if core in ("half", "quarter") and _core(words, at + 1) in ("past", "to"):
        end = _number_end(words, at + 2)
        return Value(Kind.TIME, at, end) if end > at + 2 else None
    if _CLOCK.fullmatch(core):
        return Value(Kind.TIME, at, at + 1 + (_core(words, at + 1) in HALVES))
    end = _number_end(words, at)
    if end > at and not words[end - 1].breaks:
        link, ranged = _core(words, end), _core(words, at - 1) in ("from", "between")
        if link == "past" or (link == "to" and core in _MINUTES and not ranged):
            hour = _number_end(words, end + 1)
            if hour > end + 1:
                return Value(Kind.TIME, at, hour)
        if _core(words, end) in HALVES:
            return Value(Kind.TIME, at, end + 1)
        inside = [_core(words, i) for i in range(end, end + 3)]
        if inside[:2] == ["in", "the"] and inside[2] in DAYTIME:
            return Value(Kind.TIME, at, end + 3)
    return Value(Kind.TIME, at, at + 1) if core in _PARTS else None


def _date(words: Sequence[Word], at: int) -> Value | None:
    start, core = at, _core(words, at)
    if core in _NEAR_DAYS and _core(words, at + 1) in MONTHS:
        return Value(Kind.DATE, start, at + 2)
    if core in MONTHS and (core not in ("may", "march") or words[at].is_capital):
        end = at + 1
        while end < len(words) and (_is_ordinal(words, end) or _DIGITS.fullmatch(words[end].core)):
            end = _ordinal_end(words, end) if _is_ordinal(words, end) else end + 1
        return Value(Kind.DATE, start, end)
    if (end := _ordinal_end(words, at)) > at:
        month = end + (_core(words, end) == "of")
        if _core(words, month) in MONTHS and not words[end - 1].breaks:
            end = month + 1
        return Value(Kind.DATE, start, end)
    return None


def _is_ordinal(words: Sequence[Word], at: int) -> bool:
    return _ordinal_end(words, at) > at


def _ordinal_end(words: Sequence[Word], at: int) -> int:
    core = _core(words, at)
    if core in _ORDINALS or _ORDINAL_DIGITS.fullmatch(core):
        return at + 1
    if core in ("twenty", "thirty") and _core(words, at + 1) in _ORDINALS:
        return at + 2
    tail = core.partition("-")[2]
    return at + 1 if tail in _ORDINALS else at


def _day(words: Sequence[Word], at: int) -> Value | None:
    start = at
    near = [_core(words, i) for i in range(at, at + 3)]
    if near[0] == "day" and near[1] in ("after", "before") and near[2] in _DAYS:
        return Value(Kind.DAY, at, at + 3)
    if _core(words, at) in _NEAR_DAYS:
        at += 1
        if _core(words, at) in DAYTIME | _SPANS and near[0] in ("this", "next", "last"):
            return Value(Kind.DAY, start, at + 1)
    if _core(words, at) not in _DAYS:
        return None
    end = at + 1
    if _core(words, end).removesuffix("s") in _PARTS and not words[at].breaks:
        end += 1
    return Value(Kind.DAY, start, end)


def _number_end(words: Sequence[Word], at: int) -> int:
    """Where the number that begins at `at` ends; `at` where none does."""
    end = at
    while end < len(words) and (end == at or not words[end - 1].breaks):
        core = words[end].core
        if (
            core in NUMBERS
            or _DIGITS.fullmatch(core)
            or all(part in NUMBERS for part in core.split("-"))
        ):
            end += 1
        elif core == "and" and end > at and words[end - 1].core in ("hundred", "thousand"):
            if _core(words, end + 1) in NUMBERS or _core(words, end + 1) == "a":
                end += 1
            else:
                break
        else:
            break
    while end > at and words[end - 1].core in ("and", "oh"):
        end -= 1
    half = [_core(words, i) for i in range(end, end + 3)] == ["and", "a", "half"]
    return end + 3 if end > at and half and not words[end - 1].breaks else end


def _number(words: Sequence[Word], at: int) -> Value | None:
    article = _core(words, at) == "a" and _core(words, at + 1) in _COLLECTIVE
    end = _number_end(words, at + article)
    return Value(Kind.NUMBER, at, end) if end > at + article else None


def _is_letter(word: Word) -> bool:
    return (
        len(word.core) == 1
        and word.core.isalpha()
        and ((word.text[0].isupper() and word.core != "i") or word.core not in "ai")
    )


def _is_spelled(words: Sequence[Word], at: int) -> bool:
    """Whether an "I" or "A" among letters is one of them: "S K I", not "B I need"."""
    last = at + 1 == len(words) or words[at].breaks
    return words[at].text[:1] in "AI" and (last or _is_letter(words[at + 1]))


def _code(words: Sequence[Word], at: int) -> Value | None:
    if _MIXED.fullmatch(_core(words, at)) and not _ORDINAL_DIGITS.fullmatch(_core(words, at)):
        return Value(Kind.CODE, at, at + 1)
    if not _is_letter(words[at]) or (words[at].core == "a" and at == 0):
        # Digits that letters follow are a code too: "14 C".
        end = at
        while end < len(words) and _DIGITS.fullmatch(words[end].core):
            end += 1
            if words[end - 1].breaks:
                return None
        if end == at or end >= len(words) or not _is_letter(words[end]) or words[end].core == "a":
            return None
        return Value(Kind.CODE, at, end + 1)
    end = at
    while end < len(words) and (end == at or not words[end - 1].breaks):
        spelled = end > at + 1 and _is_spelled(words, end)
        if not (spelled or _is_letter(words[end]) or _DIGITS.fullmatch(words[end].core)):
            break
        end += 1
    return Value(Kind.CODE, at, end) if end > at + 1 or words[at].core not in "ai" else None


def _choice(words: Sequence[Word], at: int) -> Value | None:
    for number, choices in enumerate(_CHOICES):
        if words[at].core in choices:
            return Value(Kind.CHOICE, at, at + 1, number)
    return None


def _name(words: Sequence[Word], at: int) -> Value | None:
    end = at
    while end < len(words) and words[end].is_capital and (end == at or not words[end - 1].breaks):
        core = words[end].core
        if core in _LOWER_I | NUMBERS | _DAYS | MONTHS or core.removesuffix("s") in _DAYS:
            break
        end += 1
    # The first word of a sentence has its capital from there; only titles tell.
    if (at == 0 or words[at - 1].stops) and words[at].core not in _TITLES:
        return None
    return Value(Kind.NAME, at, end) if end > at else None
