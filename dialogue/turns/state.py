"""All that the turn machine knows of a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """How far a reply has come."""

    SPECULATIVE = "prepared in case the turn is over"
    RELEASED = "may be heard; nothing has been yet"
    SPEAKING = "being heard"


@dataclass(frozen=True)
class Reply:
    """The one reply under way; `answers` is the caller's text it is for, "" for a greeting."""

    number: int
    answers: str
    phase: Phase
    paused: bool = False


@dataclass(frozen=True)
class State:
    """One value for the whole call; times are seconds on its clock.

    A turn's words live in `finals` (closed segments) and `partial` (the open one) until
    `CommitTurn` hands them over, which is when the answer to them is first heard.
    """

    turn: int = 1
    finals: tuple[str, ...] = ()
    partial: str = ""
    voice: bool = False
    silent_since: float = 0.0
    likelihood: float | None = None
    """That the pause under way ends the turn, by ear alone."""
    pauses: tuple[float, ...] = ()
    """Seconds of the caller's last pauses after which the same turn went on."""
    open_segment: bool = False
    """Voice has been heard since the last final words."""
    end_at: float | None = None
    """When the silence will have lasted long enough to end the turn."""
    final_by: float | None = None
    """Final words have been asked for and are waited for until then."""
    owed_until: float | None = None
    """Until then, the next final words are of a segment whose words are used already."""
    resume_at: float | None = None
    """When a paused reply goes on unless words have come."""
    reply: Reply | None = None
    next_reply: int = 1

    @property
    def text(self) -> str:
        """All words of the turn so far."""
        return " ".join(part for part in (*self.finals, self.partial) if part)


class Floor(Enum):
    """What the caller is shown."""

    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


def floor(state: State) -> Floor:
    """Who has the floor."""
    reply = state.reply
    if reply is None or reply.paused or reply.phase is Phase.SPECULATIVE:
        return Floor.THINKING if state.final_by is not None else Floor.LISTENING
    return Floor.SPEAKING if reply.phase is Phase.SPEAKING else Floor.THINKING
