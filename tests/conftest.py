"""What every test may lean on: the shared recordings and the fetched models."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from agent.models import ModelStore

# One thread each: the tests share two cores with nothing to gain from spinning.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

SHARED = Path(os.environ.get("PARLEY_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of recorded speech and texts beside the checkout; the test is skipped without it."""
    if not (SHARED / "speech" / "manifest.jsonl").is_file():
        pytest.skip(f"no shared recordings at {SHARED} (set PARLEY_SHARED to their folder)")
    return SHARED


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the few clips that the repository carries, with their licences."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def models() -> ModelStore:
    """The store that `make models` fills (`PARLEY_MODELS` when set), each file verified."""
    return ModelStore.at(os.environ.get("PARLEY_MODELS", ""))
