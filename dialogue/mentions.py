"""What was mentioned, by kind: the days, times, names, codes and amounts among words.

A parameter of a tool takes one kind of them, which its name tells: `day`, `order_number`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from dialogue.disfluency.numerals import below_hundred
from dialogue.disfluency.scene import DETERMINERS, DISCOURSE, OPENERS, PREPOSITIONS
from dialogue.disfluency.values import MONTHS, Kind, Value, values
from dialogue.disfluency.words import Word, cores

Span = tuple[int, int]
"""Places of words, the end exclusive."""
_BARE: Final = re.compile(r"^[^\w$£€+@#]*(.*?)[^\w%'+#]*$", re.DOTALL)
_HOUR: Final = re.compile(r"\d{1,2}(?:[:.]\d\d)?(?:am|pm)?")
_UNSPEAKABLE: Final = re.compile(
    r"(?!Mrs?$|Ms$|Dr$|St$|H?m+$)[B-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xz]{1,3}"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_LARGE: Final = re.compile(r"[\d-]{3,}")
_PLURALS: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday weekday weekend".split()
)
_DAYTIME: Final = frozenset("morning afternoon evening night".split())
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
_HALVES: Final = frozenset("am pm a.m p.m o'clock".split())
_NO_NAMES: Final = OPENERS | DISCOURSE | DETERMINERS | PREPOSITIONS
_UNITS: Final = frozenset(
    """quid bucks grand pint pints gallon gallons tablet tablets pill pills mil ounce ounces lb lbs
    dollar dollars euro euros pound pounds cents bucks percent degrees gram grams kilo kilos mile
    miles metre metres meter meters litre litres liter liters inch inches foot feet milligram
    milligrams minute minutes hour hours day days night nights week weeks month months year years
    dozen""".split()
)
CONTAINERS: Final = frozenset(
    """pack packs packet packets box boxes bottle bottles bag bags piece pieces can cans jar jars
    ream reams roll rolls pair pairs slice slices glass glasses cup cups crate crates""".split()
)
_PLACES: Final = PREPOSITIONS - {"from", "to"}
_LONGEST_PLACE: Final = 4
_ENDS: Final = frozenset("end beginning start middle".split())
_LAST_HOUR: Final = 24
_STRICT: Final = frozenset(("day", "time", "name"))
_NAMED_THINGS: Final = frozenset(
    """class course item product film movie show play book dish drink medicine medication service
    event game hotel plan package""".split()
)
_VAGUE: Final = frozenset("window slot range since preference period block".split())
_TELLING: Final = frozenset("time date day number".split())
_PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "time": frozenset("time hour".split()),
    "day": frozenset("day date month".split()),
    "name": frozenset(("name",)),
    "code": frozenset(
        """number code reference order invoice phone postcode zip spelling flight extension
        registration plate ending pin serial id""".split()
    ),
    "amount": frozenset(
        """amount quantity price weight dose age temperature duration year length height width
        distance cost fee fare rate total balance limit budget deposit dosage""".split()
    ),
    "from": frozenset("from origin".split()),
    "to": frozenset("to destination".split()),
}


def kind_of(parameter: str) -> str:
    """The kind that a parameter of this name takes; "span", any words, where it tells none."""
    head = head_of(parameter)
    # "Hours" is how many, "hour" which one.
    either = {head} if head == "hours" else {head, head.removesuffix("s")}
    return next((kind for kind, names in _PARAMETERS.items() if either & names), "span")


def head_of(parameter: str) -> str:
    """The noun of a parameter's name: "birth_date" -> "date", "date_of_birth" -> "date".

    The name of a thing is the thing: "class_name" -> "class".
    """
    words = parameter.lower().strip("_").partition("_of_")[0].split("_")
    if words[-1] == "name" and words[-2:-1] and words[-2] in _NAMED_THINGS:
        words.pop()
    telling = [word for word in words if word in _TELLING]
    return telling[-1] if words[-1] in _VAGUE and telling else words[-1]


def is_strict(kind: str) -> bool:
    """Whether a parameter of this kind takes nothing else: "at the door" is no day."""
    return kind in _STRICT


def mentions(words: Sequence[Word]) -> dict[str, list[str]]:
    """What of each kind `words` mention and do not deny, in their order."""
    return {kind: [text(words, *span) for span in found] for kind, found in spans(words).items()}


def spans(words: Sequence[Word]) -> dict[str, list[Span]]:
    """Where `mentions` are, by kind."""
    return {
        kind: [span for span in find(words) if not _denied(words, span[0])]
        for kind, find in _FINDERS.items()
    }


def _denied(words: Sequence[Word], at: int) -> bool:
    """ "Not Monday", "not on Monday"; "not before Monday" does not."""
    if at and words[at - 1].core in ("before", "after", "until", "till", "than"):
        return False
    return (
        "not"
        in [word.core for word in words[max(0, at - 2) : at] if word.core not in PREPOSITIONS][-1:]
    )


def counts(words: Sequence[Word]) -> dict[str, str]:
    """How many there are of what is counted, by the noun: {"children": "2"}."""
    found: dict[str, str] = {}
    for here, following in pairwise(words):
        number = below_hundred([here.core], 0)
        if number and not here.breaks and following.core.isalpha():
            found.setdefault(following.core, str(number.value))
    return found


def counted(parameter: str, found: Mapping[str, str]) -> str | None:
    """How many `counts` found of what the parameter is named for; None where it found none."""
    named = parameter.removeprefix("number_of_").removesuffix("_count").removesuffix("_number")
    stem = named.rpartition("_")[2].removesuffix("s")
    for noun, number in found.items():
        short, long = sorted((noun.removesuffix("s"), stem), key=len)
        if len(short) > 2 and long.startswith(short) and len(long) - len(short) <= 3:
            return number
    return None


def bare(text: str) -> str:
    """`text` without the punctuation around it."""
    match = _BARE.match(text)
    return match.group(1) if match and match.group(1) else text


def wholes(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Words that are one value, as places: nobody means half of "the 9th of June"."""
    kinds = (Kind.TIME, Kind.CODE, Kind.NUMBER, Kind.NAME)
    return [*_days(words), *((v.start, v.end) for v in values(words) if v.kind in kinds)]


