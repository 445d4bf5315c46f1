"""The teacher: Kokoro-82M (Apache-2.0), which spoke the training speech, fed as it was then."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tts.codec import SAMPLE_RATE
from tts.kokoro import MOST_SYMBOLS, Kokoro
from tts.phonemes import PhonemeFrontEnd
from tts.symbols import SYMBOLS
from tts.weights import WeightsError

Samples = NDArray[np.float32]

VOICE = "af_heart"


class TeacherError(WeightsError):
    """The teacher's files are not there; the message says what to do."""


@dataclass(frozen=True)
class Teacher:
    """Speaks at 24 kHz with a voice in the folder `model`; keeps what it has spoken in `cache`."""

    model: Path
    cache: Path
    voice: str = VOICE
    threads: int = 1

    def check(self) -> None:
        """Raises `TeacherError` unless its files are there."""
        if (file := self._kokoro.missing(self.voice)) is not None:
            raise TeacherError(f"{file} is missing: `parley models fetch kokoro-82m` brings it.")

    def say(self, text: str) -> Samples:
        """A text as float32 samples, made once for the symbols that it has."""
        symbols = self._pronounce(text).symbols[:MOST_SYMBOLS]
        told = f"{self.voice}\n{symbols}"
        path = self.cache / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.flac"
        if not path.is_file():
            self.cache.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{id(self)}")
            soundfile.write(fresh, self.speak(symbols), SAMPLE_RATE, format="FLAC")
            fresh.replace(path)
        samples, _ = soundfile.read(path, dtype="float32")
        return np.asarray(samples, np.float32)

    def speak(self, symbols: str) -> Samples:
        """Samples of phoneme symbols, made anew."""
        indices = [SYMBOLS[symbol] for symbol in symbols]
        return np.clip(self._kokoro.speak(self.voice, indices), -1, 1)

    @cached_property
    def _pronounce(self) -> PhonemeFrontEnd:
        return PhonemeFrontEnd()

    @cached_property
    def _kokoro(self) -> Kokoro:
        return Kokoro(self.model, self.threads)
