"""The level of speech: loudness, true peak, DC, and whether its edges click.

Loudness and true peak after ITU-R BS.1770-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from tts.codec import SAMPLE_RATE

Samples = NDArray[np.float32]

EDGE = SAMPLE_RATE // 500
"""Samples at each end of a speech in which a click would be: 2 ms. A word may begin after them."""
OVERSAMPLING = 4


@dataclass(frozen=True)
class Level:
    """Of several speeches. `loudness` LUFS of all in a row, `quietest` and `loudest` of one that
    lasts a second, `true_peak` dBFS, `dc` the largest mean of one, `click` the largest step at an
    edge over the 99th percentile of the steps within the same speech."""

    loudness: float
    quietest: float
    loudest: float
    true_peak: float
    dc: float
    click: float


def level(speeches: Sequence[Samples]) -> Level:
    """The level of speeches at 24 kHz."""
    import pyloudnorm

    meter = pyloudnorm.Meter(SAMPLE_RATE)
    each = [meter.integrated_loudness(s) for s in speeches if len(s) > SAMPLE_RATE]
    return Level(
        loudness=float(meter.integrated_loudness(np.concatenate(speeches))),
        quietest=float(min(each)),
        loudest=float(max(each)),
        true_peak=max(true_peak(s) for s in speeches),
        dc=max(abs(float(s.mean(dtype=np.float64))) for s in speeches),
        click=max(click(s) for s in speeches),
    )


def true_peak(samples: Samples) -> float:
    """The highest point of the waveform between the samples too, in dBFS."""
    between = resample_poly(samples, OVERSAMPLING, 1)
    highest = float(max(np.abs(between).max(), np.abs(samples).max()))
    return 20 * float(np.log10(max(highest, 1e-9)))


def click(samples: Samples) -> float:
    """The largest step in and out of the silence around a speech, over a large one within it."""
    steps = np.abs(np.diff(samples, prepend=0, append=0))
    within = float(np.quantile(steps[EDGE:-EDGE], 0.99))
    return float(max(steps[:EDGE].max(), steps[-EDGE:].max())) / max(within, 1e-9)
