"""Quantities: numbers, ranges, fractions, percent, measures, multiples."""

# ruff: noqa: RUF001 - typographic dashes and signs are meant
from __future__ import annotations

import re
import unicodedata

from tts.text import cues
from tts.text.numbers import (
    cardinal,
    decade,
    digits,
    grouped_digits,
    ordinal,
    pairs,
    portion,
    spoken_number,
    with_pauses,
    year,
)
from tts.text.rules import Rule, follows, rule
from tts.text.units import UNIT, UNITS

NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,20})?(?![\d]|,\d{3})|\d{1,400}(?:\.\d{1,20})?)"
SIGN = r"(?:(?<![\w)\]%.])[-−–+±])"
DASH = r"(?:\s?[-–—−]\s?)"
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
SIGNS = {"-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus"}
SCALES = {"k": "thousand", "m": "million", "b": "billion", "mn": "million", "bn": "billion"}

_DENOMINATORS = frozenset((2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 32, 64))

# "1204 Oak Street": house numbers are read in pairs too.
ADDRESS_AHEAD = re.compile(
    r"\s(?:[NSEW]\.?\s|North\s|South\s|East\s|West\s)?(?:[A-Z][\w']{0,20}\s|\d{1,3}(?:st|nd|rd|th)"
    r"\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane|Way|Ct|Court|Pl|"
    r"Place|Pkwy|Parkway|Hwy|Highway|Sq|Square)\b"
)
# "1500 people", "2000 dollars": several of something, so no year.
QUANTITY_AHEAD = re.compile(r"\s(?!is\b|was\b|has\b|as\b|this\b|its\b)(?:people|[a-z]+[^s\W]s)\b")


def say_number(match: re.Match[str]) -> list[str]:
    """A bare number: digits after "account", pairs after "room", years from 1100 to 2099."""
    text, rest = match["number"], match.string[match.end() : match.end() + 80]
    return [*signed(match["sign"]), *_bare(match, text, rest)]


def _bare(match: re.Match[str], text: str, rest: str) -> list[str]:
    if not text.isdigit():
        return spoken_number(text)
    counted = QUANTITY_AHEAD.match(rest)
    spelled = len(text) > 2 and not counted and follows(match, cues.SPELLED)
    spelled = spelled or (len(text) == 5 and follows(match, cues.STATE))
    if spelled or len(text) > 6:
        return grouped_digits(text)
    if 3 <= len(text) <= 4 and (follows(match, cues.PAIRED) or ADDRESS_AHEAD.match(rest)):
        return pairs(text)
    is_year = len(text) == 4 and 1100 <= int(text) < 2100
    if is_year and (not counted or follows(match, cues.YEAR)):
        return year(int(text))
    return spoken_number(text)


def count(text: str) -> list[str]:
    """A number in a range: a year where it looks like one."""
    is_year = len(text) == 4 and text.isdigit() and 1100 <= int(text) < 2100
    return year(int(text)) if is_year else spoken_number(text)


def signed(sign: str | None) -> list[str]:
    """- -> minus."""
    return SIGNS[sign].split() if sign else []


def say_scaled(match: re.Match[str]) -> list[str] | None:
    """10k -> ten thousand; 1.5M -> one point five million; but 4K is a screen."""
    number, scale = match["number"], match["scale"]
    if scale != "k" and len(number) == 1:
        return None
    return [*signed(match["sign"]), *spoken_number(number), SCALES[scale.lower()]]


def say_range(match: re.Match[str]) -> list[str] | None:
    """9-5 -> nine to five; 1990-95 -> nineteen ninety to ninety five; 10 - 3 = 7 takes away."""
    low, high = match["low"], match["high"]
    word = "minus" if re.match(r"\s?=", match.string[match.end() : match.end() + 2]) else "to"
    return [*count(low), word, *count(high)]


