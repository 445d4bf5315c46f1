"""GBNF grammar of values that copy words of a conversation: nothing else can be written.

A model held to it cannot invent a name or a number that nobody said. The grammar's language is
that of llama.cpp (`grammars/README.md` there).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dialogue.disfluency.numerals import below_hundred
from dialogue.disfluency.scene import DETERMINERS, DISCOURSE, OPENERS, PREPOSITIONS
from dialogue.disfluency.values import Kind, Value, values
from dialogue.disfluency.words import Word, split

_QUOTES: Final = re.compile(r"[\"\\\[\]]")
_BARE: Final = re.compile(r"^[^\w$£€+@#]*(.*?)[^\w%'+#]*$", re.DOTALL)
_NUMBER: Final = re.compile(r"(?<![\w.,:/-])-?\d+(?:[.,]\d+)*(?![\w:/]|-\d)")
_HOUR: Final = re.compile(r"\d{1,2}(?:[:.]\d\d)?(?:am|pm)?")
_PLURALS: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday weekday weekend".split()
)
_DAYTIME: Final = frozenset("morning afternoon evening night".split())
_AT: Final = frozenset("at by until till around about before after from to than".split())
_HALVES: Final = frozenset("am pm a.m p.m o'clock".split())
_NO_NAMES: Final = OPENERS | DISCOURSE | DETERMINERS | PREPOSITIONS


@dataclass(frozen=True)
class Copied:
    """What was said, as the grammar's rules by name; each value is in double quotes.

    `span` is any run of words in one clause, `day`, `time` and `name` are what is named in it;
    the last three, like `numbers`, may be missing.
    """

    rules: dict[str, str]
    numbers: tuple[str, ...]
    """The numbers among the words, in digits, each once."""


def copied(texts: Iterable[str], most_words: int = 160) -> Copied:
    """What can be copied of `texts`, the newest first; of the oldest no more than there is room."""
    words: list[Word] = []
    numbers: list[str] = []
    named: dict[str, list[str]] = {"day": [], "time": [], "name": []}
    for text in texts:
        plain = _QUOTES.sub(" ", text)
        said = [word for word in split(plain) if word.core]
        if words and len(words) + len(said) > most_words:
            break
        words += said
        numbers += _numbers(plain, said)
        named["day"] += _days(said)
        named["time"] += _times(said)
        named["name"] += _names(said)
    words = words[:most_words]
    rules = {f"w{i}": _rule(words, i) for i in range(len(words))}
    starts = " | ".join(rules)
    rules["span"] = rf'"\"" ({starts}) "\""' if starts else literal('""')
    for kind, found in named.items():
        if found:
            rules[kind] = " | ".join(literal(f'"{text}"') for text in dict.fromkeys(found))
    return Copied(rules, tuple(dict.fromkeys(numbers)))


def literal(text: str) -> str:
    """`text` itself as the grammar writes it."""
    return json.dumps(text, ensure_ascii=False)


def _rule(words: Sequence[Word], at: int) -> str:
    """The word at `at`, and what may follow it."""
    bare = _bare(words[at].text)
    ends = at + 1 == len(words) or words[at].stops or words[at + 1].start < words[at].end
    if ends:
        return literal(bare)
    behind = words[at].text[words[at].text.rfind(bare) + len(bare) :]
    return f"{literal(bare)} ({literal(behind + ' ')} w{at + 1})?"


def _bare(text: str) -> str:
    match = _BARE.match(text)
    return match.group(1) if match and match.group(1) else text


def _text(words: Sequence[Word], start: int, end: int) -> str:
    return _bare(" ".join(word.text for word in words[start:end]))


def _numbers(text: str, words: Sequence[Word]) -> list[str]:
    digits = [match.group().replace(",", "") for match in _NUMBER.finditer(text)]
    spoken = (below_hundred([word.core], 0) for word in words)
    return digits + [str(number.value) for number in spoken if number and not number.written]


def _days(words: Sequence[Word]) -> list[str]:
    kinds = (Kind.DAY, Kind.DATE)
    found = [value for value in values(words) if value.kind in kinds]
    spans = [_text(words, value.start, value.end) for value in found]
    return spans + [_bare(word.text) for word in words if word.core.removesuffix("s") in _PLURALS]


def _times(words: Sequence[Word]) -> list[str]:
    """Times, and numbers that may be hours, with the part of the day behind them."""
    found: list[str] = []
    for value in values(words):
        core = words[value.start].core
        if value.kind is Kind.NUMBER and not (_HOUR.fullmatch(core) and _is_hour(words, value)):
            continue
        if value.kind not in (Kind.TIME, Kind.NUMBER):
            continue
        end = value.end
        cores = [word.core for word in words[end : end + 3]] if not words[end - 1].breaks else []
        if cores and cores[0] in _HALVES:
            end += 1
        elif len(cores) == 3 and cores[:2] == ["in", "the"] and cores[2] in _DAYTIME:
            end += 3
        elif cores[:1] == ["at"] and cores[1:2] == ["night"]:
            end += 2
        found.append(_text(words, value.start, end))
    return found


def _is_hour(words: Sequence[Word], value: Value) -> bool:
    """Whether a bare number may be an hour: "at 7", "make it 7", "7"; not "for 7 people"."""
    before = words[value.start - 1].core if value.start else ""
    alone = value.end == len(words) or words[value.end - 1].breaks
    part = value.end < len(words) and words[value.end].core in (*_HALVES, "in")
    return before in _AT or part or (alone and before in ("", "it", "say", "at"))


def _names(words: Sequence[Word]) -> list[str]:
    """Runs of words with capitals, but for those that begin sentences and name nobody."""
    found: list[str] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and words[end].is_capital and words[end].core not in _NO_NAMES:
            end += 1
            if words[end - 1].breaks:
                break
        if end > at:
            found.append(_text(words, at, end))
        at = max(end, at + 1)
    return found
