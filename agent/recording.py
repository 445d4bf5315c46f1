"""Sound with the times at which it was said or heard, and what is measured on it.

The figures of the benches come from here: when a caller stopped, when the answer became audible,
when an interrupted agent fell silent; all in seconds of one clock, whatever the streams' rates.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Levels = NDArray[np.float64]

AUDIBLE_DBFS = -45.0
"""Level above which an answer is heard."""

AUDIBLE_BLOCKS = 3
"""10 ms blocks in a row that have to be above it, so that a click is no answer."""

QUIET_BLOCKS = 20
"""10 ms blocks in a row below it that part one sound from the next."""

SPEECH_OVER_FLOOR_DB = 10.0
"""Speech is what stands out of a clip's noise floor by more than this."""

LOWEST_DBFS = -80.0
"""Digital silence counts as this."""


@dataclass(frozen=True)
class Span:
    """A stretch of time, s."""

    start: float
    end: float


class Recording:
    """A stream of int16 mono at `rate`, made of pieces as they come, each with its time."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._pieces: list[Samples] = []
        self._starts: list[int] = []
        self._times: list[float] = []
        self._levels: list[float] = []
        self._unmeasured = np.zeros(0, np.int16)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, samples: Samples, at: float) -> None:
        """Appends a piece whose first sample was said or heard at `at` seconds."""
        self._pieces.append(samples)
        self._starts.append(self._length)
        self._times.append(at)
        self._length += len(samples)
        line = np.concatenate([self._unmeasured, samples])
        self._levels.extend(levels(line, self.rate))
        self._unmeasured = line[len(line) - len(line) % (self.rate // 100) :]

    @property
    def samples(self) -> Samples:
        """Everything so far, shape (n,)."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)

    def time_of(self, index: int) -> float:
        """When sample `index` was said or heard, s.

        Raises:
            IndexError: nothing has been recorded.
        """
        piece = max(0, bisect_right(self._starts, index) - 1)
        return self._times[piece] + (index - self._starts[piece]) / self.rate

    def sounds(self, after: float = 0.0) -> list[Span]:
        """When something audible was to be heard, in order, in the pieces later than `after`."""
        block = self.rate // 100
        piece = bisect_right(self._times, after)
        skipped = self._starts[piece] // block if piece < len(self._starts) else len(self._levels)
        # An end is the time of the last sample: the next one may have come much later.
        return [
            Span(self.time_of((skipped + first) * block), self.time_of((skipped + end) * block - 1))
            for first, end in sound_blocks(np.asarray(self._levels[skipped:]))
        ]


def levels(samples: Samples, rate: int) -> Levels:
    """RMS level of each whole block of 10 ms, dBFS, shape (m,)."""
    block = rate // 100
    whole = samples[: len(samples) // block * block].reshape(-1, block) / 32768.0
    power: Levels = np.mean(whole**2, axis=1)
    level: Levels = np.maximum(10 * np.log10(power + 1e-12), LOWEST_DBFS)
    return level


def speech_span(samples: Samples, rate: int) -> tuple[int, int] | None:
    """First and one past the last sample of a clip's speech; None when there is none.

    Speech are the 10 ms blocks more than 10 dB above the noise floor, which is the level that a
    tenth of all blocks stay below.
    """
    level = levels(samples, rate)
    if not len(level):
        return None
    loud = np.flatnonzero(level > np.percentile(level, 10) + SPEECH_OVER_FLOOR_DB)
    if not len(loud):
        return None
    block = rate // 100
    return int(loud[0]) * block, (int(loud[-1]) + 1) * block


def sound_blocks(level: Levels) -> list[tuple[int, int]]:
    """Sounds in a series of 10 ms levels, each as its first and one past its last block.

    A sound begins with 30 ms in a row above -45 dBFS and ends before 200 ms in a row below.
    """
    if len(level) < AUDIBLE_BLOCKS:
        return []
    loud = level > AUDIBLE_DBFS
    runs = np.lib.stride_tricks.sliding_window_view(loud, AUDIBLE_BLOCKS).all(axis=1)
    starts, last = np.flatnonzero(runs), np.flatnonzero(loud)
    if not len(starts):
        return []
    parts = np.split(last, np.flatnonzero(np.diff(last) > QUIET_BLOCKS) + 1)
    found = []
    for part in parts:
        within = starts[(starts >= part[0]) & (starts <= part[-1])]
        if len(within):
            found.append((int(within[0]), int(part[-1]) + 1))
    return found
