"""What words spoken over the agent mean: attention, or a wish to take the floor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_BACKCHANNELS = frozenset(
    """mm mmm hm hmm mhm mmhm mhmm mm-hm mm-hmm uh-huh uhhuh huh uh um ah oh yeah yep yup yes right
    okay ok sure cool great good nice exactly wow really""".split()
)
_PHRASES = frozenset(("i see", "got it", "of course", "all right", "uh huh", "mm hm", "mm hmm"))
_WORD = re.compile(r"[\w'-]+")


class Verdict(Enum):
    """What to do about speech over the agent."""

    NOTHING = "no words in it"
    BACKCHANNEL = "attention: go on"
    INTERRUPTION = "a wish to speak: yield"


@dataclass(frozen=True)
class WordInterruption:
    """Yields to any word that is not a known token of attention."""

    def judge(self, text: str) -> Verdict:
        """Verdict on all words spoken over the agent so far."""
        words = _WORD.findall(text.lower())
        if not words:
            return Verdict.NOTHING
        if " ".join(words) in _PHRASES or all(word in _BACKCHANNELS for word in words):
            return Verdict.BACKCHANNEL
        return Verdict.INTERRUPTION
