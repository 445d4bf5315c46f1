"""How loud the caller speaks, from the windows in which voice activity found a voice."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from livekit import rtc

WINDOWS = 100
"""How many of the latest voiced windows count, 3 s of Parley's own 32 ms."""

QUANTILE = 0.75
"""The level that so many of the windows stay below: that of vowels, not of the gaps between."""

STEP_DB = 3.0
"""A rise that is worth telling."""


class Loudness:
    """The level of one stretch of speech, dBFS."""

    def __init__(self) -> None:
        self._windows: deque[float] = deque(maxlen=WINDOWS)
        self._told: float | None = None

    def add(self, frames: Iterable[rtc.AudioFrame]) -> None:
        """Takes voiced audio, int16."""
        for frame in frames:
            samples = np.frombuffer(frame.data, np.int16).astype(np.float32) / 32768
            if len(samples):
                power = float(np.mean(np.square(samples)))
                self._windows.append(10 * np.log10(max(power, 1e-10)))

    def clear(self) -> None:
        """The stretch is over."""
        self._windows.clear()

    def tell(self) -> float | None:
        """The level of the stretch so far, None without any audio."""
        self._told = self._level()
        return self._told

    def risen(self) -> float | None:
        """The level, where it has risen by `STEP_DB` since it was told; None where it has not."""
        level = self._level()
        if level is None or self._told is None or level < self._told + STEP_DB:
            return None
        return self.tell()

    def _level(self) -> float | None:
        if not self._windows:
            return None
        return round(float(np.quantile(self._windows, QUANTILE)), 1)
