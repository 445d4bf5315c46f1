"""The judgements that the turn machine leaves to others, each behind one method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dialogue.turns.interruption import Verdict, Voice
from dialogue.turns.reprompt import Prompt
from dialogue.turns.settings import TurnSettings

PAUSES_KEPT = 20
"""How many of the caller's pauses are remembered."""


@dataclass(frozen=True)
class Evidence:
    """What there is to tell the end of a turn by, at one pause."""

    text: str
    """The words of the turn so far."""
    probability: float | None
    """What an audio model gives for the end of the turn, 0 to 1; None until it is known."""
    pauses: tuple[float, ...]
    """Seconds of this caller's earlier pauses inside turns, newest last, `PAUSES_KEPT` at most."""


class EndOfTurn(Protocol):
    """Decides how long a silence must last to end the caller's turn."""

    def patience(self, evidence: Evidence) -> float:
        """Seconds of silence to wait out, from where it began."""
        ...


class Interruption(Protocol):
    """Decides what a voice over a reply means."""

    def judge(self, voice: Voice) -> Verdict:
        """Verdict on what is known of the voice so far; asked again when more is."""
        ...


class Backchannels(Protocol):
    """Decides whether the agent shows that it listens."""

    def token(self, told: float, patience: float) -> str | None:
        """What to say at a pause after `told` seconds of voice; `patience` is the end-of-turn's."""
        ...


class Reprompt(Protocol):
    """Decides what is said into a long silence."""

    def after(self, prompts: int, on_hold: bool) -> Prompt | None:
        """The next prompt after `prompts` in vain; None to wait for ever."""
        ...


@dataclass(frozen=True)
class Policy:
    """The judgements in force, and the waits that are no judgement, in seconds."""

    end_of_turn: EndOfTurn
    interruption: Interruption
    backchannel: Backchannels
    reprompt: Reprompt
    acting_wait: float
    words_wait: float
    final_wait: float
    pause_after: float
    longest_gap: float
    resume_wait: float
    wordless_wait: float
    caller_level: float
    """dBFS."""

    @classmethod
    def of(cls, settings: TurnSettings) -> Policy:
        """The policy that `settings` describe."""
        # The judges import their evidence from here.
        from dialogue.turns.choice import chosen

        return chosen(settings)
