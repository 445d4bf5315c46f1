"""What the caller asks of the conversation itself: to wait, or to say it again."""

from __future__ import annotations

import re
from enum import Enum


class Request(Enum):
    """A request that needs no language model."""

    NONE = "something else"
    NOTHING = "a hesitation that nothing came of"
    HOLD = "wait quietly"
    REPEAT = "say the last reply again"


_POLITE = r"(?:(?:oh|um|uh|okay|ok|yeah|yes|no|sorry|please|hey|excuse me|pardon(?: me)?)\s+)*"
_AFTER = r"(?:\s+(?:please|plea|okay|ok|sorry|thanks|for me|now|again|one more time|once more))*"
_HESITATION = re.compile(r"(?:(?:u+h*m+|u+h+|e+r+m*|h+m+|h+u+h+|ha+)\s*)+")
_MOMENT = r"(?:a|one|just a|just one)\s+(?:moment(?:'?s)?|second|sec|minute|min)"
_HOLD = re.compile(
    rf"{_POLITE}(?:wait|hold on|hang on|hold the line|{_MOMENT}|bear with me"
    rf"|(?:wait|hold on|hang on|give me|let me have)(?:\s+for)?\s+{_MOMENT}"
    rf"|let me (?:check|think|look|see)){_AFTER}(?:\s+{_MOMENT})?{_AFTER}"
)
_IT = r"(?:\s+(?:that|it|this|yourself|what you said|the last (?:part|bit)))?"
_COULD_YOU = r"(?:(?:can|could|couldn't|would|will|but|good|if) you\s+)?"
"""As recognisers write it, too: "But you repeat that, please."."""
_REPEAT = re.compile(
    rf"{_POLITE}{_COULD_YOU}(?:please\s+)?"
    rf"(?:repeat{_IT}|say (?:that|it|this) again|come again|what did you (?:just )?say"
    rf"|what was that(?: you (?:just )?said)?|say again"
    rf"|i (?:did not|didn't|couldn't) (?:hear|catch|get) (?:that|you|it)"
    rf"|one more time|once more|pardon(?: me)?){_AFTER}"
)


def request_of(text: str) -> Request:
    """What `text`, a whole turn, asks for; anything beside the request makes it none."""
    words = " ".join(
        re.findall(r"[\w']+", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    )
    if _HESITATION.fullmatch(words):
        return Request.NOTHING
    if _HOLD.fullmatch(words):
        return Request.HOLD
    return Request.REPEAT if _REPEAT.fullmatch(words) else Request.NONE
