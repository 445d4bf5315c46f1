"""Voxtral as a livekit-agents plugin, behind the same booth as Parley's own voice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from tts.voice import BoothVoice
from tts.voxtral.engine import VoxtralEngine
from tts.voxtral.model import load_model
from tts.voxtral.settings import VoxtralSettings

logger = logging.getLogger(__name__)


def load_engine(
    folder: Path, settings: VoxtralSettings, tell: Callable[[str], None] = logger.info
) -> VoxtralEngine:
    """The engine of the model in `folder`; `tell` is told first what it takes.

    Raises:
        VoxtralError: a file is missing or not what it should be, or the memory does not suffice.
    """
    return VoxtralEngine(load_model(folder, settings, tell), settings)


class VoxtralVoice(BoothVoice):
    """Voxtral-4B-TTS-2603. It knows no word times: what was heard is told by an even pace."""

    def __init__(self, folder: Path, settings: VoxtralSettings | None = None) -> None:
        chosen = settings or VoxtralSettings()
        super().__init__(lambda: load_engine(folder, chosen), has_word_times=False)

    @property
    def model(self) -> str:
        """Name of the model in metrics and traces."""
        return "voxtral-4b-tts-2603"

    @property
    def provider(self) -> str:
        """Name of the provider in metrics and traces."""
        return "mistral"
