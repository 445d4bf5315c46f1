"""What was mentioned, by kind: the days, times, names, codes and amounts among words.

A parameter of a tool takes one kind of them, which its name tells: `day`, `order_number`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from dialogue.calendar import Span, days, times
from dialogue.disfluency.numerals import below_hundred
from dialogue.disfluency.scene import (
    DETERMINERS,
    DISCOURSE,
    GREETINGS,
    OPENERS,
    PREPOSITIONS,
)
from dialogue.disfluency.values import Kind, values
from dialogue.disfluency.words import Word

_BARE: Final = re.compile(r"^[^\w$£€+@#]*(.*?)[^\w%'+#]*$", re.DOTALL)
_UNSPEAKABLE: Final = re.compile(
    r"(?!Mrs?$|Ms$|Dr$|St$|H?m+$)[B-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xz]{1,3}"
)
_LARGE: Final = re.compile(r"[\d-]{3,}")
_NO_NAMES: Final = OPENERS | DISCOURSE | DETERMINERS | PREPOSITIONS | GREETINGS
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
_STRICT: Final = frozenset(("day", "time", "name"))
_NAMED_THINGS: Final = frozenset(
    """class course item product film movie show play book dish drink medicine medication service
    event game hotel plan package""".split()
)
_VAGUE: Final = frozenset("window slot range since preference period block".split())
_TELLING: Final = frozenset("time date day number".split())
_PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "time": frozenset("time hour window slot".split()),
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
    if words[0] == "check" and words[1:] in (["in"], ["out"]):
        return "".join(words)
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
    return [*days(words), *((v.start, v.end) for v in values(words) if v.kind in kinds)]


_Spans = Iterator[Span]


def text(words: Sequence[Word], start: int, end: int) -> str:
    """Words `start` to `end` (exclusive), without the punctuation around them."""
    return bare(" ".join(word.text for word in words[start:end]))


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
    last = 0
    for value in values(words):
        if value.start < last:
            continue
        before = words[value.start - 1].core if value.start else ""
        decimal = value.kind is Kind.TIME and "." in bare(words[value.start].text)
        if (value.kind is Kind.NUMBER or decimal) and before not in ("at", "@"):
            last = _unit_end(words, value.end)
            yield value.start, last
    for at, word in enumerate(words[:-1]):
        if word.core in ("a", "an") and words[at + 1].core in _UNITS:
            yield at, at + 2


def _unit_end(words: Sequence[Word], end: int) -> int:
    """Where the unit ends; after "half a" anything is one."""
    article = end < len(words) and words[end].core == "a"
    unit = end + article
    joined = unit < len(words) and not words[end - 1].breaks
    pence = words[unit + 1].core if unit + 1 < len(words) and not words[unit].breaks else ""
    if joined and words[unit].core in ("pound", "pounds", "dollar", "dollars"):
        return unit + 1 + (len(pence) == 2 and pence.isdigit())
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
    "day": days,
    "time": times,
    "name": _names,
    "code": _codes,
    "amount": _amounts,
    "from": _behind("from"),
    "to": _behind("to"),
}
