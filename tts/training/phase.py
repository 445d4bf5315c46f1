"""Latents whose F0 keeps the decoder's pulse train in phase with a recording.

The decoder counts its phase up from F0, so the errors of F0 add up: after a second harmonics stand
anywhere. Voices do not care, but a codec that is asked for the same waveform does. Here F0 is
bent by a few cents, point by point, as a phase-locked loop would: the decoder needs no new input.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tts.codec import (
    HOP,
    LOG_F0_MEAN,
    LOG_F0_SPREAD,
    OVERLAP,
    PITCH_DIMENSIONS,
    SAMPLE_RATE,
)
from tts.training.pitch import GRID

POINT = 2 * HOP
"""Samples between two F0 points of the latents."""
GAIN = 0.3
"""Share of the phase error that the next point makes up for; up to 1 the loop is stable."""
FURTHEST = 1.25
"""Most that F0 is bent by, as a ratio: only in silence, where the loop begins."""


def in_phase(latents: Tensor, f0: Tensor, phase: Tensor) -> Tensor:
    """latents [n, 36] with other F0 points; f0 (Hz) and phase (radians) of the recording's track.

    It is meant for a decoder that keeps the latents' F0, from the start of its stream.
    """
    points = latents[:, -PITCH_DIMENSIONS:].flatten()
    smooth = torch.exp(points.double() * LOG_F0_SPREAD + LOG_F0_MEAN).tolist()
    # The decoder counts from where its first window ends, at its mean pitch.
    cycles, before = 0.0, math.exp(LOG_F0_MEAN)
    held = []
    for index, free in enumerate(smooth):
        sample = OVERLAP + (index + 1) * POINT
        error = recorded_cycles(f0, phase, sample) - (cycles + advance(before, free))
        error -= round(error)
        bent = free + GAIN * error * SAMPLE_RATE / POINT
        bent = min(max(bent, free / FURTHEST), free * FURTHEST)
        cycles += advance(before, bent)
        before = bent
        held.append(bent)
    logs = (torch.tensor(held).log() - LOG_F0_MEAN) / LOG_F0_SPREAD
    return torch.cat((latents[:, :-PITCH_DIMENSIONS], logs.view(-1, PITCH_DIMENSIONS)), 1)


def advance(before: float, after: float) -> float:
    """Cycles of the decoder's pulse train from one F0 point (Hz) to the next."""
    middle = math.sqrt(before * after)
    # A ramp over HOP samples begins one step up.
    rising = (HOP + 1) / (2 * HOP)
    means = before + (middle - before) * rising + middle + (after - middle) * rising
    return means * HOP / SAMPLE_RATE


def recorded_cycles(f0: Tensor, phase: Tensor, sample: int) -> float:
    """Phase of the fundamental at a sample, in cycles; the last F0 goes on behind the end."""
    point = min(sample // GRID, len(phase) - 1)
    since = (sample - point * GRID) / SAMPLE_RATE
    return float(phase[point]) / (2 * math.pi) + float(f0[point]) * since
