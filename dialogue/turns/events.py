"""What can happen in a call, as the turn machine sees it. Times are seconds on its clock."""

from __future__ import annotations

from dataclasses import dataclass

Times = tuple[tuple[float, float], ...]
"""Begin and end of every word, in order; () where the recogniser gives none."""


@dataclass(frozen=True)
class CallStarted:
    """The line is open; `greeting` is what the agent says first, "" to wait for the caller."""

    greeting: str


@dataclass(frozen=True)
class VoiceStarted:
    """The caller has begun to speak, at `since`; `loudness` in dBFS where it is known."""

    since: float
    loudness: float | None = None


@dataclass(frozen=True)
class VoiceLouder:
    """The voice under way has become louder than told before: `loudness` in dBFS."""

    loudness: float


@dataclass(frozen=True)
class VoiceStopped:
    """The caller fell silent at `since`, perhaps only to breathe, after speech of `loudness`."""

    since: float
    loudness: float | None = None


@dataclass(frozen=True)
class InterimWords:
    """The words of the open segment so far, while the caller speaks; they may still change."""

    text: str
    times: Times = ()
    confidence: float | None = None
    """Of the recogniser, 0 to 1; None where it gives none."""


@dataclass(frozen=True)
class PauseWords:
    """All words of the open segment, decoded at a pause; they stand unless the caller goes on."""

    text: str
    times: Times = ()
    confidence: float | None = None


@dataclass(frozen=True)
class FinalWords:
    """The words of a closed segment; the next words belong to a new one."""

    text: str
    times: Times = ()
    confidence: float | None = None


@dataclass(frozen=True)
class LanguageHeard:
    """The final words that come next are in doubt, and sound like another language than English.

    `code` is Whisper's, `probability` from 0 to 1.
    """

    code: str
    probability: float


@dataclass(frozen=True)
class TurnEndLikelihood:
    """What an audio model says at the pause under way: 0 to 1 that the turn is over."""

    probability: float


@dataclass(frozen=True)
class SpeechStarted:
    """The first sample of the reply has left for the caller."""

    reply: int


@dataclass(frozen=True)
class SpeechReached:
    """`words` words of the reply have been heard whole, the last of them `text`.

    `asks`: a question of its waits for an answer (`dialogue.turns.questions`).
    """

    reply: int
    words: int
    asks: bool
    text: str = ""


@dataclass(frozen=True)
class SpeechFinished:
    """The last sample of the reply has left for the caller."""

    reply: int


@dataclass(frozen=True)
class ReplyEmpty:
    """The reply is complete and holds nothing to hear."""

    reply: int


@dataclass(frozen=True)
class ToolWanted:
    """The reply holds the call of a tool that changes something; it has not been started."""

    reply: int
    name: str


@dataclass(frozen=True)
class ToolStarted:
    """The reply has begun to run a tool: from here on it has left a trace in the world."""

    reply: int
    name: str


@dataclass(frozen=True)
class ToolFinished:
    """The tool has returned, failed or run out of time."""

    reply: int
    name: str


@dataclass(frozen=True)
class TimePassed:
    """A moment that the machine asked to be woken at has come."""


ReplyEvent = (
    SpeechStarted
    | SpeechReached
    | SpeechFinished
    | ReplyEmpty
    | ToolWanted
    | ToolStarted
    | ToolFinished
)
"""News of one reply."""

Event = (
    CallStarted
    | VoiceStarted
    | VoiceLouder
    | VoiceStopped
    | TurnEndLikelihood
    | InterimWords
    | PauseWords
    | FinalWords
    | LanguageHeard
    | ReplyEvent
    | TimePassed
)
