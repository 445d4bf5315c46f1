"""Replies kept short and whole: so many sentences, and never half of one at the end.

A model stops in mid-sentence when its tokens run out. As that comes near, sentences are held back
until they are complete; before, words pass at once, since the first ones are waited for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

LONG = " ... That would be a long answer. Shall I go on?"
"""Said when a sentence that is being spoken turns out to have no end."""

LONGEST_SENTENCE = 40
"""Tokens left from which on sentences are held back until they are whole."""

_SENTENCE_END = re.compile(r".*[.?!…][\"'”’)\]]*", re.DOTALL)  # noqa: RUF001 - so do replies
_ABBREVIATION = re.compile(
    r"\W*(?:(?:[a-z]\.)+|(?:dr|mr|mrs|ms|st|no|vs|approx|inc|jr|sr|mt|dept|ext)\.|\d{1,2}\.)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Brevity:
    """The sentences let through so far, and the one being held back."""

    sentences: int = 0
    held: str = ""
    holding: bool = False
    midway: bool = False
    """A sentence was begun, and has not ended."""

    def full(self, most: int) -> bool:
        """Whether `most` sentences were let through: what comes after them is dropped."""
        return self.sentences >= most


def feed(state: Brevity, text: str, most: int, *, near_end: bool) -> tuple[Brevity, str]:
    """Take in whole words; return the new state and those that may be said now.

    `near_end`: the model has few tokens left, so a sentence that begins now may never end.
    """
    said = ""
    for piece in re.findall(r"\s+|\S+", text):
        if state.full(most):
            break
        if not state.midway and not piece.isspace():
            state = replace(state, midway=True, holding=near_end)
        held = state.held + piece
        if _ends_sentence(piece):
            state = Brevity(state.sentences + 1)
        elif state.holding:
            state = replace(state, held=held)
            continue
        said += held
    return state, said


def finish(state: Brevity, *, cut: bool) -> str:
    """What is left to say; `cut`: the model was stopped before it had finished."""
    if not cut:
        return state.held
    return LONG if state.midway and not state.holding else ""


def _ends_sentence(word: str) -> bool:
    return bool(_SENTENCE_END.fullmatch(word)) and not _ABBREVIATION.fullmatch(word)
