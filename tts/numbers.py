"""Numbers as English words."""

from __future__ import annotations

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


def digits(text: str) -> list[str]:
    """Every digit by its name: 0451 -> zero four five one."""
    return [ONES[int(character)] for character in text]


def spoken_number(text: str) -> list[str]:
    """Digits with commas and a decimal part: 1,234.05 -> one thousand ... point zero five."""
    whole, _, fraction = text.replace(",", "").partition(".")
    leading_zero = len(whole) > 1 and whole.startswith("0")
    plain = len(whole) > LONGEST_CARDINAL or leading_zero
    words = digits(whole) if plain else cardinal(int(whole or "0"))
    return [*words, "point", *digits(fraction)] if fraction else words
