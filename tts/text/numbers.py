"""Numbers as English words."""

from __future__ import annotations

import re
from collections.abc import Iterable

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
LONGEST_CARDINAL = 15
"""Digits; beyond it (and from a leading zero on) digits are read one by one."""
PORTIONS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
ROMAN_PARTS = (("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))


def cardinal(number: int) -> list[str]:
    """42 -> forty two; at most 999 trillion."""
    if number < 20:
        return [ONES[number]]
    if number < 100:
        return [TENS[number // 10], *([ONES[number % 10]] if number % 10 else [])]
    if number < 1000:
        rest = cardinal(number % 100) if number % 100 else []
        return [ONES[number // 100], "hundred", *rest]
    for scale, name in SCALES:
        if number >= scale:
            rest = cardinal(number % scale) if number % scale else []
            return [*cardinal(number // scale), name, *rest]
    raise AssertionError("every number from 1000 on has a scale")


def ordinal(number: int) -> list[str]:
    """42 -> forty second."""
    *front, last = cardinal(number)
    if last in ORDINALS:
        return [*front, ORDINALS[last]]
    return [*front, last[:-1] + "ieth" if last.endswith("y") else last + "th"]


def year(number: int) -> list[str]:
    """1984 -> nineteen eighty four; 2007 -> two thousand seven; 1905 -> nineteen oh five."""
    century, rest = divmod(number, 100)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else [*cardinal(century), "hundred"]
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    return [*cardinal(century), *(["oh", ONES[rest]] if rest < 10 else cardinal(rest))]


def decade(number: int) -> list[str]:
    """1990 -> nineteen nineties; 90 -> nineties; 1800 -> eighteen hundreds."""
    *front, last = cardinal(number) if number < 100 else year(number)
    return [*front, last[:-1] + "ies" if last.endswith("y") else last + "s"]


def pairs(text: str) -> list[str]:
    """Rooms, houses and models: 1204 -> twelve oh four; 412 -> four twelve; 400 -> four hundred."""
    if not 3 <= len(text) <= 4 or text.startswith("0"):
        return spoken_number(text)
    return year(int(text))


def digits(text: str) -> list[str]:
    """Every digit by its name: 0451 -> zero four five one."""
    return [ONES[int(character)] for character in text]


def grouped_digits(text: str) -> list[str]:
    """Digits by name in groups that one can write down: 84521973 -> 8 4 5 2 , 1 9 7 3."""
    return with_pauses(digits(group) for group in groups(text))


def groups(run: str) -> list[str]:
    """Threes and fours: 555 0133, 4111 1111 1111 1111; five and fewer stay whole."""
    if len(run) <= 5:
        return [run]
    if len(run) % 4 == 0:
        sizes = [4] * (len(run) // 4)
    else:
        fours = len(run) % 3
        sizes = [3] * ((len(run) - 4 * fours) // 3) + [4] * fours
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [run[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def with_pauses(parts: Iterable[list[str]]) -> list[str]:
    """Groups of words one after the other, with a short pause between."""
    return [word for part in parts for word in (",", *part)][1:]


def spoken_number(text: str) -> list[str]:
    """Digits with commas and a decimal part: 1,234.05 -> one thousand ... point zero five."""
    whole, _, fraction = text.replace(",", "").partition(".")
    leading_zero = len(whole) > 1 and whole.startswith("0")
    plain = len(whole) > LONGEST_CARDINAL or leading_zero
    words = digits(whole) if plain else cardinal(int(whole)) if whole else []
    return [*words, "point", *digits(fraction)] if fraction else words


def portion(above: int, below: int) -> list[str]:
    """3, 4 -> three quarters; 1, 2 -> one half; 5, 100 -> five hundredths."""
    one, several = PORTIONS.get(below) or (" ".join(ordinal(below)), " ".join(ordinal(below)) + "s")
    return [*cardinal(above), *(one if above == 1 else several).split()]


def roman(text: str) -> int | None:
    """XIV -> 14, up to 39; None for what is no such number."""
    if not text or not ROMAN.fullmatch(text):
        return None
    value = 0
    while text:
        sign, worth = next(part for part in ROMAN_PARTS if text.startswith(part[0]))
        value, text = value + worth, text[len(sign) :]
    return value
