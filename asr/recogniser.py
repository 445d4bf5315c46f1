"""What hearing asks of a recogniser: a quick look, and a second one that settles it."""

from __future__ import annotations

from typing import Protocol

from asr.audio import Audio
from asr.transcript import Transcript


class Look(Protocol):
    """What a quick decode of some audio made of it."""

    @property
    def doubtful(self) -> bool:
        """Whether the words may change when they are settled."""
        ...

    @property
    def transcript(self) -> Transcript:
        """The likely words, without times."""
        ...

    def settle(self) -> Transcript:
        """The words, with times where the recogniser gives them; blocks while decoding."""
        ...


class Recogniser(Protocol):
    """Writes speech down; one decode at a time, float32[n] at 16 kHz, full scale 1."""

    @property
    def name(self) -> str:
        """What it is called in metrics."""
        ...

    @property
    def word_times(self) -> bool:
        """Whether words that are settled always carry their times."""
        ...

    def warm(self) -> None:
        """Makes ready for the first caller."""
        ...

    def look(self, audio: Audio, *, language: str | None = None) -> Look:
        """The quickest decode of up to 30 s of audio; blocks while decoding."""
        ...

    def transcribe(self, audio: Audio, *, language: str | None = None) -> Transcript:
        """The words of audio of any length; blocks while decoding."""
        ...
