"""All that the turn machine knows of a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """How far a reply has come."""

    SPECULATIVE = "prepared in case the turn is over"
    RELEASED = "may be heard; nothing has been yet"
    SPEAKING = "being heard"


class Level(Enum):
    """How a released reply is spoken."""

    FULL = "in full voice"
    DUCKED = "in a lower voice: the caller has made a sound"
    HELD = "silent, its place kept"


@dataclass(frozen=True)
class Reply:
    """The one reply under way; `answers` is the caller's text it is for, "" for a greeting."""

    number: int
    answers: str
    phase: Phase
    level: Level = Level.FULL
    reached: int = 0
    """Words that have been heard whole."""
    asks: bool = False
    """A question of its waits for an answer."""
    acts: bool = False
    """It is to run a tool that changes something."""
    acted: bool = False
    """A tool of its has been started: it can no longer go without a trace."""
    working: bool = False
    """A tool of its is running."""
    farewell: bool = False
    """The call ends with it."""
    notice: bool = False
    """It tells the caller which language we understand."""


@dataclass(frozen=True)
class Overlap:
    """A voice over a released reply, or one that may still come over a reply that acts."""

    since: float
    loudness: float | None
    """dBFS."""
    answers: bool
    """A question of the agent's waited for its answer when the voice began."""
    act_at: float | None = None
    """When a ducked reply falls silent, or a silent one goes on, unless words decide before."""


@dataclass(frozen=True)
class State:
    """One value for the whole call; times are seconds on its clock.

    A turn's words live in `finals` (closed segments) and `partial` (the open one) until
    `CommitTurn` hands them over, which is when the answer to them is first heard or acts.
    """

    turn: int = 1
    finals: tuple[str, ...] = ()
    partial: str = ""
    confidence: float | None = None
    """Of the recogniser in the newest words, 0 to 1; None where it gives none."""
    voice: bool = False
    voice_since: float = 0.0
    silent_since: float = 0.0
    open_segment: bool = False
    """Voice has been heard since the last final words."""
    settled: bool = False
    """The words of the pause under way are all there."""
    end_at: float | None = None
    """When the silence will have lasted long enough to end the turn."""
    final_by: float | None = None
    """Final words have been asked for and are waited for until then."""
    owed_until: float | None = None
    """Until then, the next final words are of a segment whose words are used already."""
    reply: Reply | None = None
    next_reply: int = 1
    overlap: Overlap | None = None
    prompt_at: float | None = None
    """When the caller's silence has lasted long enough to ask whether anyone is there."""
    prompts: int = 0
    """Reprompts since the caller last said something."""
    on_hold: bool = False
    """The caller has asked for a moment."""
    spoken: bool = False
    """The agent has said something that could be repeated."""
    over: bool = False
    """The machine has hung up."""
    probability: float | None = None
    """What the audio model says at the pause under way."""
    pauses: tuple[float, ...] = ()
    """The caller's latest pauses inside turns, seconds, newest last."""
    resumed_after: float | None = None
    """Length of the pause before the voice under way: one more of them if words follow."""
    loudness: float | None = None
    """The caller's own level in this call, dBFS, over the turns so far."""
    distant: bool = False
    """All of the turn's voice so far was too faint to be the caller's."""
    told: float = 0.0
    """Seconds of voice in the turn so far."""
    notice: str = ""
    """What answers the turn, whatever its words: it is in another language than ours."""
    noticed: bool = False
    """The caller has been told which language we understand."""
    nodded: bool = False
    """The agent has made its one backchannel in this turn."""

    @property
    def text(self) -> str:
        """All words of the turn so far."""
        return " ".join(part for part in (*self.finals, self.partial) if part)

    @property
    def idle(self) -> bool:
        """Nobody speaks, nothing is under way, and no words are waiting for anything."""
        return not (
            self.voice
            or self.open_segment
            or self.text
            or self.reply
            or self.over
            or self.final_by is not None
            or self.end_at is not None
        )

    @property
    def floor_is_ours(self) -> bool:
        """Whether a reply is being heard, or is about to be."""
        return self.reply is not None and self.reply.phase is not Phase.SPECULATIVE


class Floor(Enum):
    """What the caller is shown."""

    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


def floor(state: State) -> Floor:
    """Who has the floor."""
    reply = state.reply
    if reply is None or reply.level is Level.HELD or reply.phase is Phase.SPECULATIVE:
        return Floor.THINKING if state.final_by is not None else Floor.LISTENING
    speaking = reply.phase is Phase.SPEAKING and not reply.working
    return Floor.SPEAKING if speaking else Floor.THINKING
