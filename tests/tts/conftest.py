"""The voice as the repository carries it, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

import tts
from tts.engine import Engine
from tts.settings import SpeakingSettings


@pytest.fixture(scope="session")
def weights() -> Path:
    """Folder of the repository's own voice weights."""
    return Path(tts.__file__).parent / "weights"


@pytest.fixture(scope="session")
def engine(weights: Path) -> Engine:
    """The engine, warm, with default settings."""
    return Engine(weights, SpeakingSettings())
