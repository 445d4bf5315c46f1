"""What can happen in a call, as the turn machine sees it. Times are seconds on its clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CallStarted:
    """The line is open; `greeting` is what the agent says first, "" to wait for the caller."""

    greeting: str


@dataclass(frozen=True)
class VoiceStarted:
    """The caller has begun to speak, at `since`."""

    since: float


@dataclass(frozen=True)
class VoiceStopped:
    """The caller fell silent at `since`; perhaps only to breathe."""

    since: float


@dataclass(frozen=True)
class TurnEndLikelihood:
    """By ear alone, the pause under way ends the turn with `probability`."""

    probability: float


@dataclass(frozen=True)
class InterimWords:
    """The words of the open segment so far, while the caller speaks; they may still change."""

    text: str


@dataclass(frozen=True)
class PauseWords:
    """All words of the open segment, decoded at a pause; they stand unless the caller goes on."""

    text: str


@dataclass(frozen=True)
class FinalWords:
    """The words of a closed segment; the next words belong to a new one."""

    text: str


@dataclass(frozen=True)
class SpeechStarted:
    """The first sample of the reply has left for the caller."""

    reply: int


@dataclass(frozen=True)
class SpeechFinished:
    """The last sample of the reply has left for the caller."""

    reply: int


@dataclass(frozen=True)
class ReplyEmpty:
    """The reply is complete and holds nothing to hear."""

    reply: int


@dataclass(frozen=True)
class TimePassed:
    """A moment that the machine asked to be woken at has come."""


Event = (
    CallStarted
    | VoiceStarted
    | VoiceStopped
    | TurnEndLikelihood
    | InterimWords
    | PauseWords
    | FinalWords
    | SpeechStarted
    | SpeechFinished
    | ReplyEmpty
    | TimePassed
)
