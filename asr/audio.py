"""Samples in the shapes that hearing needs: LiveKit frames, windows, and the recent past."""

from __future__ import annotations

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Audio = NDArray[np.float32]

RATE = 16_000
"""Samples per second of all audio in this room."""
WINDOW = 512
"""Samples of one decision of voice activity (32 ms): what Silero was trained on at 16 kHz."""
NO_SAMPLES: Samples = np.zeros(0, np.int16)


def samples_of(frame: rtc.AudioFrame) -> Samples:
    """A frame's int16 samples, its channels averaged into one."""
    samples: Samples = np.frombuffer(frame.data, np.int16)
    if frame.num_channels == 1:
        return samples
    mixed: Samples = samples.reshape(-1, frame.num_channels).mean(axis=1).astype(np.int16)
    return mixed


def frame_of(samples: Samples, rate: int = RATE) -> rtc.AudioFrame:
    """Mono int16 samples as a frame."""
    return rtc.AudioFrame(samples.tobytes(), rate, 1, len(samples))


def mono(frame: rtc.AudioFrame) -> rtc.AudioFrame:
    """The frame with one channel. LiveKit's resamplers take every frame for mono."""
    return frame if frame.num_channels == 1 else frame_of(samples_of(frame), frame.sample_rate)


def as_float(samples: Samples) -> Audio:
    """Samples with full scale 1."""
    return np.multiply(samples, 1 / 32768, dtype=np.float32)


def split(rest: Samples, samples: Samples) -> tuple[Samples, list[Samples]]:
    """Cuts `rest` and then `samples` into whole windows; returns the new rest and the windows."""
    joined = np.concatenate([rest, samples])
    whole = len(joined) // WINDOW * WINDOW
    return joined[whole:], list(joined[:whole].reshape(-1, WINDOW))


class Tape:
    """The recent past of a stream, addressed by samples since its start."""

    def __init__(self) -> None:
        self._begin = 0
        self._samples = NO_SAMPLES

    @property
    def end(self) -> int:
        """Samples recorded so far."""
        return self._begin + len(self._samples)

    def record(self, samples: Samples) -> None:
        """Adds what was heard next."""
        self._samples = np.concatenate([self._samples, samples])

    def forget(self, before: int) -> None:
        """Lets go of all samples earlier than `before`."""
        gone = max(0, before - self._begin)
        self._samples = self._samples[gone:]
        self._begin += gone

    def play(self, start: int, end: int) -> Audio:
        """The samples from `start` to `end` (exclusive), full scale 1."""
        return as_float(self._samples[start - self._begin : end - self._begin])
