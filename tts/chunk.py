"""What an engine gives: 80 ms of speech, and the words that begin in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SpokenWord:
    """A written word and when it is heard, in seconds from the start of the speech."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Chunk:
    """One frame of speech: float32 [1920] at 24 kHz, and the words that begin in it."""

    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...]
