"""The recogniser that the settings choose: Whisper, with or without Moonshine before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.config import Config
from agent.models import ModelStore
from asr.moonshine import Moonshine
from asr.recogniser import Recogniser
from asr.settings import HearingSettings
from asr.tandem import Tandem
from asr.whisper import Whisper


@dataclass(frozen=True)
class RecogniserFiles:
    """Folders of the models, verified; `first_look` is None where Whisper is to do all."""

    hearing: Path
    first_look: Path | None

    @classmethod
    def of(cls, config: Config, store: ModelStore) -> RecogniserFiles:
        """The files that the settings name; raises `ModelError` where one is missing."""
        named = config.models
        quick = store.path(named.first_look) if named.first_look else None
        return cls(store.path(named.hearing), quick)

    def load(self, settings: HearingSettings) -> Recogniser:
        """Blocks while loading; raises `ModelUnreadableError`."""
        whisper = Whisper(self.hearing, settings)
        if self.first_look is None:
            return whisper
        return Tandem(Moonshine(self.first_look, settings.threads), whisper, settings)
