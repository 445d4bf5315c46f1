"""Spoken form -> written form: "half past six" -> "6:30", "double o seven" -> "007".

Inverse text normalisation by rules, for English as a recogniser writes it. Tools want values in
digits, and so does a small model that copies them. Words that only look like numbers stay: "no
one", "one of them", "second thoughts", "a couple of", names ("Seven Sisters").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.numerals import (
    HOURS,
    ORDINALS,
    Numeral,
    below_hundred,
    numerals,
    ordinal,
)
from dialogue.disfluency.words import Word, split

_MONTHS: Final = frozenset(
    """january february march april may june july august september october november
    december""".split()
)
_AT: Final = frozenset("at by until till before after around about".split())
_NEAR: Final = _AT | frozenset("from to for it's is make be say".split())
_NUMBERED: Final = frozenset(
    "number room gate platform floor line unit bus apartment extension page terminal".split()
)
_GO_ON: Final = frozenset(
    """at in on to and or for from until till with please instead if tomorrow today tonight is would
    works then thanks sharp sorry am pm a.m p.m""".split()
)
_UNITS: Final = frozenset(
    """dollars dollar euros euro pounds pound cents bucks percent degrees kilos grams people persons
    guests miles metres meters""".split()
)
_MISHEARD_TWO: Final = re.compile(
    r"(?:^|(?<=\bfor )|(?<=[,.?!] ))too?(?= (?:people|persons|guests|adults|children|kids|tickets|"
    r"nights|rooms|seats)\b)|(?<=\bfor )too?(?= (?:on|at|this|next|tonight|tomorrow)\b)"
    r"|^too?(?=[.?!]?$)",
    re.IGNORECASE,
)
_SPLIT_CODE: Final = re.compile(r"(?<![\w'-])([A-Z]{2,3}) (?=\d+[A-Z]+\b)")
_BEFORE_DAY: Final = frozenset("on by until till from to before after for between and".split())
_TENS_TO: Final = frozenset((5, 10, 20, 25))
_POINTED: Final = re.compile(r"(\d{1,2})\.([0-5]\d)")
_TOP: Final = "com|org|net|edu|gov|io|info|uk|de|fr|es|it|eu|us|ca"
_ADDRESS: Final = re.compile(
    rf"\b([\w-]+(?:\s+(?:dot|underscore|dash)\s+[\w-]+)*)\s+at\s+"
    rf"([\w-]+(?:(?:\s+dot\s+|\.)[\w-]+)*(?:\s+dot\s+|\.)(?:{_TOP}))\b",
    re.IGNORECASE,
)
_SIGNS: Final = {"dot": ".", "underscore": "_", "dash": "-"}
_SIGN: Final = re.compile(r"\s+(dot|underscore|dash)\s+", re.IGNORECASE)
_GROUP: Final = r"(?:\d+|[A-Z]{1,3}|[b-hj-z]|[b-df-hj-np-tv-xz]{2,3})"
_DICTATED: Final = re.compile(
    r"(\b(?:[Cc]ode|[Rr]eference|[Pp]ostcode|[Rr]egistration|[Pp]late|[Ss]erial)(?: number)?"
    rf"(?: is|'s|:|,)? )({_GROUP}(?:[.,]? {_GROUP})+)(?=[.,;?!]*(?:$| please\b| thanks\b))"
)
"""A code read out with pauses, each of which a recogniser may take for the end of a sentence."""
_CODE: Final = re.compile(r"(?<![\w'.-])(?:[A-Z]|\d+)(?: (?:[A-Z]|\d+))+(?![\w'-]|\.\w)")
_EDGES: Final = re.compile(r"^([^\w$£€]*).*?([^\w%']*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Here:
    """Words from one place up to a pause: all that one number may be made of."""

    cores: Sequence[str]
    before: str
    """The word before, "" behind a pause."""
    earlier: str
    """The word before that."""
    name: bool
    """Whether it begins with two capitals, as names do."""


@dataclass(frozen=True, slots=True)
class _Found:
    """So many words, and how they are written."""

    length: int
    text: str


def written(text: str) -> str:
    """`text` with its numbers, times, dates and addresses as they are written; pure."""
    words = split(_ADDRESS.sub(_address, text))
    pieces: list[str] = []
    at, changed = 0, len(words) != len(split(text))
    while at < len(words):
        here = _here(words, at)
        found = next((found for find in _FINDERS if (found := find(here))), None)
        if found is None or not words[at].core:
            pieces.append(words[at].text)
            at += 1
            continue
        last = at + found.length - 1
        ahead, behind = _edge(words[at].text, 1), _edge(words[last].text, 2)
        pieces.append(ahead + found.text + behind)
        at, changed = last + 1, True
    whole = _CODE.sub(_code, " ".join(pieces) if changed else text)
    return _DICTATED.sub(_dictated, _SPLIT_CODE.sub(r"\1", whole))


def as_tools_want(text: str) -> str:
    """`text` as tools want it and as the language model is shown it."""
    return written(_with_twos(text))


def _with_twos(text: str) -> str:
    """`text` with "two" where a recogniser wrote "to" for it: "for to people", or nothing else.

    It does so where a hesitation cuts the word off from what it counts.
    """
    return _MISHEARD_TWO.sub("two", text)


def _here(words: Sequence[Word], at: int) -> _Here:
    end = at
    while end < len(words) and (end == at or not words[end - 1].breaks):
        end += 1
    joined = at > 0 and not words[at - 1].breaks
    before = words[at - 1].core if joined else ""
    earlier = words[at - 2].core if joined and at > 1 and not words[at - 2].breaks else ""
    named = end > at + 1 and words[at].is_capital and words[at + 1].is_capital
    return _Here([word.core for word in words[at:end]], before, earlier, named)


def _edge(text: str, side: int) -> str:
    match = _EDGES.match(text)
    return match.group(side) if match else ""


def _clock(here: _Here) -> _Found | None:
    """ "Half past six", "a quarter to nine", "twenty past two", "at half six", "one o'clock"."""
    cores = here.cores
    at = int(cores[0] == "a" and len(cores) > 1 and cores[1] == "quarter")
    if cores[at] in ("half", "quarter"):
        minutes, behind = (30 if cores[at] == "half" else 15), at + 1
    elif (number := below_hundred(cores, at)) and number.value < 60:
        minutes, behind = number.value, number.end
    else:
        return None
    after = [*cores[behind:], "", ""]
    if after[0] == "o'clock" and 1 <= minutes <= 24 and cores[at] not in ("half", "quarter"):
        return _Found(behind + 1, f"{minutes}:00")
    told = after[0] == "minutes"
    link = after[1] if told else after[0]
    start = behind + told + 1
    if cores[at] == "half" and here.before in _NEAR and link not in ("past", "to"):
        hour = below_hundred(cores, behind)
        return _time(hour, 30) if hour and hour.value in HOURS else None
    hour = below_hundred(cores, start)
    if hour is None or hour.value not in HOURS:
        return None
    if link in ("past", "after") and (link == "past" or cores[at] == "quarter" or told):
        return _time(hour, minutes)
    certain = told or cores[at] == "quarter" or (here.before in _AT and minutes in _TENS_TO)
    if link == "to" and certain and cores[at] != "half":
        earlier = Numeral((hour.value - 2) % 12 + 1, hour.end)
        return _time(earlier, 60 - minutes)
    return None


def _time(hour: Numeral, minutes: int) -> _Found:
    return _Found(hour.end, f"{hour.value}:{minutes:02d}")


def _pointed(here: _Here) -> _Found | None:
    """ "At 10.30", as some recognisers write it."""
    match = _POINTED.fullmatch(here.cores[0])
    if match is None or here.before not in _AT or int(match[1]) > 24:
        return None
    if len(here.cores) > 1 and here.cores[1] in _UNITS:
        return None
    return _Found(1, f"{match[1]}:{match[2]}")


def _date(here: _Here) -> _Found | None:
    """ "Twenty third", "the third of May", "May third", "on the third"; not "the third one"."""
    number = ordinal(here.cores, 0)
    if number is None or (here.name and here.before not in _MONTHS):
        return None
    after = [*here.cores[number.end :], "", ""]
    dated = here.before in _MONTHS or (after[0] == "of" and after[1] in _MONTHS)
    alone = here.before == "the" and here.earlier in _BEFORE_DAY and after[0] in _GO_ON | {""}
    if number.value < 10 and number.end == 1 and not dated and not alone:
        return None
    return _Found(number.end, f"{number.value}{_suffix(number.value)}")


def _suffix(value: int) -> str:
    if 10 < value % 100 < 14:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _number(here: _Here) -> _Found | None:
    """A number, a time of two numbers, a year, or digits one by one."""
    found = numerals(here.cores)
    if not found or here.name or (all(n.written for n in found) and len(found) == 1):
        return None
    end = found[-1].end
    after = here.cores[end] if end < len(here.cores) else ""
    if len(found) == 1:
        lone = here.cores[:end] == ["one"]
        return None if lone and not _counts(here, after) else _Found(end, str(found[0]))
    if found[-1].end < len(here.cores) and after in ORDINALS and len(found) > 1:
        return None
    time = _as_time(here, found, after)
    return _Found(end, time or "".join(map(str, found)))


def _counts(here: _Here, after: str) -> bool:
    """Whether a "one" is the number: "at one", "room one", "one p.m.", "one or two"."""
    if after in ("am", "pm", "a.m", "p.m"):
        return True
    if after in ("or", "to") and below_hundred(here.cores, 2):
        return True
    placed = here.before in _AT | _NUMBERED
    return placed and (after == "" or after in _GO_ON)


def _as_time(here: _Here, found: Sequence[Numeral], after: str) -> str | None:
    """Hour and minutes: "three thirty", "at six oh five"."""
    hour, rest = found[0].value, "".join(map(str, found[1:]))
    plain = len(str(found[0])) <= 2 and len(rest) == 2 and len(found) <= 3
    if not plain or not rest.isdigit() or int(rest) > 59 or after in _UNITS:
        return None
    spoken = len(found) == 2 or found[1].value == 0
    sure = here.before in _AT or after in ("am", "pm", "a.m", "p.m")
    quarters = int(rest) % 15 == 0 and int(rest) > 0 and (after == "" or after in _GO_ON)
    day = sure and 12 < hour < 24 and here.before == "at"
    if not spoken or not ((hour in HOURS and (sure or quarters)) or day):
        return None
    return f"{hour}:{rest}"


_FINDERS: Final[tuple[Callable[[_Here], _Found | None], ...]] = (_clock, _pointed, _date, _number)


def _address(match: re.Match[str]) -> str:
    """ "anna dot smith at post dot com" -> "anna.smith@post.com"."""
    return "@".join(
        _SIGN.sub(lambda sign: _SIGNS[sign[1].lower()], part) for part in (match[1], match[2])
    )


def _code(match: re.Match[str]) -> str:
    """ "B A 117" -> "BA117"; not "I 2", nor digits alone."""
    parts = match.group().split(" ")
    letters = [part for part in parts if part.isalpha()]
    if not letters or (len(letters) == 1 and letters[0] in "AI"):
        return match.group()
    return "".join(parts)


def _dictated(match: re.Match[str]) -> str:
    """ "The code is kx. 49. B." -> "The code is KX49B."; not digits or letters alone."""
    code = re.sub(r"[ .,]", "", match[2]).upper()
    mixed = any(map(str.isdigit, code)) and any(map(str.isalpha, code))
    return f"{match[1]}{code}" if mixed else match.group()
