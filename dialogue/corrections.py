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


def intent(text: str) -> Intent:
    """What `text`, said after something was done for the caller, does to that.

    "Actually, make it three." corrects, "And another one for Friday." adds; most words do neither.
    A request for more wins: to change what nobody wanted changed is worse than to do more.
    """
    if _ADDS.search(text):
        return Intent.ADDS
    return Intent.CORRECTS if _CORRECTS.search(text) else Intent.UNSAID
