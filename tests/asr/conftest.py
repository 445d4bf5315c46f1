"""Clips as hearing gets them, and each recogniser once for all tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest
from sounds import Clip

from agent.models import ModelStore
from asr.bench import load
from asr.moonshine import Moonshine
from asr.settings import HearingSettings
from asr.tandem import Tandem
from asr.whisper import Whisper


@pytest.fixture(scope="session")
def clip(data: Path) -> Clip:
    """Reads a recording of tests/data as 16 kHz mono."""
    return lambda name: load(data / name)


@pytest.fixture(scope="session")
def whisper(models: ModelStore) -> Whisper:
    """The model of the agent, loaded once."""
    return Whisper(models.path("whisper-base"))


@pytest.fixture(scope="session")
def moonshine(models: ModelStore) -> Moonshine:
    """The quick recogniser of the agent, loaded once."""
    return Moonshine(models.path("moonshine-tiny-en"))


@pytest.fixture(scope="session")
def tandem(moonshine: Moonshine, whisper: Whisper) -> Tandem:
    """Both, and the times of words."""
    return Tandem(moonshine, whisper, HearingSettings(word_times=True))
