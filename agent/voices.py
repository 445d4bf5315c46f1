"""The voice that the settings choose: Parley's own, or Voxtral."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import tts as tts_room
from agent.config import Config
from agent.models import ModelStore
from tts.chunk import Chunk
from tts.engine import Engine
from tts.voice import BoothVoice, Voice

WEIGHTS = Path(tts_room.__file__).parent / "weights"
"""Our own voice, the only model that comes with the code."""


class Speaker(Protocol):
    """An engine that speaks text as it comes."""

    def speak(self, text: Iterable[str]) -> Iterator[Chunk]:
        """Every frame as soon as it exists."""


def engine_of(config: Config, store: ModelStore) -> Speaker:
    """The engine of the chosen voice, loaded.

    Raises:
        WeightsError: its files are broken, or the machine is too small for them.
        ModelError: its files are missing.
    """
    if not config.models.speaking:
        return Engine(WEIGHTS, config.speaking)
    from tts.voxtral.voice import load_engine

    return load_engine(store.path(config.models.speaking), config.voxtral, told_aside)


def told_aside(sentence: str) -> None:
    """Tells the person at the terminal; standard output may be carrying sound."""
    print(sentence, file=sys.stderr, flush=True)


def voice_of(config: Config, store: ModelStore) -> BoothVoice:
    """The chosen voice as a plugin, which loads on a thread of its own. Raises `ModelError`."""
    if not config.models.speaking:
        return Voice(WEIGHTS, config.speaking)
    from tts.voxtral.voice import VoxtralVoice

    return VoxtralVoice(store.path(config.models.speaking), config.voxtral)
