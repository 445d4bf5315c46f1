"""Written text -> the words that are said, each written token keeping its own text.

Numbers, money, dates, times, telephone numbers, codes, addresses, acronyms and abbreviations are
put into words; markdown, emoji and other signs fall away. The kinds of text are in `tts.text`.
"""

# ruff: noqa: RUF001, RUF002 - typographic dashes and phonemes are meant
from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace

from tts.symbols import symbols_of, with_s
from tts.text import abbreviations, addresses, amounts, codes, dates, money, words
from tts.text.markup import OVERRIDE, without_markup
from tts.text.rules import Grammar, Reading, rule


@dataclass(frozen=True)
class Token:
    """A piece of the written text, the words it is said as, and the pause after it.

    A word is in lower case. A capital is a letter by its name ("F B I", and "P D Fs"), "," a short
    pause, and what stands between slashes is phonemes as they are said ("/pˈɑɹli/").
    """

    text: str
    words: tuple[str, ...]
    pause: str = ""


def say_override(match: re.Match[str]) -> list[str] | None:
    """`[parley](/ˈpɑɹli/)` as the phonemes between the slashes, if there are any."""
    symbols = symbols_of(match["ipa"])
    if not symbols.strip("ˈˌ .,?!:;"):
        return [match["shown"].lower()]
    return [f"/{with_s(symbols) if match['s'] else symbols}/"]


PLAIN = rule("plain", r"(?<![\w'./@#-])[a-z]{2,}(?=[ ,!;]|\?\s)",
             lambda m: words.MIXED.get(m.group(), m.group()).split())  # fmt: skip
"""Most words are plain ones: found first, they need no other rule."""

GRAMMAR = Grammar(
    (
        PLAIN,
        rule("override", OVERRIDE.pattern + r"(?P<s>'s(?!\w))?", say_override),
        *addresses.RULES,
        *money.RULES,
        *dates.RULES,
        *codes.SPELLED,
        *amounts.RULES,
        *abbreviations.RULES,
        *words.FIRST,
        *codes.NAMES,
        *words.RULES,
    )
)

BREAKS = re.compile(r"[—–→]|-{2}|\s-\s|(?:^|\s)\(|\)\s")
SENTENCE_AHEAD = re.compile(r"\s*$|\s+[\"'(]?[A-Z]")
END_AHEAD = re.compile(r"\s*$")
IN_LEXICON = frozenset("word letter code initials abbreviation plain web".split())
"""Kinds that a lexicon of one's own may have an entry for."""


def tokens(text: str, own: Container[str] = frozenset()) -> list[Token]:
    """The tokens of a text in order. Their texts, one space between, are all of it that shows.

    Words in `own` (in lower case) are left as they are: a lexicon knows how they are said.
    """
    cleaned = without_markup(text)
    made: list[Token] = []
    start = end = position = 0
    gap = ""
    for reading in _readings(cleaned, own):
        gap += cleaned[position : reading.start]
        position = reading.end
        if not reading.words:
            gap += " "
            continue
        if not made:
            made.append(Token("", reading.words))
        elif (blank := _last_blank(cleaned, end, reading.start)) is None:
            pause = (",",) if pause_of(gap) else ()
            made[-1] = replace(made[-1], words=(*made[-1].words, *pause, *reading.words))
        else:
            made[-1] = _closed(made[-1], cleaned[start:blank], gap)
            made.append(Token("", reading.words))
            start = blank
        made[-1] = replace(made[-1], pause=_own_pause(reading, cleaned))
        end, gap = position, ""
    if made:
        made[-1] = _closed(made[-1], cleaned[start:], gap + cleaned[position:])
    return made


def said(text: str) -> list[str]:
    """The words of a text, without the pauses between them."""
    return [word for token in tokens(text) for word in token.words if word != ","]


def reworded(text: str, kinds: Container[str], said: Callable[[tuple[str, ...]], str]) -> str:
    """A text without markup in which what is of some kinds is put as it is said."""
    made, position = "", 0
    for reading in GRAMMAR.readings(text):
        if reading.kind in kinds:
            made += text[position : reading.start] + said(reading.words)
            position = reading.end
    return made + text[position:]


def pause_of(gap: str) -> str:
    """The mark that tells how long to pause for the text between two words; "" for no pause."""
    for mark in "?!.\n;:,":
        if mark in gap:
            return "." if mark == "\n" else mark
    return "," if BREAKS.search(gap) else ""


def _readings(cleaned: str, own: Container[str]) -> Iterator[Reading]:
    for reading in GRAMMAR.readings(cleaned):
        written = cleaned[reading.start : reading.end].lower()
        if reading.kind in IN_LEXICON and written.removesuffix("'s") in own:
            reading = replace(reading, words=(written,))
        yield reading


def _last_blank(text: str, start: int, end: int) -> int | None:
    """Where the last white space between two positions is; None if there is none."""
    return next((i for i in range(end - 1, start - 1, -1) if text[i].isspace()), None)


def _closed(token: Token, written: str, gap: str) -> Token:
    """A token with its text, now that it is known where it ends and what follows."""
    shown = " ".join(OVERRIDE.sub(r"\g<shown>", written).split())
    return replace(token, text=shown, pause=pause_of(gap) or token.pause)


def _own_pause(reading: Reading, text: str) -> str:
    """The pause after an abbreviation whose full stop ends the sentence as well."""
    if text[reading.end - 1] != ".":
        return ""
    name = text[reading.start : reading.end - 1].lower()
    is_last = name in abbreviations.LASTING or reading.words[-1] in ("street", "drive")
    if reading.kind == "time" or (reading.kind == "abbreviation" and is_last):
        return "." if SENTENCE_AHEAD.match(text, reading.end) else ""
    is_short = reading.kind in ("initials", "abbreviation")
    return "." if is_short and END_AHEAD.match(text, reading.end) else ""
