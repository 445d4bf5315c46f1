"""Two recognisers for one speech: Moonshine writes, Whisper looks it over.

In English Moonshine is as right as Whisper base and several times as fast, so its words are told at
once. Whisper knows silence and other languages better: what Moonshine doubts is Whisper's to
decide, and a word or two that may be a noise are dropped where it hears no speech. It also finds
the times of words, for those who want them.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

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
_WORD = 3  # tokens of a word and its mark; noises are written as such,
_SURE = math.log(0.75)  # less probable than this


@dataclass(frozen=True)
class QuickLook:
    """Moonshine's words for `audio`."""

    audio: Audio
    guess: Guess
    whisper: Whisper
    word_times: bool

    @property
    def doubtful(self) -> bool:
        """Whether Whisper is to look them over before anybody acts on them."""
        return self._wrong or self._faint

    @property
    def transcript(self) -> Transcript:
        """The likely words: no times, and nothing where Moonshine ran in a loop."""
        text = "" if self.guess.capped else self.guess.text
        return Transcript(text, language=_LANGUAGE, confidence=math.exp(self.guess.score))

    def settle(self) -> Transcript:
        """The words, with times where these are wanted; blocks while Whisper listens."""
        if self._wrong:
            return self.whisper.transcribe(self.audio, language=_LANGUAGE)
        seen = self.transcript
        if not seen.text or not (self._faint or self.word_times):
            return seen
        words = self.whisper.place(seen.text, self.audio)
        return replace(seen, text=seen.text if words else "", words=words)

    @property
    def _wrong(self) -> bool:
        """Improbable words, or a loop."""
        tokens = self.guess.tokens
        trigrams = Counter(zip(tokens, tokens[1:], tokens[2:], strict=False))
        loops = max(trigrams.values(), default=0) >= _LOOP
        improbable = self.guess.score < (_DOUBTFUL if len(tokens) >= _MANY else _DOUBTFUL_FEW)
        return self.guess.capped or loops or improbable

    @property
    def _faint(self) -> bool:
        """A word or two, such as noises are taken for."""
        return len(self.guess.tokens) <= _WORD and self.guess.score < _SURE


class Tandem:
    """Moonshine for English speech of up to 20 s, Whisper for all other; a `Recogniser`."""

    def __init__(
        self, moonshine: Moonshine, whisper: Whisper, settings: HearingSettings | None = None
    ) -> None:
        self.name = f"{moonshine.name} and {whisper.name}"
        self._moonshine = moonshine
        self._whisper = whisper
        settings = settings or HearingSettings()
        self._language = settings.language
        self.word_times = settings.word_times

    def warm(self) -> None:
        """Runs both once, so that the first caller does not wait for the memory they take."""
        self._moonshine.decode(np.zeros(RATE, np.float32))
        self._whisper.warm()

    def look(self, audio: Audio, *, language: str | None = None) -> Look:
        """The quickest decode of up to 30 s of audio; blocks while decoding."""
        if (language or self._language) != _LANGUAGE or len(audio) > _LONGEST * RATE:
            return self._whisper.look(audio, language=language)
        return QuickLook(audio, self._moonshine.decode(audio), self._whisper, self.word_times)

    def transcribe(self, audio: Audio, *, language: str | None = None) -> Transcript:
        """The words of `audio` (float32[n] at 16 kHz) of any length; blocks while decoding."""
        if len(audio) > _LONGEST * RATE:
            return self._whisper.transcribe(audio, language=language)
        return self.look(audio, language=language).settle()
