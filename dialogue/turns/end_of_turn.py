"""End of turn by what was said: short patience where it sounds complete, long where it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialogue.turns.policy import Evidence

_UNFINISHED = frozenset(
    """a an the and or but so because if when with for to of in on at from by is are was my your his
    her our their this um uh er erm i'm it's i he she we they can could would that""".split()
)
_WORD = re.compile(r"[\w']+")
_SPELLING = re.compile(r"(?:\b[a-z]\b[-,. ]*){2,}$", re.IGNORECASE)
_DIGITS = re.compile(r"\d[\d\s,.-]*$")
_PHONE_DIGITS = 10


@dataclass(frozen=True)
class PunctuationEndOfTurn:
    """Trusts the recogniser's full stops, doubts trailing function words, fillers and dictation."""

    complete_wait: float
    incomplete_wait: float

    def patience(self, evidence: Evidence) -> float:
        """Seconds of silence to wait out after the words of `evidence`."""
        return self.complete_wait if sounds_complete(evidence.text) else self.incomplete_wait


def sounds_complete(text: str) -> bool:
    """Whether `text` could stand as the end of a turn.

    A trailing digit group or spelled letters may go on ("my number is 555 1 2"), so they never
    sound complete, nor does a text that breaks off in an ellipsis, a comma or a function word.
    """
    words = _WORD.findall(text.lower())
    if not words:
        return False
    stripped = text.rstrip()
    if stripped.endswith(("...", "…", ",", "-", "—", ":")):
        return False
    if words[-1] in _UNFINISHED and not stripped.endswith("?"):
        return False
    return not _SPELLING.search(stripped) and not _dictates_digits(stripped)


def _dictates_digits(text: str) -> bool:
    trailing = _DIGITS.search(text)
    count = sum(map(str.isdigit, trailing.group())) if trailing else 0
    return 3 <= count < _PHONE_DIGITS
