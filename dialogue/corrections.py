"""Whether a caller's words change what was asked before, or ask for more beside it."""

from __future__ import annotations

import re
from enum import Enum


class Intent(Enum):
    """What new words do to an earlier request."""

    CORRECTS = "corrects"
    ADDS = "adds"
    UNSAID = "unsaid"


_ADDS = re.compile(
    r"\b(also|another(?! (?:name|day|time|date))|"
    r"as well|in addition|additionally|besides|(a|the) second|one more|"
    r"(?<!not )(?<!that's )too(?=\s*[.,!?]|\s*$))\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\b(actually|another (name|day|time|date)|"
    r"instead|rather|i mean|i meant|i said|make (it|that)|change (it|that|the|my)|"
    r"move (it|that|the|my)|correction|not \w+[,.]? (but|it's)|wrong|scratch that|"
    r"should (be|have been)|sorry,? (not|it's|for|at|on|the)|no,? (wait|not|it's|for|at|on|the|\d))"
    r"|^\W*(no|wait|hold on|oh|sorry)\W",
    re.IGNORECASE,
)

_CHANGES = re.compile(
    r"\b(make (it|that)|(change|move) (it|that|the|my)|instead|rather|i (mean|meant|said))\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"^\W*(and|(and )?(what|how) about)\b", re.IGNORECASE)
_MOST_WORDS = 12
_FEW_WORDS = 7


def intent(text: str) -> Intent:
    """What `text`, said after something was done for the caller, does to that.

    "Actually, make it three." corrects, "And another one for Friday." adds; most words do neither.
    A request for more wins: to change what nobody wanted changed is worse than to do more.
    """
    if _ADDS.search(text):
        return Intent.ADDS
    return Intent.CORRECTS if _CORRECTS.search(text) else Intent.UNSAID


def puts_right(text: str) -> bool:
    """Whether `text` certainly does nothing but change what was asked for before.

    "Sorry, for Saturday." does; "Wait, do you have music on Saturday?" does not.
    """
    if intent(text) is not Intent.CORRECTS:
        return False
    if _CHANGES.search(text):
        return len(text.split()) <= _MOST_WORDS
    return "?" not in text and len(text.split()) <= _FEW_WORDS


def asks_again(text: str) -> bool:
    """Whether `text` asks the same of something else: "And on Saturday?"."""
    return bool(_AGAIN.search(text)) and len(text.split()) <= _FEW_WORDS
