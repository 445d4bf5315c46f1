"""Written text -> text that the model reads out as it stands, without running on.

What is known to set it off is taken away: markup, emoji, quotation marks, ellipses, repeated
punctuation, a missing end. Numbers, times and addresses are put into words for English voices.
"""

# ruff: noqa: RUF001 - typographic quotes and dashes are meant
from __future__ import annotations

import math
import re
import unicodedata

from tts.spoken import reworded
from tts.text.markup import OVERRIDE, without_markup
from tts.voxtral.sentences import CLAUSE_ENDS, SENTENCE_ENDS

IN_WORDS = frozenset(
    "email web network tag phone card money date month weekday time ordinal decade percent measure "
    "range version code number".split()
)
"""What `tts.spoken` finds that is put into words; the model reads the rest as it is written."""
QUOTES = re.compile(r"[\"“”„«»‹›()\[\]{}<>]|(?<![^\W\d_])['‘’]|['‘’](?![^\W\d_])")
MARKS = re.compile(rf"\s*[{re.escape(SENTENCE_ENDS + CLAUSE_ENDS)}–][\s\-–—.,;:!?…]*|\s+-+\s+|--+")
BLANKS = re.compile(r"\s+")
NOT_SAID = ("C", "So", "Sk", "Sm", "Co")
"""Unicode categories, or their beginnings, of control characters, emoji and the like."""
SIGNS_SAID = "%+=°&@#$€£¥"

FRAMES_AT_LEAST = 2
"""Frames before which a sentence may not end: END at once would be no sound at all."""
FRAMES_ALLOWED = 12
FRAMES_PER_CHARACTER = 1.6
"""Twice what slow speech takes: about 0.65 frames a character are usual, 1.5 for one short word."""


def readable(text: str, is_english: bool) -> str:
    """The text as the model is given it; "" when there is nothing to say in it."""
    text = OVERRIDE.sub(r"\g<shown>", without_markup(text))
    if is_english:
        text = reworded(text, IN_WORDS, in_words)
    text = "".join(c for c in text if is_said(c) or c.isspace())
    text = QUOTES.sub("", text)
    text = MARKS.sub(one_mark, text)
    text = BLANKS.sub(" ", text).strip(" " + CLAUSE_ENDS + "–-")
    text = text.lstrip(SENTENCE_ENDS + CLAUSE_ENDS + " ")
    if not any(character.isalnum() for character in text):
        return ""
    return text if text[-1] in SENTENCE_ENDS else text + "."


def frame_budget(text: str) -> int:
    """Frames after which the speech of a readable text has run away."""
    return FRAMES_ALLOWED + math.ceil(FRAMES_PER_CHARACTER * len(text))


def in_words(words: tuple[str, ...]) -> str:
    """Words with their pauses; letters that are spelled are capitals already."""
    return " ".join(words).replace(" ,", ",")


def is_said(character: str) -> bool:
    """Whether a character has a place in text that is read out."""
    return character in SIGNS_SAID or not unicodedata.category(character).startswith(NOT_SAID)


def one_mark(match: re.Match[str]) -> str:
    """A run of punctuation as the one mark that tells how it is said."""
    run = match.group()
    for mark in "?؟？!！।۔。":
        if mark in run:
            return f"{mark} "
    is_last = match.end() == len(match.string.rstrip())
    if "…" in run or ".." in run:
        return ". " if is_last else ", "
    if "." in run:
        is_inside = run == "." and not is_last
        return "." if is_inside else ". "
    mark = next((c for c in run if c in CLAUSE_ENDS and c != "—"), ",")
    after = match.string[match.end() : match.end() + 1]
    return mark if run == mark and after.isalnum() else f"{mark} "
