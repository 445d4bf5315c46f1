"""From what the model writes to what is said of it: speakable, spelled out, brief."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dialogue import brevity, speakable, spelling
from dialogue.brevity import LONGEST_SENTENCE, Brevity
from dialogue.speakable import Speakable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a reply may be: in sentences said, and in tokens of the model."""

    sentences: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Wording:
    """The reply so far, and what each stage still holds back of it."""

    limits: Limits
    pieces: int = 0
    markup: Speakable = field(default_factory=Speakable)
    reach: int = 0
    brevity: Brevity = field(default_factory=Brevity)

    @property
    def full(self) -> bool:
        """The reply is as long as it may be: whatever comes is dropped."""
        return self.brevity.full(self.limits.sentences)


def feed(state: Wording, piece: str) -> tuple[Wording, str]:
    """Take in one piece, a token or a few, as generated; return what can be said now."""
    markup, text = speakable.feed(state.markup, piece)
    return _shortened(replace(state, markup=markup, pieces=state.pieces + 1), text)


def finish(state: Wording, *, cut: bool) -> tuple[Wording, str]:
    """The model's step is over; `cut`: for want of tokens. The state is that for its next step."""
    state, said = _shortened(state, speakable.finish(state.markup))
    last = "" if state.full else brevity.finish(state.brevity, cut=cut)
    after = Wording(state.limits, brevity=Brevity(state.brevity.sentences))
    return after, said + last


def _shortened(state: Wording, text: str) -> tuple[Wording, str]:
    reach, text = spelling.feed(state.reach, text)
    reserve = min(LONGEST_SENTENCE, state.limits.tokens // 2)
    near_end = state.pieces > state.limits.tokens - reserve
    brief, said = brevity.feed(state.brevity, text, state.limits.sentences, near_end=near_end)
    return replace(state, reach=reach, brevity=brief), said
