"""Clips as hearing gets them, and one Whisper for all tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest
from sounds import Clip

from agent.models import ModelStore
from asr.bench import load
from asr.whisper import Whisper


@pytest.fixture(scope="session")
def clip(data: Path) -> Clip:
    """Reads a recording of tests/data as 16 kHz mono."""
    return lambda name: load(data / name)


@pytest.fixture(scope="session")
def whisper(models: ModelStore) -> Whisper:
    """The model of the agent, loaded once."""
    return Whisper(models.path("whisper-base"))