def say_runs(match: re.Match[str]) -> list[str]:
    """123-45-6789 and 9-1-1: digits in their groups."""
    runs = match.group().split("-")
    if all(len(run) == 1 for run in runs):
        return digits("".join(runs))
    return with_pauses(digits(run) for run in runs)


def say_fraction(match: re.Match[str]) -> list[str] | None:
    """1/2 -> one half; 3 1/4 -> three and a quarter; 24/7 -> twenty four seven; 8/10 -> out of."""
    if match["vulgar"]:
        above, below = unicodedata.normalize("NFKC", match["vulgar"]).split("⁄")
    else:
        above, below = match["above"], match["below"]
    if not match["vulgar"] and _is_date(match, int(above), int(below)):
        return None
    return fraction(match["whole"], int(above), int(below))


def fraction(whole: str | None, above: int, below: int) -> list[str]:
    """A whole number and a part of one, as words."""
    if whole:
        part = portion(above, below)
        return [*spoken_number(whole), "and", *(["a", *part[1:]] if above == 1 else part)]
    if above == below or (above, below) in ((24, 7), (9, 11)):
        return [*cardinal(above), *cardinal(below)]
    if above < below and below in _DENOMINATORS:
        return portion(above, below)
    if above <= below and below in (10, 100):
        return [*cardinal(above), "out", "of", *cardinal(below)]
    return [*cardinal(above), "over", *cardinal(below)]


def _is_date(match: re.Match[str], month: int, day: int) -> bool:
    is_cued = follows(match, cues.DATE) and not match["whole"]
    return is_cued and 1 <= month <= 12 and 1 <= day <= 31 and day not in (2, 3, 4)


def say_percent(match: re.Match[str]) -> list[str]:
    """-2.5% -> minus two point five percent; 5-10% -> five to ten percent."""
    low = [*spoken_number(match["low"]), "to"] if match["low"] else []
    return [*signed(match["sign"]), *low, *spoken_number(match["share"]), "percent"]


def say_measure(match: re.Match[str]) -> list[str]:
    """1 km -> one kilometer; -5°F -> minus five degrees fahrenheit; 5-10 kg; 3 GB/day."""
    low = [*spoken_number(match["low"]), "to"] if match["low"] else []
    size = match["size"]
    if size[-1] in VULGAR:
        above, below = unicodedata.normalize("NFKC", size[-1]).split("⁄")
        words = fraction(size[:-1].strip() or None, int(above), int(below))
        is_one = len(size) == 1
    else:
        words, is_one = spoken_number(size), size == "1" and not low
    one, several = UNITS[match["unit"]]
    # "a 45° angle" is a forty five degree angle.
    is_kind = follows(match, cues.ARTICLE)
    return [*signed(match["sign"]), *low, *words, *(one if is_one or is_kind else several)]


def say_size(match: re.Match[str]) -> list[str]:
    """4 x 6 -> four by six; 1920x1080 -> nineteen twenty by ten eighty."""
    words: list[str] = []
    for side in re.split(r"\s?[x×]\s?", match["sides"]):
        words += ["by", *(pairs(side) if len(side) == 4 else spoken_number(side))]
    unit = UNITS[match["unit"]][1] if match["unit"] else []
    return [*words[1:], *unit]


def say_height(match: re.Match[str]) -> list[str]:
    """5'10" -> five foot ten."""
    return [*cardinal(int(match["feet"])), "foot", *cardinal(int(match["inches"]))]


def say_lasting(match: re.Match[str]) -> list[str]:
    """2h 30m -> two hours thirty minutes; 1m 5s -> one minute five seconds."""
    first, second = ("hour", "minute") if match["big"] == "h" else ("minute", "second")
    long, short = int(match["many"]), int(match["few"])
    return [
        *cardinal(long), first + "s" * (long != 1), *cardinal(short), second + "s" * (short != 1)
    ]  # fmt: skip


def say_ordinal(match: re.Match[str]) -> list[str]:
    """21st -> twenty first."""
    return ordinal(int(match["nth"].replace(",", "")))