_Spans = Iterator[Span]


def text(words: Sequence[Word], start: int, end: int) -> str:
    """Words `start` to `end` (exclusive), without the punctuation around them."""
    return bare(" ".join(word.text for word in words[start:end]))


def _days(words: Sequence[Word]) -> _Spans:
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
        part = value.start - 2
        ends = part >= 0 and words[part].core in _ENDS and words[part + 1].core == "of"
        yield part if ends else value.start, last
    for at, word in enumerate(words):
        if word.core.endswith("s") and word.core.removesuffix("s") in _PLURALS:
            yield at, at + 1
        pair = (word.core.removesuffix("'s").removesuffix("s"), *cores(words[at + 1 : at + 2]))
        if pair in _FEASTS or (pair[0], pair[-1].removesuffix("s")) in _FEASTS:
            yield at, at + 2
        elif word.core in _LONE_FEASTS and pair not in _FEASTS:
            yield at, at + 1
        behind = [word.core for word in words[at + 1 : at + 4]]
        if (
            word.core in _ENDS
            and behind[:2] == ["of", "the"]
            and behind[2:] in (["month"], ["year"])
        ):
            yield at, at + 4


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
    if (
        words[end - 1].core == "week"
        and behind[:1] == ["of"]
        and not MONTHS.isdisjoint(behind[1:2])
    ):
        return end + 2
    near = behind[:1] == ["of"] and behind[1:2] and behind[1] in ("this", "next", "last", "the")
    return end + 3 if near and behind[2:] and behind[2] in ("month", "week", "year") else end


def is_counting(words: Sequence[Word], end: int) -> bool:
    """Whether the number before `end` counts what follows: "the third floor", "15 cups"."""
    if words[end - 1].core in MONTHS or end == len(words) or words[end - 1].breaks:
        return False
    follows = words[end].core
    plain = _HALVES | PREPOSITIONS | OPENERS | DISCOURSE | DETERMINERS | _DAYTIME | _LINKS
    return follows.isalpha() and follows not in plain


