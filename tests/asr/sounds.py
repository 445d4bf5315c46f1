"""Sounds that are made and not recorded, and recordings in small pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asr.audio import RATE, Samples

Clip = Callable[[str], Samples]
"""Reads a recording of tests/data as 16 kHz mono."""


def silence(seconds: float) -> Samples:
    """Digital silence at 16 kHz."""
    return np.zeros(round(seconds * RATE), np.int16)


def noise(seconds: float, level: float = 0.05) -> Samples:
    """White noise of `level` RMS, full scale 1; the same every time."""
    drawn = np.random.default_rng(1).standard_normal(round(seconds * RATE)) * level
    return (np.clip(drawn, -1, 1) * 32767).astype(np.int16)


def chunks(samples: Samples, size: int) -> list[Samples]:
    """The samples in pieces of `size`, the last one shorter."""
    return [samples[start : start + size] for start in range(0, len(samples), size)]
