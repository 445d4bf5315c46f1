"""Turn-taking as a pure machine: who has the floor, decided from events and injected time alone."""

from dialogue.turns.actions import (
    Acknowledge,
    Action,
    CloseReply,
    CommitTurn,
    DropReply,
    Finalize,
    PauseReply,
    ResumeReply,
    Say,
    Speak,
    StartReply,
    StopReply,
)
from dialogue.turns.events import (
    CallStarted,
    Event,
    FinalWords,
    InterimWords,
    PauseWords,
    ReplyEmpty,
    SpeechFinished,
    SpeechStarted,
    TimePassed,
    TurnEndLikelihood,
    VoiceStarted,
    VoiceStopped,
)
from dialogue.turns.machine import due, step
from dialogue.turns.policy import Evidence, Policy
from dialogue.turns.settings import TurnSettings
from dialogue.turns.state import Floor, State, floor

__all__ = [
    "Acknowledge",
    "Action",
    "CallStarted",
    "CloseReply",
    "CommitTurn",
    "DropReply",
    "Event",
    "Evidence",
    "FinalWords",
    "Finalize",
    "Floor",
    "InterimWords",
    "PauseReply",
    "PauseWords",
    "Policy",
    "ReplyEmpty",
    "ResumeReply",
    "Say",
    "Speak",
    "SpeechFinished",
    "SpeechStarted",
    "StartReply",
    "State",
    "StopReply",
    "TimePassed",
    "TurnEndLikelihood",
    "TurnSettings",
    "VoiceStarted",
    "VoiceStopped",
    "due",
    "floor",
    "step",
]