def _times(words: Sequence[Word]) -> _Spans:
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
        cores = [word.core for word in words[end : end + 3]] if not words[end - 1].breaks else []
        if cores and cores[0] in _HALVES:
            end += 1
        elif len(cores) == 3 and cores[:2] == ["in", "the"] and cores[2] in _DAYTIME:
            end += 3
        elif " ".join(cores[:2]) in _PARTS_BEHIND:
            end += 2
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
    part = value.end < len(words) and words[value.end].core in (*_HALVES, "in")
    return before in _AT or part or (alone and before in ("", "it", "say", "at"))


def _names(words: Sequence[Word]) -> _Spans:
    """Runs of words with capitals, but for those that begin sentences and name nobody."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and words[end].is_capital and words[end].core not in _NO_NAMES:
            end += 1
            if words[end - 1].breaks:
                break
        if end > at:
            yield at, end
        at = max(end, at + 1)


def _codes(words: Sequence[Word]) -> _Spans:
    """Codes, spelled words and numbers; long ones that a pause divides are one: "0207, 555 12"."""
    parts = [(v.start, v.end) for v in values(words) if v.kind in (Kind.CODE, Kind.NUMBER)]
    taken = {at for part in parts for at in range(*part)}
    spelled = [
        (at, at + 1)
        for at, word in enumerate(words)
        if at not in taken and len(word.core) > 1 and _is_spelled(bare(word.text))
    ]
    runs: list[tuple[int, int]] = []
    for start, end in sorted(parts + spelled):
        before = words[start - 1] if start else None
        joined = before is not None and not before.stops
        whole = joined and (not words[start - 1].pauses or _is_long(words, *runs[-1:]))
        if runs and runs[-1][1] == start and whole:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    yield from runs


def _is_spelled(word: str) -> bool:
    """Capitals, or letters that make no word: "KX", which some recognisers write "Kx"."""
    return word.isupper() or _UNSPEAKABLE.fullmatch(word) is not None


def _is_long(words: Sequence[Word], *run: tuple[int, int]) -> bool:
    together = "".join(bare(word.text) for start, end in run for word in words[start:end])
    return bool(_LARGE.match(together)) or (len(together) > 1 and not together.isdigit())


def _amounts(words: Sequence[Word]) -> _Spans:
    """Numbers with their units, "2 kilos", and "a litre"; hours of the day are none."""
    for value in values(words):
        before = words[value.start - 1].core if value.start else ""
        decimal = value.kind is Kind.TIME and "." in bare(words[value.start].text)
        if (value.kind is Kind.NUMBER or decimal) and before not in ("at", "@"):
            yield value.start, _unit_end(words, value.end)
    for at, word in enumerate(words[:-1]):
        if word.core in ("a", "an") and words[at + 1].core in _UNITS:
            yield at, at + 2


def _unit_end(words: Sequence[Word], end: int) -> int:
    """Where the unit ends; after "half a" anything is one."""
    article = end < len(words) and words[end].core == "a"
    unit = end + article
    joined = unit < len(words) and not words[end - 1].breaks
    return unit + 1 if joined and (article or words[unit].core in _UNITS | CONTAINERS) else end


def _behind(link: str) -> Callable[[Sequence[Word]], _Spans]:
    """What "from" or "to" leads up to, where that is no verb."""

    def find(words: Sequence[Word]) -> _Spans:
        for at in range(len(words) - 1):
            first = words[at + 1]
            named = first.is_capital or first.core[:1].isdigit() or first.core in DETERMINERS
            if words[at].core != link or words[at].breaks or not named:
                continue
            end = at + 1
            while end < min(len(words), at + 1 + _LONGEST_PLACE):
                if words[end].core in _PLACES - {"of"} | {"from", "to", "and"}:
                    break
                end += 1
                if words[end - 1].breaks:
                    break
            if end > at + 1:
                yield at + 1, end

    return find


_FINDERS: Final[Mapping[str, Callable[[Sequence[Word]], _Spans]]] = {
    "day": _days,
    "time": _times,
    "name": _names,
    "code": _codes,
    "amount": _amounts,
    "from": _behind("from"),
    "to": _behind("to"),
}
