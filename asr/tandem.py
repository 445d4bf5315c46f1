"""Two recognisers for one speech: Moonshine writes, Whisper looks it over.

In English Moonshine is as right as Whisper base and several times as fast, so its words are told at
once. Whisper knows silence and other languages better: where Moonshine is in doubt it listens too,
the surer of them is believed, and what Whisper hears no word in is none. It also finds the times of
words, for those who want them.
"""

from __future__ import annotations

import math
import re
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
_DOUBTFUL = math.log(0.6)  # mean log probability below which words are doubted,
_SURE = math.log(0.75)  # and below which so few
_WORD = 3  # tokens are, a word and its mark: noises are written as such
_THANKS = re.compile(r"(?<=[.?!]) Thank you\.$")  # said by Moonshine over silence after speech
_THANKED = re.compile(r"thank(s| you)\W*$", re.IGNORECASE)
_ECHO = re.compile(r"(?<![^.?!] )\b([^.?!]+ [^.?!]+[.?!]) \1$")  # of its last sentence, so too
_SCALE = 1 / 3  # Whisper's probabilities of a word or two are about the cube of Moonshine's


@dataclass(frozen=True)
class QuickLook:
    """Moonshine's words for `audio`."""

    audio: Audio
    guess: Guess
    whisper: Whisper
    word_times: bool

    @property
    def doubtful(self) -> bool:
        """Whether Whisper is to listen too: improbable or faint words, a loop, thanks, an echo."""
        tokens, score = self.guess.tokens, self.guess.score
        trigrams = Counter(zip(tokens, tokens[1:], tokens[2:], strict=False))
        loops = max(trigrams.values(), default=0) >= _LOOP
        faint = self._short and score < _SURE
        added = _THANKS.search(self.guess.text) or _ECHO.search(self.guess.text)
        return self.guess.capped or loops or faint or added is not None or score < _DOUBTFUL

    @property
    def transcript(self) -> Transcript:
        """The likely words: no times, and nothing where Moonshine ran in a loop."""
        text = "" if self.guess.capped else self.guess.text
        return Transcript(text, language=_LANGUAGE, confidence=math.exp(self.guess.score))

    def settle(self) -> Transcript:
        """The words, with times where these are wanted; blocks while Whisper listens."""
        seen = self.transcript
        if self.doubtful:
            return surer(seen, self._second_opinion())
        if not (seen.text and self.word_times):
            return seen
        return replace(seen, words=self.whisper.place(seen.text, self.audio))

    def _second_opinion(self) -> Transcript:
        """Whisper's: at one look where there is only a word or two."""
        if self._short:
            return self.whisper.look(self.audio, language=_LANGUAGE).transcript
        return self.whisper.transcribe(self.audio, language=_LANGUAGE)

    @property
    def _short(self) -> bool:
        return len(self.guess.tokens) <= _WORD


def surer(quick: Transcript, second: Transcript) -> Transcript:
    """Moonshine's words or Whisper's; no words, thanks or echo where Whisper hears none."""
    second = replace(second, confidence=second.confidence**_SCALE)
    if not _THANKED.search(second.text):
        quick = replace(quick, text=_THANKS.sub("", quick.text))
    if not _ECHO.search(second.text):
        quick = replace(quick, text=_ECHO.sub(r"\1", quick.text))
    if not second.text or second.confidence >= quick.confidence:
        return second
    return replace(quick, spoken=second.spoken)


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
