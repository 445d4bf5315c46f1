"""Number words -> numbers: cardinals, ordinals, and digits said one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_UNITS: Final = {
    word: value
    for value, word in enumerate("one two three four five six seven eight nine".split(), 1)
}
_TEENS: Final = {
    word: value
    for value, word in enumerate(
        """ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
        nineteen""".split(),
        10,
    )
}
_TENS: Final = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SMALL_ORDINALS: Final = {
    word: value
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
        thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth""".split(),
        1,
    )
}
_TENS_ORDINALS: Final = {word[:-1] + "ieth": value for word, value in _TENS.items()}
_NOUGHTS: Final = frozenset("zero oh o".split())
_POWERS: Final = {"thousand": 1000, "million": 1_000_000}
_TIMES: Final = {"double": 2, "triple": 3}

HOURS: Final = range(1, 13)
ORDINALS: Final = frozenset((*_SMALL_ORDINALS, *_TENS_ORDINALS))


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number that ends before word `end`; as a string it is written in digits."""

    value: int
    end: int
    digits: str = ""
    """How it is written where that is not `value` itself: "007", "2.5"."""
    written: bool = False
    """It was in digits already."""

    def __str__(self) -> str:
        return self.digits or str(self.value)


def below_hundred(cores: Sequence[str], at: int) -> Numeral | None:
    """The number from 1 to 99 that begins at `at`."""
    if at >= len(cores):
        return None
    core = cores[at]
    if core.isascii() and core.isdigit() and len(core) <= 2:
        return Numeral(int(core), at + 1, core, written=True)
    tens, hyphen, unit = core.partition("-")
    if hyphen and tens in _TENS and unit in _UNITS:
        return Numeral(_TENS[tens] + _UNITS[unit], at + 1)
    if core in _TENS:
        unit = cores[at + 1] if at + 1 < len(cores) else ""
        more = _UNITS.get(unit, 0)
        return Numeral(_TENS[core] + more, at + 1 + (more > 0))
    value = _UNITS.get(core) or _TEENS.get(core)
    return Numeral(value, at + 1) if value else None


def ordinal(cores: Sequence[str], at: int) -> Numeral | None:
    """The ordinal from 1st to 99th that begins at `at`."""
    tens, hyphen, unit = cores[at].partition("-")
    end = at + 1
    if not hyphen and tens in _TENS and at + 1 < len(cores):
        unit, end = cores[at + 1], at + 2
    if tens in _TENS and 0 < _SMALL_ORDINALS.get(unit, 0) < 10:
        return Numeral(_TENS[tens] + _SMALL_ORDINALS[unit], end)
    value = _SMALL_ORDINALS.get(cores[at]) or _TENS_ORDINALS.get(cores[at])
    return Numeral(value, at + 1) if value else None


def numerals(cores: Sequence[str]) -> list[Numeral]:
    """The numbers that follow one another from the first word on; [] where none begins."""
    found: list[Numeral] = []
    at = 0
    while at < len(cores) and (number := _repeated(cores, at, found) or _cardinal(cores, at)):
        found.append(number)
        at = number.end
    # "one oh" and no more: the "oh" said nothing, nor does "oh double oh".
    while found and _is_oh(cores, found[-1]):
        told = not all(_is_oh(cores, number) for number in found)
        if told and len(found[-1].digits) > 1:
            break
        found.pop()
    return found


def _is_oh(cores: Sequence[str], number: Numeral) -> bool:
    """Whether it is a nought that may as well be an exclamation."""
    return number.value == 0 and cores[number.end - 1] in ("oh", "o")


def _repeated(cores: Sequence[str], at: int, before: Sequence[Numeral]) -> Numeral | None:
    """ "Double seven", and the noughts among digits."""
    times = _TIMES.get(cores[at], 1)
    place = at + (times > 1)
    if place >= len(cores):
        return None
    core = cores[place]
    if core in _NOUGHTS:
        follows = place + 1 < len(cores) and cores[place + 1] in {*_UNITS, *_NOUGHTS, *_TIMES}
        if core == "zero" or before or follows or times > 1:
            return Numeral(0, place + 1, "0" * times)
        return None
    if times > 1 and core in _UNITS:
        return Numeral(_UNITS[core], place + 1, str(_UNITS[core]) * times)
    return None


def _cardinal(cores: Sequence[str], at: int) -> Numeral | None:
    """A whole number, or one with "point five", "and a half" or "dozen" behind it."""
    if tuple(cores[at : at + 3]) == ("half", "a", "dozen"):
        return Numeral(6, at + 3)
    total, end = 0, at
    while (part := _below_thousand(cores, end if end == at else _after_and(cores, end))) and (
        end == at or total % 1000 == 0
    ):
        power = _POWERS.get(cores[part.end] if part.end < len(cores) else "", 1)
        if end != at and power >= total:
            break
        total, end = total + part.value * power, part.end + (power > 1)
        if power == 1:
            break
    if end == at:
        return None
    written = end == at + 1 and cores[at].isdigit()
    return _fraction(cores, total, end) or Numeral(
        total, end, cores[at] if written else "", written
    )


def _after_and(cores: Sequence[str], at: int) -> int:
    return at + (at < len(cores) and cores[at] == "and")


def _below_thousand(cores: Sequence[str], at: int) -> Numeral | None:
    """The number below a thousand at `at`; "a" is one before "hundred" and the like."""
    following = cores[at + 1] if at + 1 < len(cores) else ""
    if at < len(cores) and cores[at] == "a":
        if following in _POWERS:
            return Numeral(1, at + 1)
        if following == "dozen":
            return Numeral(12, at + 2)
        number: Numeral | None = Numeral(1, at + 1) if following == "hundred" else None
    else:
        number = below_hundred(cores, at)
    if number is None:
        return None
    after = cores[number.end] if number.end < len(cores) else ""
    if after == "dozen":
        return Numeral(12 * number.value, number.end + 1)
    if after != "hundred":
        return number
    hundreds = Numeral(100 * number.value, number.end + 1)
    rest = below_hundred(cores, _after_and(cores, hundreds.end))
    return Numeral(hundreds.value + rest.value, rest.end) if rest else hundreds


def _fraction(cores: Sequence[str], whole: int, end: int) -> Numeral | None:
    """The number with what follows it: "two point five", "three and a half"."""
    if tuple(cores[end : end + 3]) == ("and", "a", "half"):
        return Numeral(whole, end + 3, f"{whole}.5")
    if end >= len(cores) or cores[end] != "point":
        return None
    digits, at = "", end + 1
    while at < len(cores) and (cores[at] in _UNITS or cores[at] in _NOUGHTS):
        digits += str(_UNITS.get(cores[at], 0))
        at += 1
    return Numeral(whole, at, f"{whole}.{digits}") if digits else None
