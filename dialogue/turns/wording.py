"""How the words of a turn end: whole, as a question, in the middle of a phrase or of a number."""

from __future__ import annotations

import itertools
import re
from enum import Enum

_FUNCTION_WORDS = frozenset(
    """a an the and or but nor so because if when where while which who whose than as though
    although until unless since whether without to of in on at from by for into onto about between
    through under after before with is are was were be been am my your his her its our their this
    these those some any every each he she we they i it's i'm there's i'd i'll i've we're we'd
    can could would will should shall may might must did does do has had like well maybe perhaps
    very mr mrs ms dr um uh er erm hm hmm mm""".split()
)
_OPENERS = re.compile(
    r"\b(?:want|need|let me|let me see|let me think|you know|i mean|i think|i guess"
    r"|i was wondering|sort of|kind of|a lot of|such as|for example|going|trying|looking)$"
)
_ANSWER = re.compile(
    r"(?:(?:oh|well|um|uh) )?(?:yes|yeah|yep|yup|no|nope|nah|okay|ok|sure|right|correct|exactly"
    r"|thanks|thank you|hello|hi|goodbye|bye|stop|help|never mind|all right|of course|perfect"
    r"|that's (?:all|it|right|fine)|i don't know)"
    r"(?: (?:please|thanks|thank you|it is|i do|there|very much|that's (?:all|it|right|fine)))*"
)
_NUMERALS = "zero oh one two three four five six seven eight nine double triple".split()
_NUMERAL = "|".join(_NUMERALS)
_DIGITS = re.compile(rf"(?:(?:\d|\b(?:{_NUMERAL})\b)[\s,.()-]*)+$")
_LETTER = re.compile(r"[b-hj-z]")
"""Alone; "a" and "i" are words too."""
_CODE = re.compile(
    r"(?i:\b(?:code|number|order|reference|booking|confirmation|spell(?:ed|s)?)\b.*)"
    r"\b(?:(?=[A-Z\d]*[A-Z])[A-Z\d]{1,6}|(?i:[b-df-hj-np-tv-xz]{2,4}))"
    rf"(?:[\s.,-]+(?:[A-Z\d]{{1,3}}|(?i:{_NUMERAL}))\b)*\W*$"
)
"""Letters that make no word, after a word that announces them."""
_SOUGHT = re.compile(
    r"\b(?:number|code|reference)\b[\w' ,]*\b(?:is|it's|let me (?:see|look|check|think)|um|uh)\W*$"
)
_ADDRESS = re.compile(
    r"(?:@|(?<=\w)\b(?: at| dot| underscore| hyphen| slash))[\s,.]*$|\bwww\b[\w. ]*$"
    r"|\b(?:e-?mail|(?:e-?mail|my) address)(?: is|'s)(?!.*(?:@| at ).*(?:\.| dot )\w{2,}).*$"
)
_WORD = re.compile(r"[\w']+")
_PHONE_DIGITS = 10
_BREAKS = ("...", "…", ",", "-", "—", ":", ";")


class Wording(Enum):
    """How a turn's words end."""

    NOTHING = "no words at all"
    DICTATED = "in a number, a spelled code or an address that may go on"
    HANGING = "in the middle of a phrase"
    BARE = "without a mark"
    STATEMENT = "with a full stop"
    QUESTION = "as a question"
    ANSWER = "as a short answer and no more"


def wording(text: str) -> Wording:
    """How `text`, all the words of a turn so far as the recogniser writes them, ends."""
    coded = _CODE.search(text) is not None
    text = text.strip().lower()
    words = _WORD.findall(text)
    if not words:
        return Wording.NOTHING
    if coded or _dictated(text):
        return Wording.DICTATED
    if text.endswith("?"):
        return Wording.QUESTION
    if text.endswith(_BREAKS) or words[-1] in _FUNCTION_WORDS or _OPENERS.search(" ".join(words)):
        return Wording.HANGING
    if _ANSWER.fullmatch(" ".join(words)):
        return Wording.ANSWER
    return Wording.STATEMENT if text.endswith((".", "!")) else Wording.BARE


def _dictated(text: str) -> bool:
    """Whether `text` breaks off where digits, letters or parts of an address are being listed."""
    if any(kind.search(text) for kind in (_ADDRESS, _SOUGHT)):
        return True
    words = _WORD.findall(text)
    listed = list(itertools.takewhile(_is_symbol, reversed(words)))
    several = len(listed) > 1 or len(words) == 1
    if several and any(map(_LETTER.fullmatch, listed)):
        return True
    trailing = _DIGITS.search(text)
    if trailing is None:
        return False
    count = sum(len(group) if group.isdigit() else 1 for group in _WORD.findall(trailing.group()))
    return 3 <= count < _PHONE_DIGITS


def _is_symbol(word: str) -> bool:
    """A letter, a digit, or a digit's name."""
    return len(word) == 1 or word in _NUMERALS
