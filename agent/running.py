"""The reply under way in a call: what is being said, what it answers, and when what happened."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from agent.records import Milestones, TurnRecord
from agent.reply import SpokenReply
from dialogue import turns
from dialogue.reply import Reply


@dataclass
class RunningReply:
    """A reply and its number in the turn machine."""

    number: int
    speech: SpokenReply
    thought: Reply | None
    turn: int
    turn_ended: float | None = None
    decided: float | None = None
    """When it was released; None until then."""
    words: int = 0
    """How many of its words have been heard."""

    def commit(self) -> None:
        """The turn that it answers is over: its tools may act."""
        if self.thought is not None:
            self.thought.commit()

    def withhold(self) -> None:
        """The caller speaks again: its tools wait."""
        if self.thought is not None:
            self.thought.withhold()

    def reached(self, position: int) -> turns.SpeechReached | None:
        """News of words that have been heard since the last time, `position` samples in."""
        heard = self.speech.words_heard(position)
        if heard <= self.words:
            return None
        self.words, words = heard, self.speech.words
        return turns.SpeechReached(self.number, heard, turns.asks(words, heard), words[heard - 1])

    def record(self, now: float) -> TurnRecord | None:
        """Of the turn that it answers, as its first sample leaves; None if told or if none is."""
        if self.turn_ended is None:
            return None
        ended, self.turn_ended = self.turn_ended, None
        progress = self.speech.progress
        milestones = Milestones(
            end_of_speech=ended,
            transcript=progress.started,
            decided=self.decided or now,
            first_token=progress.first_token or now,
            first_clause=progress.first_clause or now,
            first_audio=progress.first_audio or now,
            sent=now,
        )
        return TurnRecord.of(self.turn, milestones)


async def as_it_stands(text: str) -> AsyncGenerator[str, None]:
    """Text that no model makes, in one piece."""
    yield text
