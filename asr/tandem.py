"""Two recognisers for one speech: Moonshine writes, Whisper looks it over.

In English Moonshine is as right as Whisper base and several times as fast, so its words are told at
once. Whisper then finds their times, and knows silence and other languages better: short words
that are none are dropped, and what Moonshine doubts is Whisper's to decide.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from asr.audio import RATE, Audio
from asr.moonshine import Guess, Moonshine
from asr.recogniser import Look
from asr.settings import HearingSettings
from asr.transcript import Transcript
from asr.whisper import Whisper

_LANGUAGE = "en"
_LONGEST = 20.0  # seconds; Moonshine learned from half a minute at most
_LOOP = 3  # times that the same three tokens make a loop: a caller may say them twice
_DOUBTFUL = math.log(0.6)  # mean log probability below which words are Whisper's to decide,
_DOUBTFUL_FEW = math.log(0.45)  # and below which fewer tokens than
_MANY = 8  # are: what begins a sentence is never very probable


@dataclass(frozen=True)
class QuickLook:
    """Moonshine's words for `audio`."""

    audio: Audio
    guess: Guess
    whisper: Whisper

    @property
    def doubtful(self) -> bool:
        """Whether Whisper is to decide: the words are improbable, or look like a loop."""
        tokens = self.guess.tokens
        trigrams = Counter(zip(tokens, tokens[1:], tokens[2:], strict=False))
        loops = max(trigrams.values(), default=0) >= _LOOP
        improbable = self.guess.score < (_DOUBTFUL if len(tokens) >= _MANY else _DOUBTFUL_FEW)
        return self.guess.capped or loops or improbable

    @property
    def transcript(self) -> Transcript:
        """The likely words: no times, and nothing where Moonshine ran in a loop."""
        text = "" if self.guess.capped else self.guess.text
        return Transcript(text, language=_LANGUAGE, confidence=math.exp(self.guess.score))

    def settle(self) -> Transcript:
        """The words and their times; blocks while Whisper listens."""
        if self.doubtful:
            return self.whisper.transcribe(self.audio, language=_LANGUAGE)
        seen = self.transcript
        words = self.whisper.place(seen.text, self.audio) if seen.text else ()
        text = seen.text if words else ""
        return Transcript(text, words, seen.language, seen.confidence)


class Tandem:
    """Moonshine for English speech of up to 20 s, Whisper for all other; a `Recogniser`."""

    def __init__(
        self, moonshine: Moonshine, whisper: Whisper, settings: HearingSettings | None = None
    ) -> None:
        self.name = f"{moonshine.name} and {whisper.name}"
        self._moonshine = moonshine
        self._whisper = whisper
        self._language = (settings or HearingSettings()).language

    def warm(self) -> None:
        """Runs both once, so that the first caller does not wait for the memory they take."""
        self._moonshine.decode(np.zeros(RATE, np.float32))
        self._whisper.warm()

    def look(self, audio: Audio, *, language: str | None = None) -> Look:
        """The quickest decode of up to 30 s of audio; blocks while decoding."""
        if (language or self._language) != _LANGUAGE or len(audio) > _LONGEST * RATE:
            return self._whisper.look(audio, language=language)
        return QuickLook(audio, self._moonshine.decode(audio), self._whisper)

    def transcribe(self, audio: Audio, *, language: str | None = None) -> Transcript:
        """The words of `audio` (float32[n] at 16 kHz) of any length; blocks while decoding."""
        if len(audio) > _LONGEST * RATE:
            return self._whisper.transcribe(audio, language=language)
        return self.look(audio, language=language).settle()