def say_decade(match: re.Match[str]) -> list[str]:
    """The 1990s, the '90s and the 90s."""
    return decade(int(match["decade"]))


RULES: tuple[Rule, ...] = (
    rule("decade", r"(?<!\w)'?(?P<decade>(?:1[1-9]|20)\d0|[2-9]0)'?s\b", say_decade),
    rule("number", r"""(?<![\w.-])(?P<feet>\d)'\s?(?P<inches>1[01]|\d)(?:"|'')""", say_height),
    rule("measure", r"\b(?P<many>\d{1,3})(?P<big>[hm])\s?(?P<few>\d{1,2})(?:min|m|s)\b",
         say_lasting),
    rule("percent", rf"(?P<sign>{SIGN})?(?:(?P<low>{NUMBER}){DASH})?(?P<share>{NUMBER})\s?%",
         say_percent),
    rule("measure", rf"""\b(?P<sides>\d{{1,5}}(?:\.\d{{1,3}})?(?:\s?[x×]\s?\d{{1,5}}
         (?:\.\d{{1,3}})?){{1,2}})(?:\s?(?P<unit>{UNIT})(?![\w²³]))?(?!\w)""", say_size),
    rule("measure", rf"""(?P<sign>{SIGN})?(?<![\w.,])(?:(?P<low>{NUMBER}){DASH})?
         (?P<size>(?:{NUMBER}\s?)?[{VULGAR}]|{NUMBER})(?:\s|-(?=[a-zA-Z]))?
         (?P<unit>{UNIT})(?![\w²³/]|\.\w|-\w)""", say_measure),
    rule("ordinal", r"\b(?P<nth>\d{1,3}(?:,?\d{3}){0,3})(?:st|nd|rd|th|ST|ND|RD|TH)\b",
         say_ordinal),
    rule("number", rf"""(?P<sign>{SIGN})?(?<![\w.,])(?P<number>{NUMBER})\s?
         (?P<scale>k|K|M|B|bn|mn)\b(?!-)""", say_scaled),
    rule("number", r"(?<![\w.])(?P<times>\d{1,4}(?:\.\d{1,3})?)[x×]\b(?!\d)",
         lambda m: [*spoken_number(m["times"]), "times"]),
    rule("number", r"(?<![\w.])[x×](?P<times>\d{1,4})\b", lambda m: [
         "times", *spoken_number(m["times"])]),
    rule("number", rf"""(?<![\w/.])(?:(?P<whole>\d{{1,6}})[ -]?(?=[{VULGAR}]|\d{{1,2}}/))?
         (?:(?P<vulgar>[{VULGAR}])|(?<!\d)(?P<above>\d{{1,3}})/(?P<below>[1-9]\d{{0,2}})
         (?![\w/]|\.\d))""", say_fraction),
    rule("number", r"(?<![\w.-])\d{1,4}(?:-\d{1,4}){2,5}(?![\w-])", say_runs),
    rule("range", r"""(?<![\w.,/-])(?P<low>\d{1,3}(?:,\d{3}){1,4}|\d{1,15}(?:\.\d{1,9})?)"""
         rf"""{DASH}(?P<high>\d{{1,3}}(?:,\d{{3}}){{1,4}}|\d{{1,15}}(?:\.\d{{1,9}})?)(?![\w-]|\.\d)""",
         say_range),
    rule("number", r"(?<![\w:.])(?P<one>\d{1,2}):(?P<other>\d{1,2})(?![\w:]|\.\d)", lambda m: [
         *cardinal(int(m["one"])), "to", *cardinal(int(m["other"]))]),
    rule("number", rf"(?P<sign>{SIGN})?(?P<number>{NUMBER})(?!\w)", say_number),
    rule("number", r"(?<![\w.])(?P<sign>[-+])?\.(?P<part>\d{1,20})(?!\w)", lambda m: [
         *signed(m["sign"]), "point", *digits(m["part"])]),
)  # fmt: skip
"""In the order in which they are tried."""
