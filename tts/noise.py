"""White noise of an even spectrum: what breath, fricatives and bursts are filtered from.

Short-time spectra of random numbers have peaks and holes of their own, which no filter that does
not see them can undo: filtered, they sound rough. This noise has random phases and hardly any
peaks or holes over 20 ms.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

WINDOW = 480
HOP = WINDOW // 4
LENGTH = 1000 * HOP
"""Samples after which it repeats: 5 s."""
ROUNDS = 20


def even_noise(place: int, count: int) -> Tensor:
    """Samples [count] of mean square 1 from a place in the noise on, which has no end."""
    places = torch.arange(place, place + count).remainder_(LENGTH)
    return _circle()[places]


@cache
def _circle() -> Tensor:
    """All of it [LENGTH]; its end goes over into its start.

    Spectra are made even and the samples that are nearest to them found, by turns (Griffin and
    Lim, 1984).
    """
    with torch.inference_mode(False):
        samples = torch.randn(LENGTH, generator=torch.Generator().manual_seed(0))
        window = torch.hann_window(WINDOW)
        around = WINDOW - HOP
        for _ in range(ROUNDS):
            whole = torch.cat((samples, samples[:around]))
            spectra = torch.fft.rfft(whole.unfold(0, WINDOW, HOP) * window)
            frames = torch.fft.irfft(torch.sgn(spectra), n=WINDOW) * window
            summed = F.fold(frames.T[None], (1, LENGTH + around), (1, WINDOW), stride=(1, HOP))
            whole = summed.flatten()
            samples = whole[:LENGTH]
            samples[:around] += whole[LENGTH:]
            samples = samples / samples.square().mean().sqrt()
        return samples
