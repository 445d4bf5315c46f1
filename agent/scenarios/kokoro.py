"""The callers' voices: Kokoro-82M (Apache-2.0), fed from our own phoneme front end.

It is the teacher of Parley's voice, with other speakers than that one. Clips are kept in the cache
folder: making one takes about a fifth of its length on two free cores.
"""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from agent.config import Config
from agent.line import CALLER_RATE
from agent.models import ModelStore
from agent.models.fetch import fetch, sources_for
from agent.models.progress import progress_on
from agent.models.store import default_folder
from tts.kokoro import MOST_SYMBOLS, Kokoro
from tts.phonemes import PhonemeFrontEnd
from tts.symbols import SYMBOLS

Audio = NDArray[np.float32]

MODEL = "kokoro-82m"
RATE = 24_000
EDITION = 2
"""Changes whenever a text would sound different, so that kept clips are made anew."""

SYMBOLS_OF_SOUNDS = {
    "um": "ˈʌm,",
    "hmm": "hˈm.",
}
"""Sounds that it can make, and how they are pronounced."""


@dataclass(frozen=True)
class Callers:
    """Speaks with the voices in the folder `model`; keeps what it has spoken in `cache`."""

    model: Path
    cache: Path

    def say(self, voice: str, text: str) -> Audio:
        """A text as float32 mono at 16 kHz."""
        return self._kept(voice, text, symbols=None)

    def sound(self, voice: str, name: str) -> Audio:
        """One of `SYMBOLS_OF_SOUNDS` as float32 mono at 16 kHz."""
        return self._kept(voice, name, symbols=SYMBOLS_OF_SOUNDS[name])

    def _kept(self, voice: str, text: str, symbols: str | None) -> Audio:
        told = "\n".join((str(EDITION), voice, text, symbols or ""))
        path = self.cache / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.flac"
        if path.is_file():
            audio, _ = soundfile.read(path, dtype="float32")
            return np.asarray(audio, np.float32)
        spoken = self._speak(voice, symbols or self._front_end(text).symbols)
        audio = np.asarray(soxr.resample(spoken, RATE, CALLER_RATE), np.float32)
        self.cache.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".part")
        soundfile.write(fresh, audio, CALLER_RATE, format="FLAC", subtype="PCM_16")
        fresh.replace(path)
        return audio

    def _speak(self, voice: str, symbols: str) -> Audio:
        indices = [SYMBOLS[symbol] for symbol in symbols][:MOST_SYMBOLS]
        return self._kokoro.speak(voice, indices)

    @cached_property
    def _front_end(self) -> PhonemeFrontEnd:
        return PhonemeFrontEnd()

    @cached_property
    def _kokoro(self) -> Kokoro:
        return Kokoro(self.model)


def callers() -> Callers:
    """The callers' voices, fetched if they are not there yet."""
    store = ModelStore.at(os.environ.get("PARLEY_MODELS", ""))
    models = [store.model(MODEL)]
    if store.missing(models):
        hub = Config().models.hub
        fetch(store, models, sources_for(store, hub), progress_on(sys.stderr))
    return Callers(store.path(MODEL), default_folder().parent / "callers")
