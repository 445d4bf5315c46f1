"""The judgements that the turn machine leaves to others, each behind one method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dialogue.turns.end_of_turn import PosteriorEndOfTurn
from dialogue.turns.interruption import Verdict, WordInterruption
from dialogue.turns.settings import TurnSettings


@dataclass(frozen=True)
class Evidence:
    """What is known at a pause of the caller's about whether the turn is over."""

    text: str
    """All words of the turn so far."""
    probability: float | None
    """That the turn is over, by ear alone; None until it is known."""
    pauses: tuple[float, ...]
    """Seconds of the caller's own pauses in this call after which they went on."""


class EndOfTurn(Protocol):
    """Decides how long a silence must last to end the caller's turn."""

    def patience(self, evidence: Evidence) -> float:
        """Seconds of silence to wait out."""


class Interruption(Protocol):
    """Decides what the caller's words mean for a reply under way."""

    def judge(self, text: str) -> Verdict:
        """Verdict on `text`, the words spoken over the agent so far."""


@dataclass(frozen=True)
class Policy:
    """The judgements in force, and the two waits that are no judgement."""

    end_of_turn: EndOfTurn
    interruption: Interruption
    resume_wait: float
    final_wait: float

    @classmethod
    def of(cls, settings: TurnSettings) -> Policy:
        """The policy that `settings` describe."""
        return cls(
            end_of_turn=PosteriorEndOfTurn(
                shortest=settings.complete_wait,
                longest=settings.incomplete_wait,
                sureness=settings.sureness,
            ),
            interruption=WordInterruption(),
            resume_wait=settings.resume_wait,
            final_wait=settings.final_wait,
        )
